import type { Column } from '../config/column-type.ts';
import type { HistoryColumns, TableConfig } from '../config/config.ts';
import type { Dialect, TableRef } from '../ports.ts';

/** A history table as the plan needs to know it: where it is, how it is kept, and its source columns. */
export interface HistoryTable {
  readonly ref: TableRef;
  readonly config: TableConfig;
  /** The source's columns in table order, keys included, bookkeeping columns left out. */
  readonly columns: readonly Column[];
}

/** Where the history of a table is. */
export function historyRef(
  place: { catalog: string; schema: string },
  config: Pick<TableConfig, 'name'>,
): TableRef {
  return { catalog: place.catalog, schema: place.schema, name: config.name };
}

/** The history of a configured table that has these columns, its bookkeeping columns among them or not. */
export function historyTable(
  place: { catalog: string; schema: string },
  config: TableConfig,
  columns: readonly Column[],
): HistoryTable {
  const own = bookkeepingNames(config);
  return {
    ref: historyRef(place, config),
    config,
    columns: columns.filter((column) => !includesName(own, column.name)),
  };
}

/** Quoted names of everything a statement about one history table mentions. */
export interface HistoryNames {
  readonly table: string;
  readonly keys: readonly string[];
  /** Source columns that are not keys. */
  readonly values: readonly string[];
  /** Keys and values in table order. */
  readonly source: readonly string[];
  /** Values whose change opens a version. */
  readonly tracked: readonly string[];
  /** Values that are updated in place. */
  readonly untracked: readonly string[];
  readonly h: { readonly [P in keyof HistoryColumns]: string };
  /** A name for a column the plan makes up, certain not to be one of the source's. */
  readonly own: (name: string) => string;
}

const SAME = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** True when `name` is one of `names`; engines do not tell upper from lower case in names. */
export function includesName(names: readonly string[], name: string): boolean {
  return names.some((n) => SAME(n, name));
}

/** Every bookkeeping column name of a table, in table order. */
export function bookkeepingNames(config: TableConfig): readonly string[] {
  const h = config.historyColumns;
  return [h.current, h.effectiveDate, h.endDate, h.effectiveSeq, h.endSeq, h.seenDate, h.seenSeq, h.batchId];
}

/** True when a change of this non-key column opens a version. */
export function isTracked(config: TableConfig, name: string): boolean {
  if (config.track.kind === 'all') return true;
  return includesName(config.track.columns, name) === (config.track.kind === 'only');
}

/** The key columns with their types, in the order the config lists them. */
export function keyColumns(table: HistoryTable): readonly Column[] {
  return table.config.keys.map((key) => {
    const column = table.columns.find((c) => SAME(c.name, key));
    if (!column) throw new Error(`table ${table.config.name}: key ${key} is not a column of the history`);
    return column;
  });
}

/** Quotes every name a plan for `table` needs. */
export function historyNames(dialect: Dialect, table: HistoryTable): HistoryNames {
  const q = (name: string): string => dialect.quoteIdentifier(name);
  const { config, columns } = table;
  const keyNames = keyColumns(table).map((c) => c.name);
  const valueNames = columns.map((c) => c.name).filter((name) => !includesName(keyNames, name));
  const h = config.historyColumns;
  const taken = [...columns.map((c) => c.name), ...bookkeepingNames(config)];
  return {
    table: dialect.tableName(table.ref),
    keys: keyNames.map(q),
    values: valueNames.map(q),
    source: columns.map((c) => q(c.name)),
    tracked: valueNames.filter((name) => isTracked(config, name)).map(q),
    untracked: valueNames.filter((name) => !isTracked(config, name)).map(q),
    h: {
      current: q(h.current),
      effectiveDate: q(h.effectiveDate),
      endDate: q(h.endDate),
      effectiveSeq: q(h.effectiveSeq),
      endSeq: q(h.endSeq),
      seenDate: q(h.seenDate),
      seenSeq: q(h.seenSeq),
      batchId: q(h.batchId),
    },
    own: (name) => {
      let free = `__${name}`;
      while (includesName(taken, free)) free = `_${free}`;
      return q(free);
    },
  };
}
