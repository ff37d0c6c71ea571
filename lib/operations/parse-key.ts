import { type Column, formatColumnType } from '../config/column-type.ts';
import { TerminalError } from '../errors.ts';
import { type HistoryTable, keyColumns } from '../history/history-table.ts';
import { isNotKeyValue, type KeyValue, keyLiteral } from '../history/key-condition.ts';
import type { SqlSession } from '../ports.ts';

/**
 * Reads key values as a person writes them: each names a key column and becomes the canonical text of a value of its
 * type (`007` of an integer becomes `7`). In the order of the configuration. Throws `TerminalError` KEY_UNKNOWN,
 * KEY_INCOMPLETE or KEY_INVALID; a message never repeats a value.
 *
 * @param complete all key columns must be given
 */
export async function parseKey(
  session: SqlSession,
  table: HistoryTable,
  key: Readonly<Record<string, string>>,
  { complete }: { readonly complete: boolean },
): Promise<readonly KeyValue[]> {
  const columns = keyColumns(table);
  const given = nameColumns(table, columns, key);
  const missing = columns.filter((column) => !given.has(column));
  if (complete && missing.length > 0) {
    throw refused(
      table,
      'KEY_INCOMPLETE',
      `the key lacks ${quoted(missing.map((c) => c.name))}. Give every key column: ${quoted(columns.map((c) => c.name))}.`,
    );
  }
  const values: KeyValue[] = [];
  for (const column of columns) {
    const text = given.get(column);
    if (text !== undefined) values.push(await canonical(session, table, { column, text }));
  }
  return values;
}

/** Names are matched exactly, or without case where that is the only way to match. */
function nameColumns(
  table: HistoryTable,
  columns: readonly Column[],
  key: Readonly<Record<string, string>>,
): Map<Column, string> {
  const given = new Map<Column, string>();
  for (const [name, text] of Object.entries(key)) {
    const column = columns.find((c) => c.name.toLowerCase() === name.toLowerCase());
    if (!column) {
      throw refused(
        table,
        'KEY_UNKNOWN',
        `${JSON.stringify(name)} is not a key column. Key columns: ${quoted(columns.map((c) => c.name))}.`,
      );
    }
    if (given.has(column)) {
      throw refused(table, 'KEY_UNKNOWN', `key column ${JSON.stringify(column.name)} is given twice.`);
    }
    given.set(column, text);
  }
  return given;
}

async function canonical(session: SqlSession, table: HistoryTable, value: KeyValue): Promise<KeyValue> {
  const { column, text } = value;
  const { dialect } = session;
  if (column.type.kind === 'binary') {
    if (!/^([0-9a-f]{2})*$/i.test(text)) throw invalid(table, column, ' (write bytes as hex)');
    return { column, text: text.toLowerCase() };
  }
  if (text.includes('\u0000')) throw invalid(table, column, '');
  const [verdict] = await session.query(
    `select case when ${isNotKeyValue(dialect, value)} then 'bad' else 'good' end`,
  );
  if (verdict?.[0] !== 'good') throw invalid(table, column, '');
  const [read] = await session.query(`select ${dialect.toText(keyLiteral(dialect, value), column.type)}`);
  return { column, text: read![0]! };
}

function invalid(table: HistoryTable, column: Column, hint: string): TerminalError {
  return refused(
    table,
    'KEY_INVALID',
    `what is given for key ${JSON.stringify(column.name)} is no ${formatColumnType(column.type)}${hint}.`,
  );
}

function refused(table: HistoryTable, code: string, message: string): TerminalError {
  return new TerminalError(code, `Table ${table.config.name}: ${message}`, {
    context: { table: table.config.name },
  });
}

const quoted = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(', ');
