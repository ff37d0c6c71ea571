import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Column } from '../../lib/config/column-type.ts';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { bookkeepingNames, type HistoryTable, historyTable } from '../../lib/history/history-table.ts';
import { renderSnapshot, type SnapshotAt } from '../../lib/history/snapshot.ts';
import { versionsRef } from '../../lib/history/table-definition.ts';
import { ingestTable } from '../../lib/ingest/ingest-table.ts';
import type { TableReport } from '../../lib/ingest/report.ts';
import type { Dialect, Engine } from '../../lib/ports.ts';
import { openWorkspace, type WorkspaceOptions } from '../../lib/open-workspace.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { type ChangeFileSpec, writeChangeFile } from './change-files.ts';
import type { HistoryRow, Values, VersionRow } from './oracle-types.ts';

/** What a test says of a table; the rest are the defaults a config would give. */
export type TestTable = Pick<TableConfig, 'keys'> &
  Partial<Omit<TableConfig, 'keys' | 'name'>> & { name?: string };

/** An engine with a folder of its own, shared by the tables of one test file. */
export interface TestEngine {
  readonly workspace: Workspace;
  /** A new table that nothing else writes. */
  table(table: TestTable): TestPipeline;
  close(): Promise<void>;
}

/** One table fed by change files, as a test sees it. */
export interface TestPipeline {
  readonly config: TableConfig;
  /** A workspace whose only table is this one. */
  readonly workspace: Workspace;
  /** Puts a change file into the incoming folder. */
  deliver(name: string, spec: ChangeFileSpec): Promise<void>;
  /** Ingests and fails the test if the run ended early. */
  ingest(): Promise<TableReport>;
  rows(): Promise<HistoryRow[]>;
  versions(): Promise<VersionRow[]>;
  snapshot(at: SnapshotAt): Promise<Values[]>;
  /** All that is asked for by one query. */
  look(wish: Wish): Promise<Look>;
}

/** What to look at. */
export interface Wish {
  readonly rows?: boolean;
  readonly versions?: boolean;
  readonly snapshots?: readonly SnapshotAt[];
}

/** What was found; nothing where nothing was asked for, or where there is no history yet. */
export interface Look {
  readonly rows: HistoryRow[];
  readonly versions: VersionRow[];
  /** In the order asked for. */
  readonly snapshots: Values[][];
}

export interface TestEngineOptions extends Pick<WorkspaceOptions, 'faults' | 'logger' | 'around'> {
  /** What to change of the configuration. @default an in-memory DuckDB */
  readonly configure?: (config: Config) => Config;
}

let tables = 0;

