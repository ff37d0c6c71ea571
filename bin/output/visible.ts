/** What a terminal would obey or hide: controls, marks that turn text around, half a surrogate pair. */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNSAFE_BUT_NEWLINE = new RegExp(`(?!\\n)${UNSAFE.source}`, 'gu');

/** The text on one line with everything in it to be seen: `␊` for a newline, `␛` for an escape, `\u{202e}` for others. */
export function visible(text: string): string {
  return text.replace(UNSAFE, picture);
}

/** The same for text of several lines, which stay lines. */
export function visibleLines(text: string): string {
  return text.replace(UNSAFE_BUT_NEWLINE, picture);
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `\\u{${code.toString(16)}}`;
}
