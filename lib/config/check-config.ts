import type { z } from 'zod';
import { type CheckedTable, checkColumns } from './check-columns.ts';
import { type CheckedExport, checkExports } from './check-exports.ts';
import { checkSequence } from './check-sequence.ts';
import { checkTableNames, type NamedTable } from './check-table-names.ts';
import { describeIssue } from './describe-issue.ts';
import type { Finding } from './problem.ts';
import { resolveTable } from './resolve-table.ts';
import { batchSchema, defaultsSchema, tableSchema } from './schema-table.ts';
import { configSchema, type ConfigYaml } from './schema.ts';
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
  const tables = someTables(value).map((table) => ({
    columns: checkColumns(table),
    ...checkSequence(table),
  }));
  const exports = checkExports(
    someExports(value),
    names.map(({ name }) => name),
  );
  return {
    written: whole.success ? whole.data : null,
    problems: [
      ...shape,
      ...checkTableNames(names),
      ...tables.flatMap(({ columns, problems }) => [...columns, ...problems]),
      ...exports.problems,
    ],
    warnings: [...tables.flatMap(({ warnings }) => warnings), ...exports.warnings],
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
const WHOLE = ['columns', 'connection'];

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
