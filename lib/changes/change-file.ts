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
  /**
   * How a time or a timestamp is stored where that is not as microseconds in 64 bits. A file may have one so that
   * another has otherwise.
   */
  readonly stored?: 'millis' | 'nanos' | 'int96';
  /** Of a time: the file says that it is one of UTC, by which some engines have another type for it. */
  readonly adjustedToUtc?: true;
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
