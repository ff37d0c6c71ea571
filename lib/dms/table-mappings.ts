import { createHash } from 'node:crypto';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { sourceSchema, sourceTable, tableFolders } from '../config/paths.ts';
import type { MappingRule, ObjectLocator, TableMappings, UnnumberedRule } from './mapping-rule.ts';
import { namePattern } from './name-pattern.ts';

/** Largest JSON of table mappings that DMS takes, in bytes. */
export const MAX_MAPPINGS_BYTES = 2 * 1024 * 1024;

/** Room for `AR_H_CHANGE_SEQ`, which has 35 digits today. */
const CHANGE_SEQ_LENGTH = 50;

/** A table to copy, by what DMS calls it. */
interface MappedTable {
  readonly schema: string;
  readonly table: string;
  readonly config: TableConfig;
}

/** The tables of a replication in the order of their names at the source, so that their order in a file is no change. */
export function replicatedTables(
  { tables }: Pick<Config, 'tables'>,
  { name }: Pick<ReplicationConfig, 'name'>,
): TableConfig[] {
  return tables
    .filter((table) => table.replication === name)
    .sort(
      (a, b) =>
        compareText(sourceSchema(a.source), sourceSchema(b.source)) || compareText(a.source, b.source),
    );
}

/**
 * What DMS copies for a replication and how: one selection and one rename for each table, so that its files lie where
 * `tableFolders` says; columns left out; lower-case names; the change sequence; the old key of an updated row.
 *
 * DMS applies one transformation to one object, so every column rule is written once for all tables where they agree,
 * else once for each schema whose tables do, else for each table. A column that is left out of a table with lower-case
 * names is named by two rules; the one that removes it comes first. Ids follow from what a rule is about: another table
 * changes no rule but its own.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Transformations.html
 */
export function tableMappings(
  config: Pick<Config, 'storage' | 'tables'>,
  replication: Pick<ReplicationConfig, 'name' | 'migration'>,
): TableMappings {
  const tables = replicatedTables(config, replication).map((table) => ({
    schema: sourceSchema(table.source),
    table: sourceTable(table.source),
    config: table,
  }));
  return {
    rules: numbered([
      ...tables.map(selection),
      ...tables.map((table) => rename(config, table, tables)),
      ...tables.flatMap((table) => removals(table, tables)),
      ...lowercase(tables),
      ...changeSequence(tables),
      ...(replication.migration === 'full-load' ? [] : beforeImages(tables)),
    ]),
  };
}

/** The mappings as compact JSON, the same for the same mappings. */
export function renderTableMappings(mappings: TableMappings): string {
  return JSON.stringify(mappings);
}

function selection({ schema, table }: MappedTable): UnnumberedRule {
  return {
    'rule-type': 'selection',
    'rule-action': 'explicit',
    'object-locator': { 'schema-name': schema, 'table-name': table },
  };
}

function rename(
  config: Pick<Config, 'storage'>,
  table: MappedTable,
  tables: readonly MappedTable[],
): UnnumberedRule {
  const { incoming } = tableFolders(config, table.config);
  return {
    'rule-type': 'transformation',
    'rule-target': 'table',
    'rule-action': 'rename',
    'object-locator': tableLocator(table, tables),
    value: incoming.slice(incoming.lastIndexOf('/') + 1),
  };
}

function removals(table: MappedTable, tables: readonly MappedTable[]): UnnumberedRule[] {
  return [...table.config.excludeColumns].sort(compareText).map((column) => ({
    'rule-type': 'transformation',
    'rule-target': 'column',
    'rule-action': 'remove-column',
    'object-locator': { ...tableLocator(table, tables), 'column-name': column },
  }));
}

function lowercase(tables: readonly MappedTable[]): UnnumberedRule[] {
  const wanted = ({ config }: MappedTable) => (config.columnNames === 'lower' ? 'lower' : null);
  return grouped(tables, wanted).map(({ locator }) => ({
    'rule-type': 'transformation',
    'rule-target': 'column',
    'rule-action': 'convert-lowercase',
    'object-locator': { ...locator, 'column-name': '%' },
  }));
}

function changeSequence(tables: readonly MappedTable[]): UnnumberedRule[] {
  const name = ({ config }: MappedTable) =>
    config.sequence === 'change-seq' ? config.changeColumns.changeSeq : null;
  return grouped(tables, name).map(({ locator, value }) => ({
    'rule-type': 'transformation',
    'rule-target': 'column',
    'rule-action': 'add-column',
    'object-locator': locator,
    value,
    expression: '$AR_H_CHANGE_SEQ',
    'data-type': { type: 'string', length: CHANGE_SEQ_LENGTH },
  }));
}

function beforeImages(tables: readonly MappedTable[]): UnnumberedRule[] {
  const prefix = ({ config }: MappedTable) => config.changeColumns.beforeImagePrefix || null;
  return grouped(tables, prefix).map(({ locator, value }) => ({
    'rule-type': 'transformation',
    'rule-target': 'column',
    'rule-action': 'add-before-image-columns',
    'object-locator': locator,
    'before-image-def': { 'column-prefix': value, 'column-suffix': '', 'column-filter': 'pk-only' },
  }));
}

/** Where a value holds: for all tables, else for whole schemas, else for single tables. Null needs no rule. */
function grouped(
  tables: readonly MappedTable[],
  choose: (table: MappedTable) => string | null,
): { locator: ObjectLocator; value: string }[] {
  const everywhere = sharedValue(tables, choose);
  if (everywhere !== undefined) return ruleFor({ 'schema-name': '%', 'table-name': '%' }, everywhere);
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  return schemas.flatMap((schema) => {
    const inside = tables.filter((table) => table.schema === schema);
    const shared = sharedValue(inside, choose);
    const pattern = namePattern(schema, schemas);
    if (shared !== undefined) return ruleFor({ 'schema-name': pattern, 'table-name': '%' }, shared);
    return inside.flatMap((table) => ruleFor(tableLocator(table, tables), choose(table)));
  });
}

function ruleFor(locator: ObjectLocator, value: string | null): { locator: ObjectLocator; value: string }[] {
  return value === null ? [] : [{ locator, value }];
}

/** The value that all have, or undefined when they differ. */
function sharedValue(
  tables: readonly MappedTable[],
  choose: (table: MappedTable) => string | null,
): string | null | undefined {
  const [first, ...others] = new Set(tables.map(choose));
  return others.length === 0 ? (first ?? null) : undefined;
}

function tableLocator({ schema, table }: MappedTable, tables: readonly MappedTable[]): ObjectLocator {
  const schemas = tables.map((other) => other.schema);
  const names = tables.filter((other) => other.schema === schema).map((other) => other.table);
  return { 'schema-name': namePattern(schema, schemas), 'table-name': namePattern(table, names) };
}

/** Nine digits at most from a hash of what the rule is about; of two rules with one hash the later takes the next id. */
function numbered(rules: readonly UnnumberedRule[]): MappingRule[] {
  const taken = new Set<number>();
  return rules.map((rule) => {
    const about = JSON.stringify([rule['rule-type'], rule['rule-action'], rule['object-locator']]);
    const hash = createHash('sha256').update(about).digest();
    let id = (hash.readUInt32BE(0) % 999_999_999) + 1;
    while (taken.has(id)) id = (id % 999_999_999) + 1;
    taken.add(id);
    return withId(rule, String(id));
  });
}

function withId(rule: UnnumberedRule, id: string): MappingRule {
  const { 'rule-type': type, ...rest } = rule;
  return { 'rule-type': type, 'rule-id': id, 'rule-name': id, ...rest } as MappingRule;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
