import type { Dialect, TextRow } from '../ports.ts';
import { type HistoryTable, historyNames, keyColumns } from './history-table.ts';
import { type ChangeFacts, changeContext, type FileToRead } from './read-changes.ts';

/** Values of the first key column from one to another, both included, as canonical text. */
export interface KeyRange {
  readonly from: string;
  readonly to: string;
}

/** More ranges rule out more files, and make a longer statement. */
const RANGES = 64;

/** A batch of more changes than this touches files everywhere, and sorting its keys would cost more than it saves. */
export const MAX_RANGED_CHANGES = 20_000;

/**
 * The values of the first key column that a batch has, in a few ranges with as many values each: rows of (from, to).
 * Null where the engine gains nothing by them, or has no literal of the key's type.
 */
export function renderKeyRanges(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  facts: Pick<ChangeFacts, 'keyChanges'>,
): string | null {
  const [first] = keyColumns(table);
  if (!dialect.capabilities.skipsFiles || !first || dialect.typedLiteral('0', first.type) === null)
    return null;
  const { names, keys, steps } = changeContext(dialect, table, files, facts);
  const key = keys[0]!;
  const tile = names.own('tile');
  return [
    steps,
    `select ${dialect.toText(`min(${key})`, first.type)}, ${dialect.toText(`max(${key})`, first.type)}`,
    'from (',
    `  select ${key}, ntile(${RANGES}) over (order by ${key}) as ${tile}`,
    `  from (select distinct ${key} from changes) distinct_keys`,
    ') tiled',
    `group by ${tile}`,
  ].join('\n');
}

/** Reads the rows of `renderKeyRanges`. */
export function parseKeyRanges(rows: readonly TextRow[]): KeyRange[] {
  return rows.map(([from, to]) => ({ from: from!, to: to! }));
}

/**
 * Condition that is true for every row of a key in the ranges, for others too; in literals alone, so that whole files
 * are passed over by their statistics. Null where there is nothing to go by.
 */
export function keyRangeCondition(
  dialect: Dialect,
  table: HistoryTable,
  ranges: readonly KeyRange[],
  alias: string,
): string | null {
  if (ranges.length === 0) return null;
  const { type } = keyColumns(table)[0]!;
  const column = `${alias}.${historyNames(dialect, table).keys[0]}`;
  const within = [];
  for (const { from, to } of ranges) {
    const [low, high] = [dialect.typedLiteral(from, type), dialect.typedLiteral(to, type)];
    if (low === null || high === null) return null;
    within.push(from === to ? `${column} = ${low}` : `${column} between ${low} and ${high}`);
  }
  return `(${within.join('\n    or ')})`;
}
