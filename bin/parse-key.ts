import { UsageError } from './usage-error.ts';

/**
 * Splits `--key` arguments, `column=value` each. A column whose own name has a `=` in it is found among the table's
 * `keys`. Throws `UsageError` KEY_INVALID, whose message never repeats a value.
 */
export function parseKey(args: readonly string[], keys: readonly string[]): Readonly<Record<string, string>> {
  const parts = new Map<string, string>();
  for (const arg of args) {
    const name = columnOf(arg, keys);
    if (name === null) throw invalid('a part has no "="', keys);
    if (parts.has(name)) throw invalid(`column ${JSON.stringify(name)} is given twice`, keys);
    parts.set(name, arg.slice(name.length + 1));
  }
  return Object.fromEntries(parts);
}

function columnOf(arg: string, keys: readonly string[]): string | null {
  const [longest] = keys.filter((key) => arg.startsWith(`${key}=`)).sort((a, b) => b.length - a.length);
  if (longest !== undefined) return longest;
  const at = arg.indexOf('=');
  return at < 0 ? null : arg.slice(0, at);
}

function invalid(what: string, keys: readonly string[]): UsageError {
  const form = keys.map((key) => `${JSON.stringify(key)}=…`).join(' ');
  return new UsageError('KEY_INVALID', `--key: ${what}. Write --key ${form}`);
}
