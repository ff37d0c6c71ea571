import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Column, parseColumnType } from '../../../lib/config/column-type.ts';
import type { Config, TableConfig } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import type { IngestDeps, IngestOptions } from '../../../lib/ingest/ingest-deps.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import type { TableReport } from '../../../lib/ingest/report.ts';
import type { FileStore, Place, TableRef } from '../../../lib/ports.ts';
import { createStores } from '../../../lib/open-store.ts';
import { openWorkspace, type WorkspaceOptions } from '../../../lib/open-workspace.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { type ChangeFileSpec, type ChangeShorthand, writeChangeFile } from '../../helpers/change-files.ts';
import type { Values } from '../../helpers/oracle-types.ts';

/** Columns by name and type, as a config spells it. */
export function columnsOf(types: Readonly<Record<string, string>>): Column[] {
  return Object.entries(types).map(([name, text]) => ({ name, type: parseColumnType(text)! }));
}

/** What a table has when nothing is said. */
export const COLUMNS: readonly Column[] = columnsOf({ id: 'int', name: 'string' });

/** An insert of one row of `COLUMNS`; its id is its sequence too. */
export function insert(id: number, more: object = {}): ChangeShorthand {
  return { op: 'I', at: '09:00', seq: id, id, name: 'x', ...more };
}

const SAMPLES = join(import.meta.dirname, '../../samples');
const PLACES = ['incoming', 'processed', 'rejected'] as const;

/** How one run differs from an ordinary one. */
export interface RunOptions extends WorkspaceOptions {
  /** Puts other parts in place of the usual ones. */
  readonly deps?: (deps: IngestDeps) => IngestDeps;
  readonly ingest?: IngestOptions;
}

/** One table with a database file and a folder of its own; every run opens it anew, as another process would. */
export interface Lab {
  readonly config: Config;
  readonly table: TableConfig;
  readonly store: FileStore;
  /** Where a file of a place lies on the disk. */
  path(place: Place, name: string): string;
  deliver(name: string, spec: ChangeFileSpec): Promise<void>;
  deliverBytes(name: string, bytes: string | Uint8Array): Promise<void>;
  /** Copies one of test/samples into the incoming folder. */
  deliverSample(sample: string, name?: string): Promise<void>;
  ingest(options?: RunOptions): Promise<TableReport>;
  /** Runs `work` on a workspace of its own. */
  use<T>(work: (workspace: Workspace) => Promise<T>, options?: WorkspaceOptions): Promise<T>;
  /** The history, every column as text, in the order of keys, time and sequence. */
  rows(): Promise<Values[]>;
  /** Columns of the history with their DuckDB types, bookkeeping left out. */
  types(): Promise<Record<string, string>>;
  /** Paths in a place, sorted. */
  files(place: Place): Promise<string[]>;
  reason(path: string): Promise<Record<string, unknown>>;
  /** All that a person could see, but for clocks: history, view, ledger, files with their content, reasons. */
  state(): Promise<object>;
  remove(): Promise<void>;
}

