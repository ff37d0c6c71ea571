import { type Environment, environmentLookup } from '../../../lib/config/reference-lookup.ts';
import type { Column } from '../../../lib/config/column-type.ts';
import type { ExportConfig } from '../../../lib/config/config.ts';
import { runExport, type ExportReport, type RunExportOptions } from '../../../lib/export/run-export.ts';
import { type Faults, NO_FAULTS } from '../../../lib/ports.ts';
import { quoteIdentifier, quoteList, quoteQualified } from '../../../lib/targets/postgres/quote.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { cdcFileName, change, type ChangeShorthand, loadFileName } from '../../helpers/change-files.ts';
import type { Change, Values } from '../../helpers/oracle-types.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/postgres.ts';
import {
  openTestEngine,
  type TestEngine,
  type TestPipeline,
  type TestTable,
} from '../../helpers/test-pipeline.ts';

/** A history engine and a Postgres database, for exports from the one to the other. */
export interface ExportHarness {
  readonly database: TestDatabase;
  table(table: TestTable): ExportedTable;
  close(): Promise<void>;
}

/** One table that is fed, exported and read back. */
export interface ExportedTable {
  readonly pipeline: TestPipeline;
  readonly name: string;
  /** The pipeline's workspace, with an environment that knows the database as PG_URL. */
  workspace(overrides?: Partial<Pick<Workspace, 'faults' | 'table'>> & { env?: Environment }): Workspace;
  /** The whole configuration of an export of this table. @default incremental into schema shop */
  settings(overrides?: Partial<ExportConfig>): ExportConfig;
  /** Delivers one file and ingests it. */
  ingest(columns: readonly Column[], rows: readonly ChangeShorthand[]): Promise<void>;
  /** Exports it; fails the test if the export failed. */
  export(overrides?: Partial<ExportConfig>, options?: RunExportOptions): Promise<Outcome>;
  /** Exports it and returns whatever the report says. */
  report(
    overrides?: Partial<ExportConfig>,
    options?: RunExportOptions,
    faults?: Faults,
  ): Promise<ExportReport>;
}

/** What an export says it did. */
export type Outcome = Pick<
  ExportReport,
  'target' | 'mode' | 'reason' | 'rows' | 'upserted' | 'removed' | 'unchanged'
>;

export const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
export const NAME: Column = { name: 'name', type: { kind: 'string' } };
export const COLUMNS = [ID, NAME];

let files = 0;

/** The next file name in the order of time, of a full load or of captured changes. */
export function nextFileName(isLoad = false): string {
  files += 1;
  return isLoad ? loadFileName(files) : cdcFileName(files);
}

export async function openExportHarness(
  open: () => Promise<TestEngine> = () => openTestEngine(),
): Promise<ExportHarness> {
  const database = await createTestDatabase();
  const engine = await open();
  return {
    database,
    table: (table) => exportedTable(engine, database, table),
    async close() {
      await engine.close();
      await database.close();
    },
  };
}

function exportedTable(engine: TestEngine, database: TestDatabase, table: TestTable): ExportedTable {
  const pipeline = engine.table(table);
  const { name } = pipeline.config;
  const workspace: ExportedTable['workspace'] = ({ env = { PG_URL: database.url }, ...overrides } = {}) => ({
    ...pipeline.workspace,
    references: environmentLookup(env),
    ...overrides,
  });
  const settings: ExportedTable['settings'] = (overrides) => exportSettings([name], overrides);
  const report: ExportedTable['report'] = async (overrides, options = {}, faults = NO_FAULTS) => {
    const [one] = await runExport(workspace({ faults }), settings(overrides), options);
    return one!;
  };
  return {
    pipeline,
    name,
    workspace,
    settings,
    report,
    async ingest(columns, rows) {
      const changes = rows.map((row) => change(row));
      await pipeline.deliver(nextFileName(), { columns, changes });
      const { rejected } = await pipeline.ingest();
      if (rejected.length > 0) throw new Error(`a file was rejected: ${JSON.stringify(rejected)}`);
    },
    async export(overrides, options) {
      const { error, ...done } = await report(overrides, options);
      if (error) throw error;
      const { target, mode, reason, rows, upserted, removed, unchanged } = done;
      return { target, mode, reason, rows, upserted, removed, unchanged };
    },
  };
}

/** The whole configuration of an export of these tables. */
export function exportSettings(
  tables: readonly string[],
  overrides: Partial<ExportConfig> = {},
): ExportConfig {
  return {
    name: 'postgres',
    target: 'postgres',
    connection: { kind: 'url', url: { template: '${env:PG_URL}' }, verifyTls: true },
    tables,
    targetSchema: 'shop',
    mode: 'incremental',
    removeMissing: true,
    connections: 2,
    nonFinite: 'null',
    columnCase: 'keep',
    trigger: { schedule: null, afterIngestSeconds: null, inNetwork: false },
    ...overrides,
  };
}

/** One batch of files of changes; full-load files are named as such. */
export async function deliverBatch(
  pipeline: TestPipeline,
  { columns, keys }: { readonly columns: readonly Column[]; readonly keys: readonly string[] },
  batch: readonly (readonly Change[])[],
): Promise<void> {
  const beforeImage = batch.flat().some((one) => one.beforeKeys) ? keys : [];
  for (const changes of batch) {
    const name = nextFileName(changes.every((one) => one.load));
    await pipeline.deliver(name, { columns, changes, options: { beforeImage } });
  }
  await pipeline.ingest();
}

/** Every row of a target table as the text Postgres itself makes of it; null when there is no such table. */
export async function readTarget(
  database: TestDatabase,
  table: string,
  columns: readonly Column[],
  schema = 'shop',
): Promise<Values[] | null> {
  const name = quoteQualified(schema, table);
  const [found] = await database.query('select to_regclass($1)::text as found', [name]);
  if (!found?.found) return null;
  const texts = columns.map((column, at) => `${canonical(column)} as c${at}`);
  const order = quoteList(columns.slice(0, 1).map((column) => column.name));
  const rows = await database.query(`select ${texts.join(', ')} from ${name} order by ${order}`);
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, at) => [column.name, row[`c${at}`] ?? null])),
  );
}

function canonical({ name, type }: Column): string {
  const column = quoteIdentifier(name);
  switch (type.kind) {
    case 'timestamptz':
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'timestamp':
      return `to_char(${column}, 'YYYY-MM-DD HH24:MI:SS.US')`;
    case 'binary':
      return `encode(${column}, 'hex')`;
    default:
      return `${column}::text`;
  }
}

/** Everything in the database that an export could change, rows of every table included, so that any change shows. */
export async function readEverything(database: TestDatabase): Promise<string[]> {
  const objects = await database.query(`
select format('%s %I.%I (%s) %s', c.relkind, n.nspname, c.relname, (
  select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
  from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0), c.relacl) as thing,
  case when c.relkind = 'r' then format('%I.%I', n.nspname, c.relname) end as name
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname !~ '^(pg_|information_schema)'
union all
select format('schema %I', nspname), null from pg_namespace where nspname !~ '^pg_(toast_)?temp'
order by thing`);
  const rows: string[] = [];
  for (const { name } of objects) {
    if (!name) continue;
    const found = await database.query(`select t::text as row from ${name} as t order by 1`);
    rows.push(...found.map(({ row }) => `${name}: ${row}`));
  }
  return [...objects.map(({ thing }) => thing ?? ''), ...rows];
}
