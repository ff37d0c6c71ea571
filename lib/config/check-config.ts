import type { z } from 'zod';
import { checkCatalogNames } from './check-catalog-names.ts';
import { type CheckedTable, checkColumns } from './check-columns.ts';
import { type CheckedMap, checkEngine, engineKind } from './check-engine.ts';
import { type CheckedExport, checkExports } from './check-exports.ts';
import { checkSequence } from './check-sequence.ts';
import { checkStorage } from './check-storage.ts';
import { checkTableNames, type NamedTable } from './check-table-names.ts';
import { DATABRICKS_DEFAULTS } from './defaults.ts';
import { describeIssue } from './describe-issue.ts';
import type { Finding } from './problem.ts';
import { resolveTable } from './resolve-table.ts';
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
  const exports = checkExports(
    someExports(value),
    names.map(({ name }) => name),
  );
  return {
    written: whole.success ? whole.data : null,
    problems: [
      ...shape,
      ...places.flatMap(({ problems }) => problems),
      ...checkTableNames(names),
      ...tables.flatMap(({ columns, problems }) => [...columns, ...problems]),
      ...exports.problems,
    ],
    warnings: [...places, ...tables, exports].flatMap(({ warnings }) => warnings),
  };
}

/** Where histories and files are kept, and the names they have there. */
function checkPlaces(value: unknown, tables: readonly CheckedTable[]) {
  const engine = someMap(engineSchema, value, 'engine');
  const storage = someMap(storageSchema, value, 'storage');
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

/** A map whose fields may all be left out. */
function someMap<T>(schema: z.ZodType<T>, value: unknown, name: string): CheckedMap<T> {
  const item = field(value, name);
  const isMap = typeof item === 'object' && item !== null && !Array.isArray(item);
  return {
    given: isMap ? Object.keys(item) : [],
    written: rightFields<Partial<T>>(schema, schema, item) ?? {},
  };
}

function someTables(value: unknown): CheckedTable[] {
  const defaults = rightFields(defaultsSchema, defaultsSchema, field(value, 'defaults')) ?? {};
  const batch = batchSchema.safeParse(field(value, 'batch')).data;
  return list(value, 'tables').flatMap((item, index) => {
    const part = rightFields(tableSchema, partialTable, item);
    if (!part) return [];
    const written = { name: '', keys: [], ...part };
    return [{ index, written, defaults, config: resolveTable(written, defaults, batch) }];
  });
}

function someExports(value: unknown): CheckedExport[] {
  return list(value, 'exports').flatMap((item, index) => {
    const written = rightFields(exportSchema, partialExport, item);
    return written ? [{ index, written }] : [];
  });
}

/** Fields that mean something else once a part of them is gone. */
const WHOLE = ['columns', 'connection', 'auth'];

/** The fields of a map that have the right shape, so that they can be checked further; null when none can. */
function rightFields<T>(schema: z.ZodType, partial: z.ZodType<T>, item: unknown): T | null {
  const issues = schema.safeParse(item).error?.issues ?? [];
  const rest: unknown = structuredClone(item);
  for (const { path, ...issue } of issues) {
    const fields = issue.code === 'unrecognized_keys' ? issue.keys : [null];
    for (const last of fields) removeField(rest, last === null ? path : [...path, last]);
  }
  return partial.safeParse(rest).data ?? null;
}

/** Removes what is at the path, or the list or whole that it is part of. */
function removeField(value: unknown, path: readonly PropertyKey[]): void {
  const [step, next] = path;
  if (typeof value !== 'object' || value === null || typeof step !== 'string') return;
  const inner = field(value, step);
  const goesDeeper = typeof next === 'string' && !WHOLE.includes(step);
  if (goesDeeper && typeof inner === 'object' && inner !== null) removeField(inner, path.slice(1));
  else Reflect.deleteProperty(value, step);
}

/** Every name a table has, whatever else is wrong with the table. */
function tableNames(value: unknown): NamedTable[] {
  return list(value, 'tables').flatMap((table, index) => {
    const name = field(table, 'name');
    return typeof name === 'string' && name !== '' ? [{ index, name }] : [];
  });
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
