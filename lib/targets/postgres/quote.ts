import { TerminalError } from '../../errors.ts';

/** Postgres cuts longer names off silently, so that two could become one. */
export const MAX_NAME_BYTES = 63;

/** Quotes any name. Throws `TerminalError` NAME_UNUSABLE for one that Postgres cannot hold whole. */
export function quoteIdentifier(name: string): string {
  const problem = nameProblem(name);
  if (problem) throw new TerminalError('NAME_UNUSABLE', `Name ${JSON.stringify(name)}: ${problem}.`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** Why Postgres cannot hold this name, with the fix, or null when it can. */
export function nameProblem(name: string): string | null {
  const bytes = Buffer.byteLength(name);
  if (name === '') return 'a name cannot be empty';
  if (name.includes('\0')) return 'a name cannot hold a NUL character';
  if (bytes <= MAX_NAME_BYTES) return null;
  return `it has ${bytes} bytes and Postgres keeps only ${MAX_NAME_BYTES} of a name; give it a shorter one`;
}

/** `"schema"."name"`. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A list of names, quoted, each after `prefix` (for instance `s.`). */
export function quoteList(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + quoteIdentifier(name)).join(', ');
}
