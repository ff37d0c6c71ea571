import type { Column, ColumnType } from '../../config/column-type.ts';
import type { NewColumn, NewTable, TableRef } from '../../ports.ts';
import { quoteIdentifier, stringLiteral, tableName } from './quote.ts';
import { databricksType } from './types.ts';

const MAX_CLUSTER_COLUMNS = 4;
/** Columns that get statistics where no list of them is given: the first ones. */
const INDEXED_COLUMNS = 32;
/** The columns that a history adds after the source's own. */
const BOOKKEEPING_COLUMNS = 8;

/** Lets a column be called otherwise in the files than in the table. Setting it again changes nothing. */
const COLUMN_MAPPING = ['delta.columnMapping.mode', 'name'] as const;

/** Lets a table have wall clocks without a zone. Setting it again changes nothing. */
const WALL_CLOCKS = ['delta.feature.timestampNtz', 'supported'] as const;

type Property = readonly [name: string, value: string];

const CHANGE_DATA_FEED = ['delta.enableChangeDataFeed', 'true'] as const;
const NO_CHANGE_DATA_FEED = ['delta.enableChangeDataFeed', 'false'] as const;

/**
 * True for a column name with which Delta cannot write its feed of changes: it puts the name between backticks without
 * doubling those in it, and every merge fails (INVALID_ATTRIBUTE_NAME_SYNTAX).
 */
function endsChangeFeed(name: string): boolean {
  return name.includes('`');
}

/** True for a type whose smallest and largest value Delta keeps for each file. */
function hasStatistics({ kind }: ColumnType): boolean {
  return kind !== 'boolean' && kind !== 'binary';
}

/** True for a column name that parquet cannot hold, so that the table needs names of its own there. */
function needsColumnMapping(name: string): boolean {
  return /[ ,;{}()\n\t=]/.test(name);
}

const isMapped = ({ columns }: NewTable): boolean => columns.some(({ name }) => needsColumnMapping(name));

/** The first columns that rows are looked up by and that a table can be laid out by. */
function clusterColumns({ columns, clusterBy }: NewTable): readonly string[] {
  return clusterBy
    .filter((name) => columns.some((column) => column.name === name && hasStatistics(column.type)))
    .slice(0, MAX_CLUSTER_COLUMNS);
}

/**
 * The columns of a wide table that must have statistics, since a batch looks for its rows by them: all it is looked up
 * by, what the history added, then the first others. Null where every column has them anyway; columns added later
 * come after these.
 */
function statisticsColumns({ columns, clusterBy }: NewTable): readonly string[] | null {
  if (columns.length <= INDEXED_COLUMNS) return null;
  const needed = (column: NewColumn, at: number): boolean =>
    clusterBy.includes(column.name) || at >= columns.length - BOOKKEEPING_COLUMNS;
  const kept = [...columns.filter(needed), ...columns.filter((column, at) => !needed(column, at))]
    .filter(({ type }) => hasStatistics(type))
    .map(({ name }) => name);
  return kept.slice(0, Math.max(INDEXED_COLUMNS, clusterBy.length + BOOKKEEPING_COLUMNS));
}

/**
 * Lets the server write small files together by itself, after a write that leaves many. Every batch adds some of one
 * row each, and each would be opened by every look at the ledger.
 */
const AUTO_COMPACT = ['delta.autoOptimize.autoCompact', 'true'] as const;

/**
 * Properties of a new table. A table that rows are not looked up in is a ledger, only added to and small: nobody reads
 * its changes.
 */
function propertiesOf(table: NewTable): readonly Property[] {
  const mapping = isMapped(table) ? [COLUMN_MAPPING] : [];
  const vectors = ['delta.enableDeletionVectors', 'true'] as const;
  if (table.clusterBy.length === 0) return [vectors, AUTO_COMPACT, ...mapping];
  const statistics = statisticsColumns(table);
  return [
    vectors,
    ...(table.columns.some(({ name }) => endsChangeFeed(name)) ? [] : [CHANGE_DATA_FEED]),
    ['delta.enableTypeWidening', 'true'],
    // Only at its creation does a table get this by itself, not when a column is added.
    WALL_CLOCKS,
    ...mapping,
    ...(statistics
      ? [['delta.dataSkippingStatsColumns', statistics.map(quoteIdentifier).join(',')] as const]
      : []),
  ];
}

