/** A column of a SQL Server table. */
export interface SourceColumn {
  readonly name: string;
  /** As the table's definition spells it: `int`, `decimal(18,2)`, `nvarchar(100)`. */
  readonly sqlType: string;
}

/** A SQL Server table as far as its change files show it. */
export interface SourceTable {
  readonly name: string;
  /** Key columns, in the order of the key. */
  readonly keys: readonly string[];
  /** In the order of the table. */
  readonly columns: readonly SourceColumn[];
}

/** Values by column; a column not named is null. Canonical text as in docs/ndjson.md: binary is hex. */
export type SourceValues = Readonly<Record<string, string | null>>;

/** One row of a change file. */
export interface DmsRow {
  readonly op: 'I' | 'U' | 'D';
  /** After the change; for a delete, what the source logged of the row: its key at least. */
  readonly values: SourceValues;
  /** The key before an update; null on inserts and deletes. */
  readonly oldKey: SourceValues | null;
  /** Commit instant, `YYYY-MM-DDTHH:MM:SS.ffffffZ`; on full-load rows the start of the task. */
  readonly committedAt: string;
  /** 35 digits, unique and increasing; null on full-load rows. */
  readonly changeSeq: string | null;
}
