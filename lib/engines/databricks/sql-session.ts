import { TerminalError } from '../../errors.ts';
import type { Dialect, SqlSession, StatementResult, StatementTags, TableRef, TextRow } from '../../ports.ts';
import { describedColumns } from './describe-table.ts';
import {
  type DriverRow,
  type FinishedStatement,
  runStatement,
  type StatementDeps,
  type StatementKind,
} from './statement.ts';
import { textRows } from './text-rows.ts';

/** What all views of one engine, tagged or not, share. */
export interface Core {
  readonly dialect: Dialect;
  readonly statements: StatementDeps;
  /**
   * Does it again while that may help and cannot do harm.
   *
   * @param work given the time since it was first begun
   */
  readonly persist: <T>(kind: StatementKind, work: (spentMs: () => number) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
}

/** Rows in a block of a stream. */
const BLOCK_ROWS = 10_000;

/** A session whose statements carry these tags. */
export function createSession(core: Core, tags: StatementTags): SqlSession {
  const { dialect } = core;
  const session: SqlSession = {
    dialect,
    execute: (sql) => use(core, 'write', sql, tags, statementResult),
    query: (sql) => use(core, 'read', sql, tags, async (done) => (await allRows(done)).map(textRows(done))),
    stream: (sql) => streamRows(core, sql, tags),
    columns: async (table) => {
      try {
        const rows = await session.query(`describe table ${dialect.tableName(table)}`);
        return describedColumns(rows, table, dialect);
      } catch (error) {
        if (error instanceof TerminalError && MISSING.has(error.code)) return null;
        throw error;
      }
    },
  };
  return session;
}

const MISSING = new Set(['TABLE_MISSING', 'SCHEMA_MISSING']);

/** Runs a statement and does something with its result; all of that again where it may be. */
function use<T>(
  core: Core,
  kind: StatementKind,
  sql: string,
  tags: StatementTags,
  work: (done: FinishedStatement) => Promise<T>,
): Promise<T> {
  return core.persist(kind, async (spentMs) => {
    const done = await runStatement(core.statements, kind, sql, tags, spentMs);
    try {
      return await work(done);
    } finally {
      await done.close();
    }
  });
}

async function allRows(done: FinishedStatement): Promise<DriverRow[]> {
  const rows: DriverRow[] = [];
  for (let block = await done.next(BLOCK_ROWS); block !== null; block = await done.next(BLOCK_ROWS)) {
    rows.push(...block);
  }
  return rows;
}

/** The rows a statement changed, where it says so. Never fails: the statement has run. */
async function statementResult(done: FinishedStatement): Promise<StatementResult> {
  if (done.names?.includes('metrics')) return maintenanceResult(done);
  if (!done.names?.includes('num_affected_rows')) return {};
  const [row] = (await done.next(1).catch(() => null)) ?? [];
  const counts = {
    changed: row?.num_affected_rows,
    inserted: row?.num_inserted_rows,
    updated: row?.num_updated_rows,
    deleted: row?.num_deleted_rows,
  };
  const known = Object.entries(counts).filter(([, count]) => count !== null && count !== undefined);
  return Object.fromEntries(known.map(([name, count]) => [name, Number(count)]));
}

/** What `optimize` tells of its work. Servers give it as a struct or as its JSON. */
async function maintenanceResult(done: FinishedStatement): Promise<StatementResult> {
  const [row] = (await done.next(1).catch(() => null)) ?? [];
  const text = typeof row?.metrics === 'object' ? JSON.stringify(row.metrics) : String(row?.metrics);
  // Its shape is documented for people only.
  const counts = [...text.matchAll(/"(numFiles(?:Added|Removed))":\s*"?(\d+)/g)];
  return { metrics: Object.fromEntries(counts.map(([, name, count]) => [name!, Number(count)])) };
}

async function* streamRows(core: Core, sql: string, tags: StatementTags): AsyncGenerator<readonly TextRow[]> {
  const opened = await core.persist('read', async () => {
    const done = await runStatement(core.statements, 'read', sql, tags);
    try {
      return { done, toRow: textRows(done), first: await done.next(BLOCK_ROWS) };
    } catch (error) {
      await done.close();
      throw error;
    }
  });
  const { done, toRow } = opened;
  try {
    for (let block = opened.first; block !== null; block = await done.next(BLOCK_ROWS)) {
      if (block.length > 0) yield block.map(toRow);
    }
  } finally {
    await done.close();
  }
}

/** What to put after `from` to read a table at the version it has when it is first asked for. */
export function pinnedRelation(core: Core, tags: StatementTags): (table: TableRef) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (table) => {
    const name = core.dialect.tableName(table);
    const found = known.get(name) ?? lookUpVersion(core, name, tags);
    known.set(name, found);
    // A failed look-up is no version: it may be asked for again.
    found.catch(() => known.delete(name));
    return found;
  };
}

async function lookUpVersion(core: Core, name: string, tags: StatementTags): Promise<string> {
  const sql = `describe history ${name} limit 1`;
  const [newest] = await use(core, 'read', sql, tags, allRows);
  const version = String(newest?.version ?? '');
  if (/^\d+$/.test(version)) return `${name} version as of ${version}`;
  throw new TerminalError('VERSION_UNKNOWN', `${name} has no versions to read: it is no Delta table.`);
}
