/**
 * A name as a pattern of a transformation rule that matches this name and no other of `names`. An underscore stays as
 * it is, for it matches itself too, unless it would match another of them: then it is written `[_]`.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Wildcards.html
 */
export function namePattern(name: string, names: readonly string[]): string {
  const isAmbiguous = names.some((other) => other !== name && matchesPattern(name, other));
  return isAmbiguous ? name.replaceAll('_', '[_]') : name;
}

/** True when `pattern`, whose only special character is `_`, matches the whole of `name`. */
export function matchesPattern(pattern: string, name: string): boolean {
  const wanted = [...pattern];
  const letters = [...name];
  return (
    wanted.length === letters.length && wanted.every((letter, i) => letter === '_' || letter === letters[i])
  );
}

/** True for a name that no pattern can stand for: `%` and brackets have a meaning of their own and no escape. */
export function hasWildcard(name: string): boolean {
  return /[%[\]]/.test(name);
}
