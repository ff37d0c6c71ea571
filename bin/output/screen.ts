import type { Writable } from 'node:stream';
import type { Paint } from './paint.ts';
import { visibleLines } from './visible.ts';

/** Where everything goes that is not a result: progress, notes, warnings, errors. */
export interface Screen {
  readonly paint: Paint;
  readonly isTerminal: boolean;
  readonly stream: Writable;
  /** Something useful to know; nothing under `--quiet`. */
  note(text: string): void;
  warn(text: string): void;
  error(text: string): void;
  /** Sends lines through `write` while something else, a progress bar, owns the terminal. Returns how to end that. */
  borrow(write: (text: string) => void): () => void;
}

export function createScreen(
  stream: Writable & { isTTY?: boolean },
  { quiet, paint }: { quiet: boolean; paint: Paint },
): Screen {
  const direct = (text: string): void => {
    stream.write(text);
  };
  let write = direct;
  // Nobody listens any more: results matter, these lines do not.
  stream.on('error', () => {});
  return {
    paint,
    isTerminal: stream.isTTY === true,
    stream,
    note: (text) => {
      if (!quiet) write(`${visibleLines(text)}\n`);
    },
    warn: (text) => write(`${paint.yellow('warning')} ${visibleLines(text)}\n`),
    error: (text) => write(`${paint.red('error')} ${visibleLines(text)}\n`),
    borrow: (other) => {
      write = other;
      return () => {
        write = direct;
      };
    },
  };
}
