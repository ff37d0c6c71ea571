import type { Dialect, TextRow } from '../lib/ports.ts';
import type { ArticleTable } from './article.ts';

/** How the current rows of one table differ from the right ones. */
export interface CurrentRows {
  /** Current rows of the right table. */
  readonly right: number;
  /** Keys that are current there only. */
  readonly missing: number;
  /** Keys that are current in the compared table only. */
  readonly extra: number;
  /** Keys current in both with other values. */
  readonly differing: number;
  /** Keys with more than one current row in the compared table. */
  readonly doubled: number;
}

/**
 * One row of the five counts of `CurrentRows`, as text. Values are compared null-safely. Of a doubled key one row is
 * compared.
 */
export function renderCompareCurrent(
  dialect: Dialect,
  { key, columns }: Pick<ArticleTable, 'key' | 'columns'>,
  right: string,
  compared: string,
): string {
  const k = dialect.quoteIdentifier(key);
  const row = `struct(${columns.map(({ name }) => dialect.quoteIdentifier(name)).join(', ')})`;
  const current = (table: string) =>
    `select ${k} as k, min(${row}) as v, count(*) as n from ${table} where current group by ${k}`;
  const count = (condition: string) => `cast(count_if(${condition}) as string)`;
  const both = 'r.n is not null and c.n is not null';
  return [
    `with r as (${current(right)}), c as (${current(compared)})`,
    'select',
    `  ${count('r.n is not null')} as right_rows,`,
    `  ${count('c.n is null')} as missing,`,
    `  ${count('r.n is null')} as extra,`,
    `  ${count(`${both} and not (r.v <=> c.v)`)} as differing,`,
    `  ${count('c.n > 1')} as doubled`,
    'from r full outer join c on r.k = c.k',
  ].join('\n');
}

/** Reads the row of `renderCompareCurrent`. */
export function parseCurrentRows([row]: readonly TextRow[]): CurrentRows {
  const [right, missing, extra, differing, doubled] = (row ?? []).map(Number);
  if (doubled === undefined) throw new Error('the comparison of current rows gave no row of five counts');
  return { right: right!, missing: missing!, extra: extra!, differing: differing!, doubled };
}

/** True when nothing differs. */
export function isSame({ missing, extra, differing, doubled }: CurrentRows): boolean {
  return missing + extra + differing + doubled === 0;
}
