/**
 * The error family. Terminal errors are never retried; transient ones are.
 * A message says what failed, the value, where, and what to do. It never carries a row value or a secret.
 */

/** Ids, names and counts that help to find the cause. Never row values, never secrets. */
export type ErrorContext = Readonly<Record<string, unknown>>;

export interface ErrorOptions {
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}

/** Base of every error this project throws on purpose. `code` is stable and documented. */
export class PipelineError extends Error {
  readonly code: string;
  readonly context: ErrorContext;

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.context = options.context ?? {};
  }
}

/** Trying again without a change by a person cannot help. */
export class TerminalError extends PipelineError {}

/** Trying again later, with nothing changed, may succeed. */
export class TransientError extends PipelineError {}

/** One thing wrong with a configuration: where, what, and how to mend it. */
export interface ConfigProblem {
  /** Path in the YAML, for instance `tables[2].keys`. */
  readonly path: string;
  readonly message: string;
  readonly hint: string;
  /** Where in the file, counted from 1, when it is known. A setting that is absent has the line of what should hold it. */
  readonly line?: number;
  /** Only of a YAML syntax error. */
  readonly column?: number;
}

/** Where a problem is, as a person reads it: `tables[2].keys (line 9)`, `line 4, column 7`. */
export function problemPlace({ path, line, column }: ConfigProblem): string {
  if (line === undefined) return path || '(top level)';
  if (path) return `${path} (line ${line})`;
  return column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
}

/** The configuration cannot be used. Carries every problem found, not only the first. */
export class ConfigError extends TerminalError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], source = 'tidemark.yaml') {
    const lines = problems.map((p) => `  ${problemPlace(p)}: ${p.message}. ${p.hint}`);
    super('CONFIG_INVALID', `${source} has ${problems.length} problem(s):\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * One change file cannot be applied, for a reason that lies in the file. The file is moved to the rejected
 * folder with this reason beside it; other files go on.
 */
export class FileRejection extends TerminalError {
  readonly columnsSeen: readonly string[];
  readonly columnsExpected: readonly string[];

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { columnsSeen?: readonly string[]; columnsExpected?: readonly string[] } = {},
  ) {
    super(code, message, options);
    this.columnsSeen = options.columnsSeen ?? [];
    this.columnsExpected = options.columnsExpected ?? [];
  }
}

/**
 * The engine failed while it read change files, so one of them may be damaged although its footer is fine.
 * Ingest answers with a probe file by file.
 */
export class FileReadError extends TerminalError {
  constructor(message: string, options: ErrorOptions = {}) {
    super('FILE_READ_FAILED', message, options);
  }
}

/** True when trying again later may help. An unknown error is not transient. */
export function isTransient(error: unknown): error is TransientError {
  return error instanceof TransientError;
}

/** Any error as one of ours; one that nobody foresaw is terminal, with its cause. */
export function toPipelineError(error: unknown): PipelineError {
  if (error instanceof PipelineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TerminalError('UNEXPECTED', `Something went wrong that nobody foresaw: ${message}`, {
    cause: error,
  });
}
