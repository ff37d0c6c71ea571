/** How a dialect writes what stands between quotes. */
export interface Quotes {
  /** Around names, doubled inside them. */
  readonly name: '"' | '`';
  /** Whether a backslash in a text escapes what follows. Quotes inside a text may be doubled in any case. */
  readonly backslash: boolean;
}

/** Much longer than what is shown, so that what is cut off here is never seen. */
const LOOKED_AT = 600;
const SHOWN = 60;

/**
 * The beginning of a statement, enough to tell which it is. Literals, which may be row values, are left out: texts,
 * numbers, and a text whose end lies further on. Pure.
 */
export function firstWords(sql: string, { name, backslash }: Quotes): string {
  const text = backslash ? String.raw`'(?:[^'\\]|\\.|'')*(?:'|$)` : "'(?:[^']|'')*(?:'|$)";
  const part = new RegExp(`(${name}(?:[^${name}]|${name}${name})*(?:${name}|$))|${text}|\\b\\d[\\w.]*`, 'g');
  const words = sql.trim().slice(0, LOOKED_AT).replace(/\s+/g, ' ');
  return words.replace(part, (_, quotedName?: string) => quotedName ?? '…').slice(0, SHOWN);
}
