/**
 * The interfaces between the pure core and the outside world. Adapters implement them; nothing here does I/O.
 */
import type { Column, ColumnType } from './config/column-type.ts';
import type { FileColumn, FileType } from './changes/change-file.ts';

// ---------------------------------------------------------------------------------------------- dialect

/** A table or view by its parts, unquoted. Engines without schemas of their own still honour `schema`. */
export interface TableRef {
  readonly catalog: string;
  readonly schema: string;
  readonly name: string;
}

/** A column of a table to be made, and what it holds, in a line for people. */
export interface NewColumn extends Column {
  readonly comment?: string;
}

/** A table to be made. */
export interface NewTable {
  readonly ref: TableRef;
  readonly columns: readonly NewColumn[];
  /** Names of the columns that rows are looked up by, for engines that can lay rows out by them. May be empty. */
  readonly clusterBy: readonly string[];
  readonly comment: string;
}

/** What an engine can do, as data. Shared code asks these, never which engine it talks to. */
export interface Capabilities {
  /** Several statements can commit together. */
  readonly transactions: boolean;
  /** One process at a time can have the histories open, so a lease left behind by another process is dead. */
  readonly oneProcess: boolean;
  /** Has Unity Catalog: external volumes, grants, comments on what holds tables. */
  readonly unityCatalog: boolean;
  /** Passes over files of a table that their statistics rule out, so that knowing a batch's keys is worth a query. */
  readonly skipsFiles: boolean;
}

/**
 * A temporary table that holds the decisions of one batch between the statement that makes them and the merge, so
 * that counts can be read from it. Seen by one session only.
 */
export interface Staging {
  /** What to put after `from`. */
  readonly table: string;
  /** Makes (or replaces) it from a select. */
  create(select: string): string;
  /** Drops it; none there is success. */
  readonly drop: string;
}

/**
 * Text fragments of one SQL dialect. Pure. Arguments named `expr` are SQL text, all others are plain values.
 */
export interface Dialect {
  readonly name: 'duckdb' | 'databricks';
  readonly capabilities: Capabilities;
  /** Null where a merge tells its own counts and a select inside it costs less than a temporary table. */
  readonly staging: Staging | null;

  /** Quotes any name, however hostile. Throws `TerminalError` for one the engine cannot hold (NUL, newline). */
  quoteIdentifier(name: string): string;
  /** Fully qualified, quoted. */
  tableName(table: TableRef): string;
  /** A text literal for any text. */
  stringLiteral(text: string): string;
  /** An instant literal from `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
  instantLiteral(instant: string): string;

  /** Creates a table; one that exists stays as it is, whatever it looks like. */
  createTable(table: NewTable): string;
  /**
   * Makes a table hold just these rows, in one atomic step, whether it existed or not; grants stay.
   *
   * @param select rows with the columns of `table`, in their order
   */
  replaceTable(table: NewTable, select: string): string;
  /**
   * Makes a table that is there hold just these rows, in one atomic step. All else of it stays: identity, columns,
   * properties, grants, its feed of changes. Null where the dialect has no such statement.
   *
   * @param select rows with the columns of the table, in its order
   */
  overwriteTable(table: TableRef, select: string): string | null;
  /**
   * Makes a view that is there, or was, show another select; rights that were given on it stay. In order, and safe to
   * repeat.
   */
  replaceView(view: TableRef, select: string): readonly string[];
  /**
   * A statement after which every write to a table that began before it fails, and which changes nothing that a reader
   * sees. Null where no statement outlives the process that sent it.
   *
   * @param instant now, which the table remembers
   */
  endWrites(table: TableRef, instant: string): string | null;
  /** Adds columns to a table, null on every row that is there; what the table needs to hold them comes first. */
  addColumns(table: TableRef, columns: readonly Column[]): readonly string[];
  /**
   * A literal of exactly this type from canonical text, without a cast around it; null where the dialect has none.
   */
  typedLiteral(text: string, type: ColumnType): string | null;
  /** The engine's type that stores a logical type. */
  columnType(type: ColumnType): string;
  /** The logical type of an engine's column type text, or null when we have no name for it. */
  parseColumnType(text: string): ColumnType | null;

