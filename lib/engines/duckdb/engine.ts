import { access, link, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Column } from '../../config/column-type.ts';
import { TerminalError } from '../../errors.ts';
import type { Engine, SqlSession, StatementResult, TableRef, TextRow } from '../../ports.ts';
import { firstWords } from '../first-words.ts';
import { duckdbDialect } from './dialect.ts';
import { toDuckdbError, toOpenError } from './errors.ts';
import { parseDuckdbType } from './types.ts';

/** How to open a DuckDB history. */
export interface DuckdbOptions {
  /** File of the database, made with its folder if absent, or `:memory:`. */
  readonly path: string;
  /** Schema that holds the histories; made if absent. */
  readonly schema: string;
  /** Upper bound of DuckDB's own memory, for instance `2GB`. @default 80 % of the machine */
  readonly memoryLimit?: string;
  /** Changes nothing, and lets other readers open the file at the same time. The file must be there. */
  readonly readOnly?: boolean;
}

/** Opens the embedded engine. One process at a time may have a file open: that lock is the lease of the whole file. */
export async function openDuckdb(options: DuckdbOptions): Promise<Engine> {
  if (options.path !== ':memory:' && !options.readOnly)
    await mkdir(dirname(options.path), { recursive: true });
  const instance = await openInstance(options);
  const writer = await connect(instance);
  const own = createSession(writer);
  const session: SqlSession = { ...own.session, stream: (sql) => streamAlone(instance, sql) };
  if (!options.readOnly) {
    await session.execute(`create schema if not exists ${duckdbDialect.quoteIdentifier(options.schema)}`);
  }
  const engine: Engine = {
    ...session,
    tagged: () => engine,
    transaction: (work) => withOwnTransaction(instance, work),
    pinned: (work) =>
      withOwnTransaction(instance, (reader) => work(reader, async (t) => duckdbDialect.tableName(t))),
    close: async () => {
      await own.idle();
      writer.closeSync();
      instance.closeSync();
    },
  };
  return engine;
}

async function openInstance(options: DuckdbOptions): Promise<DuckDBInstance> {
  const settings: Record<string, string> = {
    // Histories are read by key or whole, never by arrival, and keeping arrival order costs memory.
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    ...(options.readOnly ? { access_mode: 'READ_ONLY' } : {}),
    ...(options.memoryLimit ? { memory_limit: options.memoryLimit } : {}),
  };
  try {
    if (options.path !== ':memory:' && !options.readOnly) await makeWhole(options.path);
    return await DuckDBInstance.create(options.path, settings);
  } catch (error) {
    throw toOpenError(error, options.path);
  }
}

/**
 * Makes an empty database under its name only once it is whole. DuckDB itself leaves a stump behind where the disk is
 * full or the process dies while it makes one, and refuses to open that for ever.
 */
async function makeWhole(path: string): Promise<void> {
  if (await isThere(path)) return;
  const folder = await mkdtemp(`${path}.new-`);
  const draft = join(folder, 'database');
  try {
    (await DuckDBInstance.create(draft)).closeSync();
    // Never over one that somebody else made meanwhile; not every file system has links.
    await link(draft, path).catch(async () => {
      if (!(await isThere(path))) await rename(draft, path);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  return connection;
}

/** A connection of its own per transaction, so that workers of one process never run inside each other's. */
async function withOwnTransaction<T>(
  instance: DuckDBInstance,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> {
  const connection = await connect(instance);
  const { session, idle } = createSession(connection);
  try {
    await session.execute('begin transaction');
    const result = await work(session);
    await session.execute('commit');
    return result;
  } catch (error) {
    // A failed commit has already ended the transaction; the first error is the one to tell.
    await session.execute('rollback').catch(() => {});
    throw error;
  } finally {
    await idle();
    connection.closeSync();
  }
}

/** Streams over a connection of its own, so that the caller may run other statements meanwhile. */
async function* streamAlone(instance: DuckDBInstance, sql: string): AsyncGenerator<readonly TextRow[]> {
  const connection = await connect(instance);
  try {
    yield* createSession(connection).session.stream(sql);
  } finally {
    connection.closeSync();
  }
}

/** A session, and how to wait for statements of it that nobody waits for: one whose neighbour failed runs on. */
interface OpenSession {
  readonly session: SqlSession;
  /** DuckDB takes the process down when a connection is closed under a statement. */
  idle(): Promise<void>;
}

function createSession(connection: DuckDBConnection): OpenSession {
  let streaming = false;
  const running = new Set<Promise<unknown>>();
  const attempt = async <T>(sql: string, work: () => Promise<T>): Promise<T> => {
    // DuckDB would end the open stream without a word, and its reader would take that for the end of the rows.
    if (streaming) throw streamIsOpen(sql);
    const run = work();
    running.add(run);
    try {
      return await run;
    } catch (error) {
      throw toDuckdbError(error, `run "${nameOf(sql)}"`);
    } finally {
      running.delete(run);
    }
  };
  const session: SqlSession = {
    dialect: duckdbDialect,
    execute: (sql): Promise<StatementResult> =>
      attempt(sql, async () => ({ changed: (await connection.run(sql)).rowsChanged })),
    query: (sql) => attempt(sql, async () => textRows(await (await connection.run(sql)).getRows())),
    async *stream(sql) {
      const result = await attempt(sql, () => connection.stream(sql));
      streaming = true;
      try {
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          yield textRows(chunk.getRows());
        }
      } catch (error) {
        throw toDuckdbError(error, `run "${nameOf(sql)}"`);
      } finally {
        streaming = false;
      }
    },
    columns: (table) => tableColumns(session, table),
  };
  const idle = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled(running);
  };
  return { session, idle };
}

function streamIsOpen(sql: string): TerminalError {
  return new TerminalError(
    'STREAM_OPEN',
    `"${nameOf(sql)}" cannot run while rows of another query are being read in the same transaction. Read them to their end first.`,
  );
}

/** Which statement it is, for a message; what is in it may be a row value. */
const nameOf = (sql: string): string => firstWords(sql, { name: '"', backslash: false });

function textRows(rows: readonly (readonly unknown[])[]): TextRow[] {
  const first = rows[0];
  if (first?.some((value) => value !== null && typeof value !== 'string')) {
    throw new TerminalError(
      'QUERY_NOT_TEXT',
      'A query returned a column that is not text. Cast it with the dialect.',
    );
  }
  return rows as TextRow[];
}

async function tableColumns(session: SqlSession, table: TableRef): Promise<readonly Column[] | null> {
  const { stringLiteral } = duckdbDialect;
  const rows = await session.query(
    `select column_name, data_type from duckdb_columns() where database_name = current_database() and schema_name = ${stringLiteral(table.schema)} and lower(table_name) = lower(${stringLiteral(table.name)}) order by column_index`,
  );
  if (rows.length === 0) return null;
  return rows.map(([name, text]) => {
    const type = parseDuckdbType(text!);
    if (!type) {
      throw new TerminalError(
        'COLUMN_TYPE_FOREIGN',
        `Table ${table.schema}.${table.name}: column ${name} has type ${text}, which no history column has. Was the table made by something else?`,
      );
    }
    return { name: name!, type };
  });
}
