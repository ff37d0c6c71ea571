import type { Writable } from 'node:stream';

/** Whoever read our output has stopped, as `head` does. Not a failure. */
export class OutputClosed extends Error {}

/** Where results go. */
export interface Out {
  /** Columns of the terminal, or null when it is none. */
  readonly width: number | null;
  /** Writes all of the text; waits while the reader is behind. Throws `OutputClosed` when there is no reader. */
  write(text: string): Promise<void>;
}

/** Wraps a stream so that a slow reader slows the writer, and one that is gone ends it. */
export function createOut(stream: Writable & { isTTY?: boolean; columns?: number }): Out {
  let failure: Error | null = null;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' ? new OutputClosed() : error;
  });
  return {
    width: stream.isTTY ? (stream.columns ?? 80) : null,
    async write(text) {
      if (failure) throw failure;
      if (text === '') return;
      // The callback comes when the text is on its way, or never can be; a listener for each block would pile up.
      await new Promise<void>((settle) => {
        if (stream.write(text, () => settle())) settle();
      });
      if (failure) throw failure;
    },
  };
}
