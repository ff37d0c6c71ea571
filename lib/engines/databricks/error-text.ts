const MAX_CHARS = 300;

/**
 * The part of a server's message that a person may see: its first sentence or two without class names of Java, the
 * statement, a stack trace and the SQLSTATE. With `names: 'hide'` everything in quotes is left out too, since that may
 * be a row value; names in backticks stay. Pure.
 */
export function sayable(text: string, names: 'show' | 'hide'): string {
  const line = (text.split('\n')[0] ?? '')
    .replace(/^.*?(?=\[[A-Z][A-Z0-9_]{3,}[A-Z0-9_.]*\])/, '')
    .replace(/(\[[A-Z][A-Z0-9_.]+\])\s*(?:[\w.$]+(?:Exception|Error)[\w$]*: )?(?:\1\s*)?/, '$1 ')
    .replace(/^(?:[\w.$]+(?:Exception|Error): )+/, '')
    .replace(/^\[(?:RequestId=[\w-]+ )?ErrorClass=[A-Z0-9_.]+\] /, '')
    .replace(/\s*(?:;\s*)?line \d+,? pos \d+;?/g, '')
    .replace(/\s*\(?SQLSTATE: [0-9A-Z]{5}\)?/g, '');
  const shown = names === 'show' ? line : withoutQuoted(line);
  const short = shown.length > MAX_CHARS ? `${shown.slice(0, MAX_CHARS)}…` : shown;
  return short.trim().replace(/[\s.:;]+$/, '');
}

/**
 * Values may have quotes in them, unescaped: so all from the first quote to the last is hidden, and to the end of the
 * line where they do not come in pairs.
 */
function withoutQuoted(line: string): string {
  const masked = line.replace(/`(?:[^`]|``)*`|n't\b/g, (part) => '_'.repeat(part.length));
  const first = masked.search(/['"]/);
  if (first < 0) return line;
  const last = Math.max(masked.lastIndexOf("'"), masked.lastIndexOf('"'));
  const paired = ["'", '"'].every((quote) => masked.split(quote).length % 2 === 1);
  return `${line.slice(0, first)}…${paired ? line.slice(last + 1) : ''}`;
}