function layout(table: NewTable, properties: readonly Property[]): string {
  const cluster = clusterColumns(table).map(quoteIdentifier);
  const lines = properties.map(([name, value]) => `  ${stringLiteral(name)} = ${stringLiteral(value)}`);
  return [
    'using delta',
    ...(cluster.length > 0 ? [`cluster by (${cluster.join(', ')})`] : []),
    `comment ${stringLiteral(table.comment)}`,
    `tblproperties (\n${lines.join(',\n')}\n)`,
  ].join('\n');
}

function columnDefinition({ name, type, comment }: NewColumn): string {
  const definition = `${quoteIdentifier(name)} ${databricksType(type)}`;
  return comment === undefined ? definition : `${definition} comment ${stringLiteral(comment)}`;
}

/** Creates a Delta table; one that exists stays as it is. */
export function createTable(table: NewTable): string {
  const columns = table.columns.map(columnDefinition).join(',\n  ');
  return `create table if not exists ${tableName(table.ref)} (\n  ${columns}\n)\n${layout(table, propertiesOf(table))}`;
}

/**
 * Makes a Delta table that is there hold just the rows of a select, in one step: a version of the same table, so that
 * properties, grants, feed of changes and older versions stay. Who feeds on its changes sees every row go and come.
 *
 * @see https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-dml-insert-into.html
 */
export function overwriteTable(ref: TableRef, select: string): string {
  return `insert overwrite table ${tableName(ref)}\n${select}`;
}

/**
 * Makes a Delta table hold just the rows of a select, in one step, laid out as a new one is; properties that somebody
 * set on it by hand are lost. A table with names of its own in its files loses its feed of changes by it: Delta refuses
 * to replace one that has both (DELTA_BLOCK_COLUMN_MAPPING_AND_CDC_OPERATION).
 */
export function replaceTable(table: NewTable, select: string): string {
  const all = propertiesOf(table);
  const allowed = isMapped(table) ? all.filter((property) => property !== CHANGE_DATA_FEED) : all;
  return `create or replace table ${tableName(table.ref)}\n${layout(table, allowed)}\nas ${select}`;
}

/**
 * Makes a view show another select. Replaced, it would lose the rights that were given on it; altered, it keeps them.
 *
 * @see https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-create-view.html
 */
export function replaceView(view: TableRef, select: string): readonly string[] {
  const name = tableName(view);
  return [`create view if not exists ${name} as\n${select}`, `alter view ${name} as\n${select}`];
}

/**
 * Makes every write to a table that is under way fail, whoever sent it: Delta refuses to commit one when the table's
 * properties have changed since it began. The value must be another one each time.
 *
 * @see https://docs.databricks.com/en/delta/concurrency-control.html
 */
export function endWrites(ref: TableRef, instant: string): string {
  const property = ['tidemark.unlocked', instant].map(stringLiteral).join(' = ');
  return `alter table ${tableName(ref)} set tblproperties (${property})`;
}

/**
 * Adds columns in one statement. One whose name parquet cannot hold, and a wall clock without a zone, each need another
 * property of the table first, which a table lacks that was made without such names, or not by us; one with a backtick
 * in its name ends the table's feed of changes.
 */
export function addColumns(ref: TableRef, columns: readonly Column[]): readonly string[] {
  if (columns.length === 0) return [];
  const setting = (property: Property): string =>
    `alter table ${tableName(ref)} set tblproperties (${property.map(stringLiteral).join(' = ')})`;
  const definitions = columns.map(columnDefinition).join(', ');
  return [
    ...(columns.some(({ name }) => needsColumnMapping(name)) ? [setting(COLUMN_MAPPING)] : []),
    ...(columns.some(({ type }) => type.kind === 'timestamp') ? [setting(WALL_CLOCKS)] : []),
    ...(columns.some(({ name }) => endsChangeFeed(name)) ? [setting(NO_CHANGE_DATA_FEED)] : []),
    `alter table ${tableName(ref)} add columns (${definitions})`,
  ];
}
