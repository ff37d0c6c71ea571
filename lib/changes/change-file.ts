import type { ColumnType } from '../config/column-type.ts';
import type { StoredFile } from '../ports.ts';

/**
 * The type of a column as a change file stores it: a logical type, or one of the few that only files have.
 * `uint*` become the next wider signed type, `uint64` becomes `decimal(20,0)`.
 */
export type FileType = ColumnType | { readonly kind: 'uint'; readonly bits: 8 | 16 | 32 | 64 };

export interface FileColumn {
  readonly name: string;
  readonly type: FileType;
  /** Stored in nanoseconds. A file may say so of a time that another one has in microseconds. */
  readonly nanos?: true;
}

/** A column we cannot name a type for; using it rejects the file. */
export interface UnsupportedColumn {
  readonly name: string;
  /** What the footer says, for the message. */
  readonly physical: string;
}

/** What a footer tells of a file. */
export interface FileFooter {
  readonly rows: number;
  readonly columns: readonly FileColumn[];
  readonly unsupported: readonly UnsupportedColumn[];
}

/** A change file whose footer was read. */
export interface ChangeFile extends StoredFile {
  /** `LOAD*`: a row of the source as it was, not a change. */
  readonly fullLoad: boolean;
  readonly footer: FileFooter;
}
