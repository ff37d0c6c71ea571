import type { ConfigProblem } from '../errors.ts';

/** Steps from the top of the configuration to a value: field names and list positions. */
export type ConfigPath = readonly (string | number)[];

/** A problem before its path is text, so that its line in the file can still be looked up. */
export interface Finding {
  readonly path: ConfigPath;
  readonly message: string;
  readonly hint: string;
}

/** Puts a value into a message: quoted, with every control character escaped. Never for secrets. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `tables[2].columns["a b"]`. */
export function formatPath(path: ConfigPath): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(step)) return `[${quote(step)}]`;
      return i === 0 ? step : `.${step}`;
    })
    .join('');
}

/** The findings as problems, each once, with the line that `lineOf` knows, in the order of the file. */
export function toProblems(
  findings: readonly Finding[],
  lineOf: (path: ConfigPath) => number | undefined,
): ConfigProblem[] {
  const byText = new Map<string, ConfigProblem>();
  for (const { path, message, hint } of findings) {
    const problem = { path: formatPath(path), message, hint };
    const line = lineOf(path);
    byText.set(JSON.stringify(problem), line === undefined ? problem : { ...problem, line });
  }
  return [...byText.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
