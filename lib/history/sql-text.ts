/** Small helpers that keep rendered SQL readable. */

/** Indents every line but the first by `spaces`. */
export function indent(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

/** `with a as (...), b as (...)` from steps in order; a null step is left out. */
export function withSteps(steps: readonly (readonly [name: string, sql: string] | null)[]): string {
  const present = steps.filter((step) => step !== null);
  return `with ${present.map(([name, sql]) => `${name} as (\n  ${indent(sql, 2)}\n)`).join(',\n')}`;
}

/** `x.a, x.b`; without a prefix the names alone. */
export function list(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + name).join(', ');
}

/** `l.a = r.a and l.b = r.b`. */
export function equalOn(names: readonly string[], left: string, right: string): string {
  return names.map((name) => `${left}.${name} = ${right}.${name}`).join(' and ');
}

/** Conditions joined by `or`, or `false` when there are none. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : conditions.join('\n    or ');
}
