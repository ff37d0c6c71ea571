import type { Dialect, SqlSession, TableRef, TextRow } from '../ports.ts';
import {
  type LedgerTable,
  type LedgerValue,
  ledgerRef,
  renderInsert,
  renderSelect,
} from './ledger-tables.ts';

/** What every part of the ledger reads and writes with. */
export interface LedgerIo {
  readonly session: SqlSession;
  readonly dialect: Dialect;
  ref(table: LedgerTable): TableRef;
  /** Text literal. */
  text(value: string): string;
  /** `where table_name = ...` */
  of(table: string): string;
  /** Inserts any number of rows, into the session given, so that they commit with what else is done there. */
  insert(into: SqlSession, table: LedgerTable, rows: readonly Record<string, LedgerValue>[]): Promise<void>;
  /** Named columns as text; `tail` is everything after `from`'s table. */
  select(table: LedgerTable, names: readonly string[], tail: string): Promise<TextRow[]>;
}

/** One statement of bounded size each: ten thousand files must not make a megabyte of SQL. */
export const ROWS_PER_STATEMENT = 500;

export function createLedgerIo(session: SqlSession, place: { catalog: string; schema: string }): LedgerIo {
  const { dialect } = session;
  const text = dialect.stringLiteral;
  const ref = (table: LedgerTable): TableRef => ledgerRef(place.catalog, place.schema, table);
  return {
    session,
    dialect,
    ref,
    text,
    of: (table) => `where table_name = ${text(table)}`,
    async insert(into, table, rows) {
      for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
        await into.execute(renderInsert(dialect, ref(table), table, rows.slice(at, at + ROWS_PER_STATEMENT)));
      }
    },
    select: (table, names, tail) => session.query(renderSelect(dialect, ref(table), table, names, tail)),
  };
}

/** A count that the engine gave as text; nothing is zero. */
export const toNumber = (text: string | null | undefined): number => Number(text ?? 0);
