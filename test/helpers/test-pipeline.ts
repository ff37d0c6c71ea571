import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Column } from '../../lib/config/column-type.ts';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { bookkeepingNames } from '../../lib/history/history-table.ts';
import { renderSnapshot, type SnapshotAt } from '../../lib/history/snapshot.ts';
import { versionsRef } from '../../lib/history/table-definition.ts';
import { historyTable } from '../../lib/history/history-table.ts';
import { ingestTable } from '../../lib/ingest/ingest-table.ts';
import type { TableReport } from '../../lib/ingest/report.ts';
import type { TextRow } from '../../lib/ports.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../../lib/workspace.ts';
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
  /** Several snapshots by one query, in the order asked for. */
  snapshots(ats: readonly SnapshotAt[]): Promise<Values[][]>;
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
  const sourceColumns = async (): Promise<readonly Column[]> => {
    const columns = await engine.columns(ref);
    return columns ? historyTable(workspace.config, config, columns).columns : [];
  };
  const texts = (columns: readonly Column[]): string[] =>
    columns.map((c) => engine.dialect.toText(engine.dialect.quoteIdentifier(c.name), c.type));
  const named = (columns: readonly Column[], row: TextRow): Values =>
    Object.fromEntries(columns.map((c, at) => [c.name, row[at] ?? null]));
  const select = async (columns: readonly Column[], from: string): Promise<Values[]> => {
    const rows = await engine.query(`select ${texts(columns).join(', ')} from ${from}`);
    return rows.map((row) => named(columns, row));
  };
  const snapshots = async (ats: readonly SnapshotAt[]): Promise<Values[][]> => {
    const columns = await sourceColumns();
    if (columns.length === 0) return ats.map(() => []);
    const table = historyTable(workspace.config, config, columns);
    const selects = ats.map((at, i) => {
      const sql = renderSnapshot(engine.dialect, table, at);
      return `select ${texts(columns).join(', ')}, '${i}' from (${sql}) as snapshot`;
    });
    const rows = await engine.query(selects.join(' union all '));
    return ats.map((_, i) =>
      rows.filter((row) => row.at(-1) === String(i)).map((row) => named(columns, row)),
    );
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
    async rows() {
      const columns = await engine.columns(ref);
      if (!columns) return [];
      const rows = await select(columns, engine.dialect.tableName(ref));
      return rows.map((row) => toHistoryRow(config, row));
    },
    async versions() {
      const columns = await sourceColumns();
      if (columns.length === 0) return [];
      const h = config.historyColumns;
      const times: Column[] = [h.effectiveDate, h.endDate].map((name) => ({
        name,
        type: { kind: 'timestamptz' },
      }));
      const all: Column[] = [...columns, { name: h.current, type: { kind: 'boolean' } }, ...times];
      const rows = await select(all, engine.dialect.tableName(versionsRef(ref)));
      return rows.map((row) => ({
        values: pick(row, columns),
        current: row[h.current] === 'true',
        effective_date: row[h.effectiveDate]!,
        end_date: row[h.endDate] ?? null,
      }));
    },
    snapshot: async (at) => (await snapshots([at]))[0]!,
    snapshots,
  };
}

function pick(row: Values, columns: readonly Column[]): Values {
  return Object.fromEntries(columns.map((c) => [c.name, row[c.name] ?? null]));
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
