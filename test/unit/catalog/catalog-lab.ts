import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SetupResult } from '../../../lib/catalog/finding.ts';
import { setup } from '../../../lib/catalog/setup.ts';
import type { Column } from '../../../lib/config/column-type.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import { readHistory } from '../../../lib/operations/read-rows.ts';
import type { SqlSession, TextRow } from '../../../lib/ports.ts';
import { openWorkspace, type WorkspaceOptions } from '../../../lib/open-workspace.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { writeChangeFile } from '../../helpers/change-files.ts';
import type { Change } from '../../helpers/oracle-types.ts';
import { type Row, readAll } from '../operations/lake.ts';

/** A configuration over a DuckDB of its own, in which nothing was made yet. */
export interface CatalogLab {
  readonly dir: string;
  ws: Workspace;
  setup(dryRun?: boolean): Promise<readonly SetupResult[]>;
  sql(...statements: readonly string[]): Promise<void>;
  query(sql: string): Promise<TextRow[]>;
  /** Puts a change file into the incoming folder of a table and ingests it. */
  ingest(table: string, name: string, columns: readonly Column[], changes: readonly Change[]): Promise<void>;
  /** All rows with all columns, in the order of key and begin. */
  rows(table: string): Promise<Row[]>;
  reopen(tables: string, options?: WorkspaceOptions): Promise<void>;
}

const opened: CatalogLab[] = [];

/** Closes every lab of a test and removes its folder. */
export async function closeLabs(): Promise<void> {
  for (const lab of opened.splice(0)) {
    await lab.ws.close().catch(() => {});
    await rm(lab.dir, { recursive: true, force: true });
  }
}

/** @param tables YAML of the tables, one flow mapping a line */
export async function openLab(tables: string): Promise<CatalogLab> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-catalog-'));
  const open = (lines: string, options: WorkspaceOptions = {}): Promise<Workspace> => {
    const yaml = [
      'name: shop',
      'schema: crm',
      `engine: {kind: duckdb, path: ${JSON.stringify(join(dir, 'history.duckdb'))}}`,
      `storage: {kind: local, root: ${JSON.stringify(join(dir, 'files'))}}`,
      'tables:',
      lines.replace(/^/gm, '  - '),
    ].join('\n');
    return openWorkspace(parseConfig(yaml, { baseDir: dir }).config, { bare: true, ...options });
  };
  const lab: CatalogLab = {
    dir,
    ws: await open(tables),
    setup: (dryRun = false) => setup(lab.ws, { dryRun }),
    async sql(...statements) {
      for (const sql of statements) await lab.ws.engine.execute(sql);
    },
    query: (sql) => lab.ws.engine.query(sql),
    async ingest(name, path, columns, changes) {
      const table = lab.ws.table(name);
      const file = join(lab.ws.store(table).location('incoming'), path);
      await mkdir(dirname(file), { recursive: true });
      await writeChangeFile(file, { columns, changes });
      const report = await ingestTable(lab.ws.ingestDeps(table));
      if (report.error) throw report.error;
    },
    rows: async (name) => readAll(await readHistory(lab.ws, lab.ws.table(name))),
    async reopen(lines, options) {
      await lab.ws.close();
      lab.ws = await open(lines, options);
    },
  };
  opened.push(lab);
  return lab;
}

/** `kind name: state` of each object, with its note where it has one. */
export function states(results: readonly SetupResult[]): string[] {
  return results.map(({ kind, name, state, note, error }) => {
    const more = error ? ` (${error.code})` : note === null ? '' : ` (${note})`;
    return `${kind} ${name}: ${state}${more}`;
  });
}

/** Every table of the database with how many rows it has, to show that nothing was lost. */
export async function rowCounts(session: SqlSession): Promise<Record<string, string>> {
  const tables = await session.query(
    "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE' order by table_schema, table_name",
  );
  const counts: Record<string, string> = {};
  for (const [schema, name] of tables) {
    const [row] = await session.query(
      `select cast(count(*) as varchar) from "${schema}"."${name!.replaceAll('"', '""')}"`,
    );
    counts[`${schema}.${name}`] = row![0]!;
  }
  return counts;
}
