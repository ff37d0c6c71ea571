import { FileReadError, type PipelineError, TerminalError, TransientError } from '../../errors.ts';

interface Rule {
  readonly pattern: RegExp;
  readonly make: (message: string, cause: unknown) => PipelineError;
}

/** DuckDB tells its error kinds apart by the first words of the message only. First match wins. */
const RULES: readonly Rule[] = [
  {
    pattern: /Could not set lock on file|Conflicting lock is held|being used by another process/i,
    make: (message, cause) =>
      new TransientError(
        'ENGINE_BUSY',
        `Another process has the history database open (${firstLine(message)}). Wait for it to end, or stop it, and run again.`,
        { cause },
      ),
  },
  {
    pattern: /No files found that match the pattern/i,
    make: (message, cause) =>
      new TransientError('FILE_VANISHED', `A listed change file is gone: ${firstLine(message)}. Run again.`, {
        cause,
      }),
  },
  {
    pattern: /parquet|snappy|zstd|gzip|thrift|don't know what type|page (header|size)|decompress|corrupt/i,
    make: (message, cause) =>
      new FileReadError(`Reading change files failed: ${firstLine(message)}`, { cause }),
  },
  {
    pattern: /^(Conversion|Invalid Input|Out of Range|Invalid|Serialization) Error/i,
    make: (message, cause) =>
      new FileReadError(`A value could not be read: ${errorKind(message)}`, { cause }),
  },
  {
    pattern: /No space left on device|Too many open files/i,
    make: (message, cause) =>
      new TransientError(
        'ENGINE_RESOURCES',
        `The machine ran short: ${firstLine(message)}. Free some and run again.`,
        {
          cause,
        },
      ),
  },
  {
    pattern: /^Out of Memory Error/i,
    make: (message, cause) =>
      new TerminalError(
        'ENGINE_MEMORY',
        `DuckDB needed more memory than it may use: ${firstLine(message)}. Lower batch.maxBytes, or free memory.`,
        { cause },
      ),
  },
  {
    pattern: /Transaction conflict|Conflict on/i,
    make: (message, cause) =>
      new TransientError('ENGINE_CONFLICT', `Two writers met: ${firstLine(message)}. Run again.`, { cause }),
  },
];

const firstLine = (message: string): string => message.split('\n')[0]!.trim();
/** Conversion messages quote the value, and no message of ours may carry one. */
const errorKind = (message: string): string => firstLine(message).split(':')[0]!;

/** Turns what the driver throws into our error family. Never carries a row value. An unknown error is terminal. */
export function toDuckdbError(error: unknown, doing: string): PipelineError {
  const message = error instanceof Error ? error.message : String(error);
  const rule = RULES.find((r) => r.pattern.test(message));
  if (rule) return rule.make(message, error);
  return new TerminalError('ENGINE_ERROR', `DuckDB refused to ${doing}: ${firstLine(message)}`, {
    cause: error,
  });
}
