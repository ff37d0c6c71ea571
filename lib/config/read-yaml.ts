import {
  type Document,
  isAlias,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from '../errors.ts';
import type { ConfigPath } from './problem.ts';

/** A YAML text as plain values, with the way back from a path to its line. */
export interface YamlText {
  readonly value: unknown;
  /** Line of the value at a path, from 1; of the nearest value around it when there is none. */
  lineOf(path: ConfigPath): number | undefined;
  /** Why the text cannot be used at all, with line and column. Then `value` is undefined. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads one YAML document. Anchors, aliases and merge keys (`<<`) are followed. Never throws, and never repeats a
 * piece of the text, which may be a secret.
 */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
      merge: true,
    });
    const syntax = [...document.errors, ...document.warnings].map((error) => syntaxProblem(error, lines));
    const problems = firstOfEachLine(syntax.length > 0 ? syntax : nodeProblems(document, lines));
    return {
      value: problems.length > 0 ? undefined : document.toJS({ maxAliasCount: 1000 }),
      lineOf: (path) => lineOf(document, lines, path),
      problems,
    };
  } catch {
    const hint = 'Simplify it: fewer levels, and `*alias` or `<<` only of what they can stand for.';
    return {
      value: undefined,
      lineOf: () => undefined,
      problems: [{ path: '', message: 'is YAML that cannot be unfolded', hint }],
    };
  }
}

function lineOf(document: Document, lines: LineCounter, path: ConfigPath): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const start = isNode(node) ? node.range?.[0] : undefined;
    if (start !== undefined) return lines.linePos(start).line;
  }
  return undefined;
}

/** What YAML allows and a configuration has no use for. */
function nodeProblems(document: Document, lines: LineCounter): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add = (range: readonly number[] | null | undefined, message: string, hint: string) => {
    problems.push({ path: '', message, hint, ...place(lines, range?.[0] ?? 0) });
  };
  visit(document, {
    Pair(_, { key }) {
      const named = isAlias(key) ? key.resolve(document) : key;
      if (isScalar(named) && (typeof named.value === 'string' || typeof named.value === 'symbol')) return;
      add(isNode(key) ? key.range : null, 'a name is not text', 'Put it in quotes.');
    },
    Alias(_, alias) {
      if (alias.resolve(document)) return;
      add(
        alias.range,
        'an alias has no anchor before it',
        'Define it with &name, or quote text that begins with "*".',
      );
    },
  });
  return problems;
}

function syntaxProblem(error: YAMLError, lines: LineCounter): ConfigProblem {
  const [message, hint] = SYNTAX[error.code] ?? [
    'is not valid YAML',
    'Check indentation, colons and quotes here; quote text that has ":" or "#" in it.',
  ];
  return { path: '', message, hint, ...place(lines, error.pos[0]) };
}

/** One slip often makes the reader stumble several times. */
function firstOfEachLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.filter(({ line }, i) => problems.findIndex((other) => other.line === line) === i);
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

/** Our own words, because the library's may repeat the text. */
const SYNTAX: Partial<Record<YAMLError['code'], readonly [message: string, hint: string]>> = {
  DUPLICATE_KEY: ['a name is given twice', 'Keep one of the two.'],
  TAB_AS_INDENT: ['a tab is used to indent', 'Indent with spaces.'],
  BAD_INDENT: ['the indentation does not fit', 'Align it with the lines it belongs to.'],
  MISSING_CHAR: ['a character is missing', 'Look for an unclosed quote or bracket, or a missing ":" or ",".'],
  BAD_DQ_ESCAPE: ['a backslash in double quotes is not an escape', 'Double it, or use single quotes.'],
  BAD_SCALAR_START: ['text begins with a character that has a meaning in YAML', 'Put it in quotes.'],
  BLOCK_AS_IMPLICIT_KEY: ['a ":" is too many on this line', 'Start a new line, or put the text in quotes.'],
  MULTIPLE_DOCS: ['a second document begins', 'Remove the "---": a configuration is one document.'],
  TAG_RESOLVE_FAILED: ['a "!tag" is not known', 'Remove it, or quote text that begins with "!".'],
};
