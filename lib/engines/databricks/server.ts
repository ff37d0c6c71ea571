/** Which SQL the server at the other end understands: a Databricks SQL warehouse, or open Spark with Delta. */
export type ServerKind = 'databricks' | 'open-spark';

/** What the two servers do differently, as data. Everything else of the dialect is the same text for both. */
export interface Server {
  /** Has Unity Catalog: external volumes, grants, comments on what holds tables. */
  readonly unityCatalog: boolean;
  /** Files are read by the function `read_files`, else by the path itself: ``parquet.`/a/{b,c}` ``. */
  readonly readFilesFunction: boolean;
  /**
   * What an alternative of a brace list is. With `names` the folder of the files is listed, the only form that is
   * documented for `read_files`. With `paths` each alternative has a folder in it, so that every file is asked for by
   * its own name: a neighbour whose name has a colon would otherwise fail the listing.
   */
  readonly alternatives: 'names' | 'paths';
  /**
   * A read of files can name the types of their columns, and so take the number or the bytes that a value is stored as
   * where the type itself is unknown to the server. Without it the server must know the type: open Spark 4.2 knows a
   * wall-clock TIME in microseconds by `spark.sql.timeType.enabled`, takes a TIMESTAMP in nanoseconds for a number by
   * `spark.sql.legacy.parquet.nanosAsLong`, and no UUID.
   */
  readonly namesTypes: boolean;
}

export const SERVERS: Readonly<Record<ServerKind, Server>> = {
  databricks: { unityCatalog: true, readFilesFunction: true, alternatives: 'names', namesTypes: true },
  'open-spark': { unityCatalog: false, readFilesFunction: false, alternatives: 'paths', namesTypes: false },
};
