import { type Column, type ColumnType, formatColumnType, sameColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import { type FileRejection, TerminalError } from '../errors.ts';
import type { ChangeFile } from './change-file.ts';
import { checkSchema, type SchemaColumn, type SchemaState } from './check-schema.ts';
import { foldColumnName } from './column-name.ts';
import { storageTypeOf, widerType } from './type-fit.ts';

/** A history column that gets a wider type. Both are storage types. */
export interface WidenedColumn {
  readonly name: string;
  readonly from: ColumnType;
  readonly to: ColumnType;
}

/** What a batch does to the source columns of a history, and which of its files take part. */
export interface SchemaPlan {
  /**
   * Source columns of the history after the batch, in table order: those it has, or the contract's; then new ones in
   * the order files first show them. A contract column has the contract's type, any other its storage type.
   */
  readonly columns: readonly Column[];
  /** Columns the existing history lacks, as in `columns`. Empty when there is no history yet. */
  readonly added: readonly Column[];
  readonly widened: readonly WidenedColumn[];
  readonly accepted: readonly ChangeFile[];
  readonly rejected: readonly { readonly file: ChangeFile; readonly reason: FileRejection }[];
}

/**
 * Decides the schema for one batch. Files are taken in the given order and the earlier one is right: of two that
 * disagree the later is rejected. A rejected file leaves no trace in the schema.
 *
 * @param existing columns of the history table with its bookkeeping columns, in table order, or null if there is none
 * @param files in the order of `compareChangeFiles`
 * Throws `TerminalError` CONTRACT_CONFLICT when the history holds a column in a type its contract cannot widen it to.
 */
export function planSchema(
  table: TableConfig,
  existing: readonly Column[] | null,
  files: readonly ChangeFile[],
): SchemaPlan {
  const held = existing === null ? null : sourceColumns(table, existing);
  let state = initialState(table, held);
  const accepted: ChangeFile[] = [];
  const rejected: { file: ChangeFile; reason: FileRejection }[] = [];
  for (const file of files) {
    const verdict = checkSchema(table, state, file);
    if (verdict.ok) {
      state = { columns: verdict.columns, open: false };
      accepted.push(file);
    } else rejected.push({ file, reason: verdict.reason });
  }
  const columns = state.columns.map(({ name, type }): Column => ({ name, type }));
  return { columns, ...differences(held, columns), accepted, rejected };
}

/** The columns of a history table that come from the source. */
function sourceColumns(table: TableConfig, existing: readonly Column[]): Column[] {
  const own = new Set(Object.values(table.historyColumns).map(foldColumnName));
  return existing.filter((column) => !own.has(foldColumnName(column.name)));
}

/** What the history has, typed by the contract where there is one, then what only the contract has. */
function initialState(table: TableConfig, held: readonly Column[] | null): SchemaState {
  const contract = new Map(
    Object.entries(table.columns).map(([name, type]) => [foldColumnName(name), { name, type }]),
  );
  const columns: SchemaColumn[] = (held ?? []).map((column) => {
    const agreed = contract.get(foldColumnName(column.name));
    contract.delete(foldColumnName(column.name));
    if (!agreed) return { ...column, contract: false };
    assertReachable(table, column, agreed.type);
    return { name: column.name, type: agreed.type, contract: true };
  });
  for (const column of contract.values()) columns.push({ ...column, contract: true });
  return { columns, open: held === null };
}

function assertReachable(table: TableConfig, held: Column, wanted: ColumnType): void {
  const from = storageTypeOf(held.type);
  const to = storageTypeOf(wanted);
  const wider = widerType(from, to);
  if (wider && sameColumnType(wider, to)) return;
  throw new TerminalError(
    'CONTRACT_CONFLICT',
    `Table ${table.name}: "columns" says ${JSON.stringify(held.name)} is ${formatColumnType(wanted)}, but the history ` +
      `holds it as ${formatColumnType(from)}, which cannot be widened to that. Put the type back, or rebuild the ` +
      `table: tidemark rebuild ${table.name}.`,
    { context: { table: table.name, column: held.name } },
  );
}

function differences(
  held: readonly Column[] | null,
  columns: readonly Column[],
): Pick<SchemaPlan, 'added' | 'widened'> {
  if (held === null) return { added: [], widened: [] };
  const before = new Map(held.map((column) => [foldColumnName(column.name), storageTypeOf(column.type)]));
  const added: Column[] = [];
  const widened: WidenedColumn[] = [];
  for (const column of columns) {
    const from = before.get(foldColumnName(column.name));
    const to = storageTypeOf(column.type);
    if (!from) added.push(column);
    else if (!sameColumnType(from, to)) widened.push({ name: column.name, from, to });
  }
  return { added, widened };
}
