import { stringLiteral } from './quote.ts';

/** True where a text matches. The `$` of Java also stands before a line's end that closes the text; `\z` does not. */
export function matches(expr: string, pattern: string): string {
  return `${expr} rlike ${stringLiteral(pattern.replace(/\$$/, '\\z'))}`;
}

/** True where the whole text matches. */
export function matchesWhole(expr: string, pattern: string): string {
  return matches(expr, `^(?:${pattern})$`);
}