/** Opens an engine for tests; close it to remove its folder. */
export async function openTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const root = await mkdtemp(join(tmpdir(), 'tidemark-test-'));
  const { config } = parseConfig('name: test\ntables:\n  - name: unused\n    keys: id\n', { baseDir: root });
  const { configure = (usual) => ({ ...usual, engine: { kind: 'duckdb', path: ':memory:' } }) } = options;
  const workspace = await openWorkspace(configure(config), options);
  return {
    workspace,
    table: (table) => {
      tables += 1;
      const defaults = config.tables[0]!;
      const full = { ...defaults, source: 'dbo.t', ...table, name: table.name ?? `t${tables}` };
      return createPipeline(workspace, full);
    },
    async close() {
      await workspace.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function createPipeline(shared: Workspace, config: TableConfig): TestPipeline {
  const workspace: Workspace = {
    ...shared,
    config: { ...shared.config, tables: [config] },
    table: () => config,
  };
  const store = workspace.store(config);
  const { engine } = workspace;
  const ref = { catalog: workspace.config.catalog, schema: workspace.config.schema, name: config.name };
  const look = async ({ rows = false, versions = false, snapshots = [] }: Wish): Promise<Look> => {
    const columns = await engine.columns(ref);
    if (!columns) return { rows: [], versions: [], snapshots: snapshots.map(() => []) };
    const table = historyTable(workspace.config, config, columns);
    const parts: Part[] = [
      ...(rows ? [{ columns, from: engine.dialect.tableName(ref) }] : []),
      ...(versions ? [versionsPart(engine.dialect, table)] : []),
      ...snapshots.map((at) => {
        return { columns: table.columns, from: `(${renderSnapshot(engine.dialect, table, at)}) as snapshot` };
      }),
    ];
    const found = await readParts(engine, parts);
    return {
      rows: rows ? found.shift()!.map((row) => toHistoryRow(config, row)) : [],
      versions: versions ? found.shift()!.map((row) => toVersionRow(table, row)) : [],
      snapshots: found,
    };
  };
  return {
    config,
    workspace,
    async deliver(name, spec) {
      const path = join(store.location('incoming'), name);
      await mkdir(dirname(path), { recursive: true });
      await writeChangeFile(path, spec);
    },
    async ingest() {
      const report = await ingestTable(workspace.ingestDeps(config));
      if (report.error) throw report.error;
      return report;
    },
    rows: async () => (await look({ rows: true })).rows,
    versions: async () => (await look({ versions: true })).versions,
    snapshot: async (at) => (await look({ snapshots: [at] })).snapshots[0]!,
    look,
  };
}

/** Rows to read, whose columns have these types. */
interface Part {
  readonly columns: readonly Column[];
  readonly from: string;
}

function versionsPart(dialect: Dialect, { ref, columns, config }: HistoryTable): Part {
  const { current, effectiveDate, endDate } = config.historyColumns;
  const times = [effectiveDate, endDate].map((name): Column => ({ name, type: { kind: 'timestamptz' } }));
  return {
    columns: [...columns, { name: current, type: { kind: 'boolean' } }, ...times],
    from: dialect.tableName(versionsRef(ref)),
  };
}

/** The rows of all parts as text, by one statement; shorter ones are filled up with nulls. */
async function readParts({ dialect, query }: Engine, parts: readonly Part[]): Promise<Values[][]> {
  if (parts.length === 0) return [];
  const widest = Math.max(...parts.map(({ columns }) => columns.length));
  const nothing = `cast(null as ${dialect.columnType({ kind: 'string' })})`;
  const selects = parts.map(({ columns, from }, part) => {
    const texts = columns.map((c) => dialect.toText(dialect.quoteIdentifier(c.name), c.type));
    const filled = [...texts, ...Array<string>(widest - columns.length).fill(nothing)];
    return `select '${part}', ${filled.join(', ')} from ${from}`;
  });
  const rows = await query(selects.join('\nunion all\n'));
  return parts.map(({ columns }, part) =>
    rows
      .filter((row) => row[0] === String(part))
      .map((row) => Object.fromEntries(columns.map((c, at) => [c.name, row[at + 1] ?? null]))),
  );
}

function pick(row: Values, columns: readonly Column[]): Values {
  return Object.fromEntries(columns.map((c) => [c.name, row[c.name] ?? null]));
}

function toVersionRow({ columns, config }: HistoryTable, row: Values): VersionRow {
  const h = config.historyColumns;
  return {
    values: pick(row, columns),
    current: row[h.current] === 'true',
    effective_date: row[h.effectiveDate]!,
    end_date: row[h.endDate] ?? null,
  };
}

function toHistoryRow(config: TableConfig, row: Values): HistoryRow {
  const h = config.historyColumns;
  const own = bookkeepingNames(config);
  return {
    values: Object.fromEntries(Object.entries(row).filter(([name]) => !own.includes(name))),
    current: row[h.current] === 'true',
    effective_date: row[h.effectiveDate]!,
    end_date: row[h.endDate] ?? null,
    effective_seq: row[h.effectiveSeq]!,
    end_seq: row[h.endSeq] ?? null,
    seen_date: row[h.seenDate]!,
    seen_seq: row[h.seenSeq]!,
    batch_id: BigInt(row[h.batchId]!),
  };
}
