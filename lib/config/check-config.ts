import { checkCatalogNames } from './check-catalog-names.ts';
import { type CheckedTable, checkColumns } from './check-columns.ts';
import { type CheckedMap, checkEngine, engineKind } from './check-engine.ts';
import { type CheckedExport, checkExports } from './check-exports.ts';
import { checkCopying, replicationNames } from './check-copying.ts';
import { checkSequence } from './check-sequence.ts';
import { checkStorage } from './check-storage.ts';
import { checkTableNames, type NamedTable } from './check-table-names.ts';
import { DATABRICKS_DEFAULTS } from './defaults.ts';
import { describeIssue } from './describe-issue.ts';
import type { Finding } from './problem.ts';
import { resolveTable } from './resolve-table.ts';
import { field, list, rightFields, someMap } from './right-fields.ts';
import { batchSchema, defaultsSchema, tableSchema } from './schema-table.ts';
import { configSchema, type ConfigYaml } from './schema.ts';
import { type EngineYaml, engineSchema, storageSchema } from './schema-engine.ts';
import { exportSchema } from './schema-export.ts';

const partialTable = tableSchema.partial();
const partialExport = exportSchema.partial();

/** The whole configuration if its shape is right, and everything found wrong with shape and meaning. */
export interface CheckedConfig {
  readonly written: ConfigYaml | null;
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Checks any value at all. A part of the right shape is checked further although others are not. */
export function checkConfig(value: unknown): CheckedConfig {
  const whole = configSchema.safeParse(value, { reportInput: true });
  const shape = whole.success
    ? []
    : whole.error.issues.flatMap((issue) => describeIssue(issue, configSchema));
  const names = tableNames(value);
  const checked = someTables(value);
  const tables = checked.map((table) => ({
    columns: checkColumns(table),
    ...checkSequence(table),
  }));
  const places = checkPlaces(value, checked);
  const written = someExports(value);
  const exports = checkExports(
    written,
    names.map(({ name }) => name),
  );
  const tablesAreRight = !shape.some(({ path: [top] }) => top === 'tables' || top === 'defaults');
  const copying = checkCopying(value, { tables: checked, tablesAreRight, exports: written });
  return {
    written: whole.success ? whole.data : null,
    problems: [
      ...shape,
      ...places.flatMap(({ problems }) => problems),
      ...checkTableNames(names),
      ...tables.flatMap(({ columns, problems }) => [...columns, ...problems]),
      ...exports.problems,
      ...copying.problems,
    ],
    warnings: [...places, ...tables, exports, copying].flatMap(({ warnings }) => warnings),
  };
}

/** Where histories and files are kept, and the names they have there. */
function checkPlaces(value: unknown, tables: readonly CheckedTable[]) {
  const engine = someMap(engineSchema, field(value, 'engine'));
  const storage = someMap(storageSchema, field(value, 'storage'));
  const places = [checkEngine(engine), checkStorage(storage, engine)];
  return engineKind(engine) === 'databricks' ? [...places, checkNames(value, engine, tables)] : places;
}

function checkNames(value: unknown, engine: CheckedMap<EngineYaml>, tables: readonly CheckedTable[]) {
  const text = (name: 'name' | 'catalog' | 'schema') =>
    configSchema.shape[name].safeParse(field(value, name)).data;
  return checkCatalogNames({
    server: engine.written.server ?? DATABRICKS_DEFAULTS.server,
    name: field(value, 'catalog') === undefined ? text('name') : undefined,
    catalog: text('catalog'),
    schema: text('schema'),
    tables: tables.flatMap(({ index, written: { name } }) => (name === '' ? [] : [{ index, name }])),
  });
}

function someTables(value: unknown): CheckedTable[] {
  const defaults = rightFields(defaultsSchema, defaultsSchema, field(value, 'defaults')) ?? {};
  const batch = batchSchema.safeParse(field(value, 'batch')).data;
  const only = list(value, 'replications').length === 1 ? (replicationNames(value)[0] ?? null) : null;
  return list(value, 'tables').flatMap((item, index) => {
    const part = rightFields(tableSchema, partialTable, item);
    if (!part) return [];
    const written = { name: '', keys: [], ...part };
    return [{ index, written, defaults, config: resolveTable(written, defaults, batch, only) }];
  });
}

function someExports(value: unknown): CheckedExport[] {
  return list(value, 'exports').flatMap((item, index) => {
    const written = rightFields(exportSchema, partialExport, item);
    return written ? [{ index, written }] : [];
  });
}

/** Every name a table has, whatever else is wrong with the table. */
function tableNames(value: unknown): NamedTable[] {
  return list(value, 'tables').flatMap((table, index) => {
    const name = field(table, 'name');
    return typeof name === 'string' && name !== '' ? [{ index, name }] : [];
  });
}
