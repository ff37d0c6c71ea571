import { FileReadError, PipelineError, TerminalError, TransientError } from '../../errors.ts';
import { quietCause } from '../quiet-cause.ts';

/** What the driver threw, taken apart. DuckDB tells its errors apart by the first words of the message only. */
interface Thrown {
  /** `IO`, `Conversion`, `Invalid Input`, … or empty. */
  readonly kind: string;
  /** First line without the kind. Further lines quote the statement, or give advice of DuckDB's own. */
  readonly text: string;
  /** Without the message, which may quote the statement or a value. */
  readonly cause: Error;
}

interface Rule {
  /** Matched against `<kind>: <text>`. */
  readonly pattern: RegExp;
  readonly make: (thrown: Thrown) => PipelineError;
}

/** Errors that any statement, and opening the database too, may end in. First match wins. */
const COMMON: readonly Rule[] = [
  {
    pattern: /Could not set lock on file|Conflicting lock is held|being used by another process/i,
    make: ({ text, cause }) =>
      new TransientError(
        'ENGINE_BUSY',
        `Another process has the history database open (${text}). Wait for it to end, or stop it, and run again.`,
        { cause },
      ),
  },
  {
    pattern: /No space left on device|Disk quota exceeded|Too many open files/i,
    make: ({ text, cause }) =>
      new TransientError('ENGINE_RESOURCES', `The machine ran short: ${text}. Free some and run again.`, {
        cause,
      }),
  },
  {
    pattern: /^Out of Memory: /i,
    make: ({ text, cause }) =>
      new TerminalError(
        'ENGINE_MEMORY',
        `DuckDB needed more memory than it may use: ${text}. Lower batch.maxBytes, or free memory.`,
        { cause },
      ),
  },
];

const STATEMENT: readonly Rule[] = [
  ...COMMON,
  {
    pattern: /^IO: (No files found that match the pattern|Cannot open file .*: No such file or directory)/i,
    make: ({ text, cause }) =>
      new TransientError('FILE_VANISHED', `A listed change file is gone: ${text}. Run again.`, { cause }),
  },
  {
    pattern: /^Transaction(Context)?: .*conflict/i,
    make: ({ text, cause }) =>
      new TransientError('ENGINE_CONFLICT', `Two writers met: ${withoutQuoted(text, /["']/)}. Run again.`, {
        cause,
      }),
  },
  {
    // What these quote may be a value.
    pattern: /^(Conversion|Out of Range|Serialization): /i,
    make: ({ kind, cause }) => new FileReadError(`A value could not be read: ${kind} Error`, { cause }),
  },
  {
    pattern:
      /^(Invalid|Invalid Input|INTERNAL): |^IO: .*\b(read|seek)|^Not implemented: .*(parquet|encoding|codec)/i,
    make: (thrown) =>
      new FileReadError(`Reading change files failed: ${withoutValues(thrown)}`, { cause: thrown.cause }),
  },
];

/** A damaged page may make DuckDB quote what it took for a value. */
function withoutValues({ kind, text }: Thrown): string {
  const detail = text
    .replace(/:? (value|string) ["'].*/i, '')
    .replace(/"[^"]*"|'[^']*'/g, '…')
    .trim();
  return detail === '' ? `${kind} Error` : detail;
}

/** Kinds whose double quotes are around names and paths; in others they may be around a value. */
const QUOTES_NAMES: ReadonlySet<string> = new Set(['Binder', 'Catalog', 'Dependency', 'IO', 'Permission']);

/** Values may have quotes in them, unescaped: so all from the first of them to the last is left out. */
function withoutQuoted(text: string, quote: RegExp): string {
  const masked = text.replace(/n't\b/g, 'n_t');
  const first = masked.search(quote);
  if (first < 0) return text;
  const last = Math.max(...[...masked].map((character, at) => (quote.test(character) ? at : -1)));
  return `${text.slice(0, first)}…${text.slice(last + 1)}`;
}

/** What a statement failed with that no rule knows, as far as a person may see it. */
function sayable({ kind, text }: Thrown): string {
  const said = withoutQuoted(text, QUOTES_NAMES.has(kind) ? /'/ : /["']/);
  return kind === '' ? said : `${kind} Error: ${said}`;
}

function takeApart(thrown: unknown): Thrown {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const line = message.split('\n')[0]!.trim();
  const [, kind = '', text = line] = /^([A-Za-z][A-Za-z ]*?) Error: (.*)$/.exec(line) ?? [];
  return { kind, text, cause: quietCause(thrown) };
}

function translate(rules: readonly Rule[], error: unknown, doing: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const thrown = takeApart(error);
  const rule = rules.find(({ pattern }) => pattern.test(`${thrown.kind}: ${thrown.text}`));
  if (rule) return rule.make(thrown);
  return new TerminalError('ENGINE_ERROR', `DuckDB refused to ${doing}: ${sayable(thrown)}`, {
    cause: thrown.cause,
  });
}

/**
 * Turns what a statement's run throws into our error family; ours pass through. Never carries a row value, in its
 * `cause` neither. An unknown error is terminal.
 */
export function toDuckdbError(error: unknown, doing: string): PipelineError {
  return translate(STATEMENT, error, doing);
}

/** Turns what opening a database file throws into our error family. An unknown error is terminal. */
export function toOpenError(error: unknown, path: string): PipelineError {
  return translate(COMMON, error, `open ${path}`);
}