/** @param settings of the one table, as in the YAML; the rest are the defaults. */
export async function createLab(settings: {
  keys: string | string[];
  [setting: string]: unknown;
}): Promise<Lab> {
  const root = await mkdtemp(join(tmpdir(), 'tidemark-lab-'));
  const yaml = JSON.stringify({ name: 'lab', tables: [{ name: 'orders', ...settings }] });
  const { config } = parseConfig(yaml, { baseDir: root });
  const table = config.tables[0]!;
  const store = createStores(config)(table);
  const ref: TableRef = { catalog: config.catalog, schema: config.schema, name: table.name };

  const path = (place: Place, name: string): string => join(store.location(place), name);
  const incoming = async (name: string): Promise<string> => {
    const target = path('incoming', name);
    await mkdir(dirname(target), { recursive: true });
    return target;
  };
  const use: Lab['use'] = async (work, options) => {
    const workspace = await openWorkspace(config, options);
    try {
      return await work(workspace);
    } finally {
      await workspace.close();
    }
  };
  const files = async (place: Place): Promise<string[]> => {
    const found: string[] = [];
    for await (const file of store.list(place)) found.push(file.path);
    return found.sort();
  };
  const rows: Lab['rows'] = () => use((ws) => historyRows(ws, ref, table));
  const reason: Lab['reason'] = async (name) =>
    JSON.parse(await readFile(path('rejected', `${name}.reason.json`), 'utf8')) as Record<string, unknown>;

  return {
    config,
    table,
    store,
    path,
    use,
    files,
    rows,
    reason,
    deliver: async (name, spec) => void (await writeChangeFile(await incoming(name), spec)),
    deliverBytes: async (name, bytes) => writeFile(await incoming(name), bytes),
    deliverSample: async (sample, name = `${sample}.parquet`) =>
      copyFile(join(SAMPLES, `${sample}.parquet`), await incoming(name)),
    ingest: ({ deps = (usual: IngestDeps) => usual, ingest, ...options } = {}) =>
      use((ws) => ingestTable(deps(ws.ingestDeps(table)), ingest), options),
    types: () =>
      use(async (ws) => {
        const found = await ws.engine.query(
          `select column_name, data_type from duckdb_columns() where table_name = ${ws.engine.dialect.stringLiteral(table.name)} and schema_name = ${ws.engine.dialect.stringLiteral(config.schema)} order by column_index`,
        );
        const own = new Set<string>(Object.values(table.historyColumns));
        return Object.fromEntries(found.filter(([name]) => !own.has(name!)) as [string, string][]);
      }),
    state: async () => ({
      ...(await use(async (ws) => ({
        history: await historyRows(ws, ref, table),
        ...(await bookkeeping(ws, ref, table)),
      }))),
      ...(await contents(path, files)),
    }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function historyRows(ws: Workspace, ref: TableRef, table: TableConfig): Promise<Values[]> {
  const columns = await ws.engine.columns(ref);
  if (!columns) return [];
  const { dialect } = ws.engine;
  const q = dialect.quoteIdentifier;
  const h = table.historyColumns;
  const texts = columns.map((column) => dialect.toText(`h.${q(column.name)}`, column.type));
  const order = [...table.keys, h.effectiveDate, h.effectiveSeq].map((name) => `h.${q(name)}`);
  const found = await ws.engine.query(
    `select ${texts.join(', ')} from ${dialect.tableName(ref)} as h order by ${order.join(', ')}`,
  );
  return found.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])));
}

/** The ledger as a set of facts: what was told twice, by two runs, is one fact. */
async function bookkeeping(ws: Workspace, ref: TableRef, table: TableConfig): Promise<object> {
  const { dialect } = ws.engine;
  const all = (sql: string) =>
    ws.engine.query(`select cast(to_json(r) as varchar) from (${sql}) as r order by 1`);
  const view = dialect.tableName({ ...ref, name: `${table.name}_versions` });
  const hasView = (await ws.engine.columns({ ...ref, name: `${table.name}_versions` })) !== null;
  return {
    versions: hasView ? await all(`select * from ${view}`) : null,
    batches: await all(
      `select distinct * exclude (fence, recorded_at, taken) from "_tidemark_batches" where status <> 'released'`,
    ),
    files: await all('select distinct * exclude (recorded_at, arrived_at) from "_tidemark_files"'),
    heads: await all('select table_name, settings, view from "_tidemark_heads"'),
  };
}

/** Every file of every place with what is in it. */
async function contents(path: Lab['path'], files: Lab['files']): Promise<Record<Place, object>> {
  const found: [Place, object][] = [];
  for (const place of PLACES) {
    const entries = (await files(place)).map(async (name) => {
      const bytes = await readFile(path(place, name));
      const text = name.endsWith('.reason.json') ? bytes.toString().replace(/"rejectedAt": ".*"/, '') : null;
      return [name, text ?? createHash('sha256').update(bytes).digest('hex')] as const;
    });
    found.push([place, Object.fromEntries(await Promise.all(entries))]);
  }
  return Object.fromEntries(found) as Record<Place, object>;
}