  /** Null-safe `a is different from b`. */
  isDistinct(a: string, b: string): string;
  /**
   * A relation over exactly these files (engine paths), which all have these columns, each as `castFromFile` wants it.
   * With `fileColumn` each row also names its file, as given.
   */
  readFiles(paths: readonly string[], columns: readonly FileColumn[], fileColumn?: string): string;
  /** What in a file's name or folder keeps the engine from reading it, for people, or null where nothing does. */
  unreadablePath(path: string): string | null;
  /** Why the engine cannot read a column of a change file, for people, or null where it can. */
  unreadable(column: FileColumn): string | null;
  /** A file's column as a history column: exact, or an error. */
  castFromFile(expr: string, from: FileType, to: ColumnType): string;
  /** True (never null) where a non-null file value cannot become `to`. */
  cannotCastFromFile(expr: string, from: FileType, to: ColumnType): string;
  /**
   * Text `yyyy-MM-dd HH:mm:ss[.SSSSSS]`, taken as UTC, as an instant. Text of that shape which is no date (30 February)
   * gives null or an error, as asked.
   */
  instantFromText(expr: string, otherwise: 'null' | 'error'): string;
  /**
   * A column of any storage type as the canonical text of docs/ndjson.md; null stays null. Years before 1 end in
   * ` BC` (there is no year 0), years after 9999 have more digits and no sign.
   */
  toText(expr: string, type: ColumnType): string;
  /** One row per element of the SQL array expression, as column `alias`, to be put after `from x`. */
  explode(arrayExpr: string, alias: string): string;
  /** `array[...]` of SQL expressions. */
  array(exprs: readonly string[]): string;
  /** Text left-padded with zeros to `width`. */
  padLeft(expr: string, width: number): string;
  /** True where the text matches a POSIX-like regular expression that both engines understand. */
  matches(expr: string, pattern: string): string;
  /** Lower-case hex SHA-256 of a text expression. */
  sha256(expr: string): string;
  /**
   * A number from 0 to `count - 1` for the values of one row, about as many rows for each number. The same for the same
   * values in every statement and every process; cheap.
   */
  bucket(exprs: readonly string[], count: number): string;
}

// ----------------------------------------------------------------------------------------------- engine

/** One row; every value is text or null, made in SQL by `Dialect.toText`, so nothing is lost on the way. */
export type TextRow = readonly (string | null)[];

