import { TerminalError } from '../../errors.ts';
import type { TableRef } from '../../ports.ts';

/** Longest name that a Unity Catalog object or column may have, in characters. */
const MAX_NAME_LENGTH = 255;

/** What is wrong with a name, for a message, or null where it can be quoted. */
export function nameProblem(name: string): string | null {
  if (name === '') return 'is empty';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has a control character in it';
  // Variables are replaced in the text of a statement before anybody looks for quotes.
  if (name.includes('${')) return 'has "${" in it, which the server takes for a variable';
  return name.length > MAX_NAME_LENGTH
    ? `is longer than the ${MAX_NAME_LENGTH} characters it may have`
    : null;
}

function assertName(name: string, problem: string | null): void {
  if (problem === null) return;
  throw new TerminalError(
    'NAME_REFUSED',
    `The name ${JSON.stringify(name)} ${problem}. Rename it, or leave it out.`,
    { context: { name } },
  );
}

/**
 * A name between backticks. Throws `TerminalError` NAME_REFUSED where it is empty, too long, or has a control character
 * or `${` in it.
 */
export function quoteIdentifier(name: string): string {
  assertName(name, nameProblem(name));
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A table by its three parts. Throws as `quoteIdentifier` does, and for a part that no catalog holds. */
export function tableName({ catalog, schema, name }: TableRef): string {
  return [catalog, schema, name].map(quoteObject).join('.');
}

/** @see https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html */
function quoteObject(name: string): string {
  assertName(name, /[./ ]/.test(name) ? 'has a dot, a slash or a blank in it, which no catalog holds' : null);
  return quoteIdentifier(name);
}

/** A text literal. `$` is escaped where it would begin a variable, which is replaced inside quotes too. */
export function stringLiteral(text: string): string {
  if (text.includes('\u0000')) {
    // The text itself may be a row value.
    throw new TerminalError('TEXT_HAS_NUL', 'A text has a NUL character in it, which no SQL can say.');
  }
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('${', '\\u0024{');
  return `'${escaped}'`;
}
