import { distance } from 'fastest-levenshtein';

/** Two names with one folding are one name to a case-insensitive engine or file system. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Length as a file system and a database count it. */
export function nameBytes(name: string): number {
  return new TextEncoder().encode(name).length;
}

/** True for text with NUL, newline, another control character, a line separator or half a surrogate pair. */
export function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
}

/** The known name a person most likely meant, or null when none is near. Case, `_` and `-` do not count. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const wanted = simplify(name);
  let best: { name: string; distance: number } | null = null;
  for (const candidate of known) {
    const away = swapsOneLetter(wanted, simplify(candidate)) ? 1 : distance(wanted, simplify(candidate));
    if (!best || away < best.distance) best = { name: candidate, distance: away };
  }
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.name : null;
}

/** `Did you mean "x"?`, or the whole list when nothing is near. */
export function suggest(name: string, known: readonly string[], listLabel: string): string {
  const nearest = nearestName(name, known);
  return nearest === null ? `${listLabel}: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
}

/** Positions of names that repeat an earlier one, case ignored, with the position they repeat. */
export function repeatedNames(names: readonly string[]): { index: number; first: number }[] {
  const seen = new Map<string, number>();
  const repeated: { index: number; first: number }[] = [];
  names.forEach((name, index) => {
    const first = seen.get(foldName(name));
    if (first === undefined) seen.set(foldName(name), index);
    else repeated.push({ index, first });
  });
  return repeated;
}

/** True when two neighbouring letters changed places, which counts as one slip and not as two. */
function swapsOneLetter(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  const at = [...a].findIndex((letter, i) => letter !== b[i]);
  return at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/[_\s-]/g, '');
}
