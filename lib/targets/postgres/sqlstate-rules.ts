import { TerminalError, TransientError } from '../../errors.ts';

/** What a class of server errors means to us. */
export interface SqlStateRule {
  readonly match: RegExp;
  readonly kind: typeof TerminalError | typeof TransientError;
  readonly code: string;
  readonly fix: string;
}

/** First match wins. Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATE_RULES: readonly SqlStateRule[] = [
  rule(
    /^(08|57P0[1235])/,
    TransientError,
    'TARGET_CONNECTION_LOST',
    'Run the export again; the target is unchanged.',
  ),
  rule(
    /^53300/,
    TransientError,
    'TARGET_BUSY',
    'Lower "connections" of the export, or allow more on the server.',
  ),
  rule(
    /^53/,
    TransientError,
    'TARGET_OUT_OF_RESOURCES',
    'Give the server room (disk, memory) and run the export again.',
  ),
  rule(/^(40001|40P01)/, TransientError, 'TARGET_CONFLICT', 'Run the export again.'),
  rule(
    /^55P03/,
    TransientError,
    'TARGET_LOCKED',
    'Another session holds the table; run the export again when it is done.',
  ),
  rule(
    /^55006/,
    TransientError,
    'TARGET_LOCKED',
    'Another session uses it; run the export again when it is done.',
  ),
  rule(
    /^(57014|25P04)/,
    TransientError,
    'TARGET_CANCELLED',
    'Somebody cancelled the statement, or the time for it was over; run the export again.',
  ),
  rule(
    /^28/,
    TerminalError,
    'TARGET_AUTH',
    "Check user and password of the connection, and the server's pg_hba.conf.",
  ),
  rule(
    /^42501/,
    TerminalError,
    'TARGET_PERMISSION',
    "Grant the export's user usage and create on the target schema, and select, insert, update, delete on the table; " +
      "adding a column needs the table's owner.",
  ),
  rule(
    /^3D000/,
    TerminalError,
    'TARGET_DATABASE_MISSING',
    'Create the database, or name another one in the connection.',
  ),
  rule(
    /^25006/,
    TerminalError,
    'TARGET_READ_ONLY',
    'The server or the user is read-only; connect to the primary.',
  ),
  rule(/^42P01/, TerminalError, 'TARGET_TABLE_MISSING', 'Somebody dropped it meanwhile; run a full export.'),
  rule(
    /^22021/,
    TerminalError,
    'TEXT_UNUSABLE',
    'The text holds characters that Postgres cannot; clean them at the source.',
  ),
  rule(
    /^23505/,
    TerminalError,
    'TARGET_UNIQUE_VIOLATION',
    'The table has a unique rule that the rows break, perhaps only while they are being written; drop it, or make the ' +
      'constraint "deferrable".',
  ),
  rule(
    /^23503/,
    TerminalError,
    'TARGET_FOREIGN_KEY',
    'A foreign key of the target forbids it; drop it, or declare it "on delete cascade" or "deferrable".',
  ),
  rule(
    /^23/,
    TerminalError,
    'TARGET_CONSTRAINT',
    'A constraint of the target forbids it; drop it, or mend the source.',
  ),
  rule(
    /^22/,
    TerminalError,
    'TARGET_VALUE_REFUSED',
    "The column's type cannot hold a value; change the column's type.",
  ),
  rule(/^0A000/, TerminalError, 'TARGET_UNSUPPORTED', 'The server cannot do this; see its message.'),
];

/** The rule for a SQLSTATE, or undefined for one that we have no advice for: terminal. */
export function findSqlStateRule(sqlState: string): SqlStateRule | undefined {
  return SQLSTATE_RULES.find(({ match }) => match.test(sqlState));
}

function rule(match: RegExp, kind: SqlStateRule['kind'], code: string, fix: string): SqlStateRule {
  return { match, kind, code, fix };
}
