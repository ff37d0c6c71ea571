import { TerminalError } from '../errors.ts';

/** Postgres keeps no more of a name; a longer one would silently become another. */
const MAX_NAME_BYTES = 63;

/**
 * The table a snapshot goes to: the table itself for the current one; for one of the past a table of its own,
 * `customer_2026_01_31`, with `_hhmmss` and `_ffffff` (UTC) when the instant is not midnight. Throws `TerminalError`
 * TARGET_NAME_LONG, and TARGET_NAME_TAKEN when that is one of `tables`, which are all that are configured.
 */
export function targetTableName(
  table: string,
  asOf: string | null,
  replace: boolean,
  tables: readonly string[],
): string {
  const name = asOf === null || replace ? table : `${table}_${stamp(asOf)}`;
  if (name !== table && tables.includes(name)) {
    throw new TerminalError(
      'TARGET_NAME_TAKEN',
      `The snapshot of ${table} at ${asOf} would go to ${JSON.stringify(name)}, which is the name of another table of the configuration. Choose another instant, or send it to ${table} itself with --replace.`,
      { context: { table, target: name } },
    );
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new TerminalError(
      'TARGET_NAME_LONG',
      `Table name ${JSON.stringify(name)} is longer than the ${MAX_NAME_BYTES} bytes a Postgres name may have. Use a shorter table name.`,
    );
  }
  return name;
}

function stamp(instant: string): string {
  const [date, time] = [instant.slice(0, 10).replaceAll('-', '_'), instant.slice(11, 19).replaceAll(':', '')];
  const micros = instant.slice(20, 26);
  if (micros !== '000000') return `${date}_${time}_${micros}`;
  return time === '000000' ? date : `${date}_${time}`;
}

/** True when an export of `table` could have made a target table of this name. `tables` are all that are configured. */
export function isTargetTableOf(table: string, name: string, tables: readonly string[]): boolean {
  if (name === table) return true;
  return (
    !tables.includes(name) &&
    name.startsWith(`${table}_`) &&
    /^\d{4}_\d{2}_\d{2}(_\d{6}(_\d{6})?)?$/.test(name.slice(table.length + 1))
  );
}

/** What a column is called in the target. */
export function targetColumnName(column: string, columnCase: 'keep' | 'lower'): string {
  return columnCase === 'lower' ? column.toLowerCase() : column;
}