/** Rows a statement changed, where the engine says so. */
export interface StatementResult {
  /** Rows written in all, where that is all the engine says. */
  readonly changed?: number;
  readonly inserted?: number;
  readonly updated?: number;
  readonly deleted?: number;
  /** What a maintenance statement tells of its work, by the engine's own names: `numFilesAdded`, `numFilesRemoved`. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** Runs SQL text. One statement is atomic. */
export interface SqlSession {
  readonly dialect: Dialect;
  /** Runs one statement and waits for it. Errors are already ours (`TerminalError`, `TransientError`, `FileReadError`). */
  execute(sql: string): Promise<StatementResult>;
  /** All rows of a small result. Columns must be text. */
  query(sql: string): Promise<TextRow[]>;
  /** Rows of a result of any size, in bounded memory, in blocks. Columns must be text. */
  stream(sql: string): AsyncIterable<readonly TextRow[]>;
  /** Columns of a table in table order, or null if there is no such table. */
  columns(table: TableRef): Promise<readonly Column[] | null>;
}

/** What a statement is run for, so that a person finds it in the engine's own records. */
export interface StatementTags {
  readonly table?: string;
  readonly batchId?: bigint;
}

/** A place that holds histories. */
export interface Engine extends SqlSession {
  /** The same engine, whose statements carry these tags where the engine keeps such. Closing it is the owner's task. */
  tagged(tags: StatementTags): Engine;
  /**
   * Runs `work` so that all of its statements commit together or not at all. Only where
   * `capabilities.transactions`; elsewhere it simply runs `work`.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on one unchanging version of each table. `relation` gives what to put after `from` to read a table at
   * that version: the same however often it is asked, and not older than the moment it was first asked. What a version
   * is compared with, such as the batches recorded, must therefore be read before.
   */
  pinned<T>(
    work: (session: SqlSession, relation: (table: TableRef) => Promise<string>) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------ files

export type Place = 'incoming' | 'processed' | 'rejected';

/** A file of one table in one of its three places. */
export interface StoredFile {
  /** Path below the place's folder, `/`-separated, never starting with one. */
  readonly path: string;
  readonly size: number;
  /** Changes when the content does: an etag, or size and content hash. Empty until `identify` filled it in. */
  readonly version: string;
  /** When the file arrived here; ISO instant with microseconds. */
  readonly arrivedAt: string;
}

/**
 * Where the change files of one table wait. Hidden names (`_x`, `.x`), folders and directory markers are never
 * listed. All writing calls are idempotent and survive a crash at any point: done twice equals done once.
 */
export interface FileStore {
  /** Every file of a place, in no order. A missing folder has no files. */
  list(place: Place): AsyncIterable<StoredFile>;
  /** The same file with its `version` known. Throws `TransientError` FILE_VANISHED if it is gone. */
  identify(place: Place, file: StoredFile): Promise<StoredFile>;
  /** Bytes `[start, end)` of a file. Throws `TransientError` FILE_VANISHED if it is gone. */
  readRange(place: Place, path: string, start: number, end: number): Promise<Uint8Array>;
  /**
   * Moves a file if it still has this version. Already moved (gone here, same content there) is success. A different
   * file in the way is never overwritten: the moved file gets a free name beside it. Returns the final path.
   */
  move(from: Place, file: StoredFile, to: Place, toPath: string): Promise<string>;
  /** Writes a small file whole, replacing one of that name. */
  put(place: Place, path: string, content: string): Promise<void>;
  /** Reads a small file whole, or null if there is none. */
  read(place: Place, path: string): Promise<string | null>;
  /** Removes a small file; none there is success. */
  remove(place: Place, path: string): Promise<void>;
  /** The name by which the engine reads a file. */
  enginePath(place: Place, path: string): string;
  /** The folder itself, as `tidemark paths` prints it. */
  location(place: Place): string;
  /** How many files may be worked on at the same time. @default 8, where more only costs file handles */
  readonly filesAtOnce?: number;
}

// ---------------------------------------------------------------------------------------------- targets

/** What a target remembers of the last export into a table, written in the same transaction as the rows. */
export interface Watermark {
  /** Identity of the history the rows came from; a rebuilt or new table has another. */
  readonly historyId: string;
  /** Hash of every setting that changes what the target holds. */
  readonly configHash: string;
  readonly kind: 'current' | 'as-of';
  /** Instant of an `as-of` snapshot, else null. */
  readonly asOf: string | null;
  /** Newest batch of the history that the rows contain; 0 for rows from before it was taken over. */
  readonly batchId: bigint;
  readonly exportedAt: string;
}

/** What one export of one table needs to know before it starts. */
export interface SnapshotSpec {
  readonly targetSchema: string;
  readonly targetTable: string;
  /** Names already in the target's case, in table order. */
  readonly columns: readonly Column[];
  readonly keys: readonly string[];
  readonly removeMissing: boolean;
  readonly nonFinite: 'null' | 'error';
  readonly connections: number;
  /** `delta`: rows are upserts, and `deletedKeys` removals; `full`: rows are the whole snapshot. */
  readonly mode: 'full' | 'delta';
  /** A batch that the history never had, although the target's watermark names it: no reason to be superseded. */
  readonly impossibleBatch?: bigint | null;
}

/** Rows written and removed by a publish. */
export interface PublishResult {
  readonly upserted: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** One export of one table under way. Nothing is visible before `publish`. */
export interface SnapshotLoad {
  /**
   * Sends rows to a staging area over up to `connections` connections. A block is rows in the target's bulk text
   * format, made by the engine with `SnapshotTarget.bulkText`, each ended by a newline; `''` is no row.
   */
  load(blocks: AsyncIterable<string>): Promise<{ rows: number }>;
  /** Keys to remove in `delta` mode, same format, key columns only. */
  loadDeletedKeys(blocks: AsyncIterable<string>): Promise<{ rows: number }>;
  /**
   * Makes the staged rows the table's content in one visible step, watermark included. Throws `TerminalError`
   * EXPORT_SUPERSEDED when the target already holds a newer batch of the same snapshot of the same history.
   */
  publish(watermark: Watermark): Promise<PublishResult>;
  /** Leaves the target as it was before. Safe to call at any time, also after `publish`. */
  abort(): Promise<void>;
}

/** An export that several processes load, one after the other or side by side. */
export interface SharedRun {
  /** Unlike that of any other export, ever. */
  readonly id: string;
  /** How many parts it has, which are numbered from 0; at least one. */
  readonly parts: number;
}

/** What one part of a shared export stages. */
export interface PartRows {
  /** As `SnapshotLoad.load` takes them. */
  readonly rows: AsyncIterable<string>;
  /** As `SnapshotLoad.loadDeletedKeys` takes them; in `delta` mode only. */
  readonly deletedKeys: AsyncIterable<string> | null;
}

/**
 * Exports that no process holds from beginning to end. Their staging area outlives the processes, and the turn is held
 * by it: until it is published, aborted, or has shown no sign of life for half an hour, no other export of the table
 * begins. Every call may be made again, also by another process while the first still runs.
 */
export interface SharedLoads {
  /** The id of the shared export of a table that lives, or null. */
  underWay(targetSchema: string, targetTable: string): Promise<string | null>;
  /**
   * Prepares as `SnapshotTarget.open` does; what the same run staged before is taken away. Throws `TransientError`
   * EXPORT_UNDER_WAY while another shared export of the table lives.
   */
  begin(spec: SnapshotSpec, run: SharedRun): Promise<void>;
  /**
   * Stages a part, all of it or nothing; a second time it takes the place of the first. Throws `TerminalError`
   * EXPORT_LOST when the staging area is gone.
   */
  load(spec: SnapshotSpec, run: SharedRun, part: number, staged: PartRows): Promise<{ rows: number }>;
  /**
   * As `SnapshotLoad.publish`. Null when this run was published before. Throws `TerminalError` EXPORT_LOST when a part
   * is not there.
   *
   * @param ourTurn done when nobody else can write to the table, before anything is published
   */
  publish(
    spec: SnapshotSpec,
    run: SharedRun,
    watermark: Watermark,
    ourTurn: () => Promise<void>,
  ): Promise<PublishResult | null>;
  /** Takes away what the run staged; what it has published stays. */
  abort(targetSchema: string, targetTable: string, runId: string): Promise<void>;
}

/** A column to send: the SQL that reads it in the engine, and what the target calls it. */
export interface BulkColumn {
  readonly expr: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** A database that receives snapshots. */
export interface SnapshotTarget {
  /**
   * One SQL expression, for the engine to run, that makes a row's bulk text, without the line's end. Pure. Columns in
   * the order of `SnapshotSpec.columns`, or of `SnapshotSpec.keys` for deleted keys.
   */
  bulkText(dialect: Dialect, columns: readonly BulkColumn[], nonFinite: 'null' | 'error'): string;
  /** Names of the tables of a schema that have a watermark, in no order; none when there is no such schema. */
  targetTables(targetSchema: string): Promise<string[]>;
  /** The last watermark of a target table, or null (no table, no row). */
  watermark(targetSchema: string, targetTable: string): Promise<Watermark | null>;
  /**
   * Checks and prepares: waits its turn, creates what is missing, refuses what does not fit. Throws `TransientError`
   * EXPORT_UNDER_WAY while a shared export of the table lives.
   */
  open(spec: SnapshotSpec): Promise<SnapshotLoad>;
  readonly shared: SharedLoads;
  /**
   * Removes one key from a target table, if both are there, and everything that is staged for it: a shared export under
   * way is lost. Returns rows removed. Key values are canonical text.
   */
  eraseKey(targetSchema: string, targetTable: string, key: Readonly<Record<string, string>>): Promise<number>;
  close(): Promise<void>;
}

// --------------------------------------------------------------------------------------------- the rest

export interface Clock {
  /** Now, as `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
  now(): string;
}

/** Structured log lines. Fields are ids, names and counts, never row values or secrets. */
export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Something that a person has to mend. Absent where everything of the kind is told as a warning. */
  error?(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Named points where a test may end the run. */
export interface Faults {
  at(point: string): Promise<void>;
}

/** No fault anywhere. */
export const NO_FAULTS: Faults = { at: async () => {} };

/** Says nothing. */
export const SILENT_LOGGER: Logger = { info: () => {}, warn: () => {} };
