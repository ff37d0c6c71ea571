import type { Duplex } from 'node:stream';
import type { LogMessage } from './log-message.ts';

/** What the server sends: a message of the log, or how far it has read the log without sending more. */
export type LogItem =
  | { readonly kind: 'message'; readonly message: LogMessage }
  | { readonly kind: 'alive'; readonly lsn: bigint };

/** Bytes waiting to be read at which the server has to pause, and at which it may go on. */
const PAUSE_AT_BYTES = 16 * 1024 * 1024;
const RESUME_AT_BYTES = 4 * 1024 * 1024;

/** Items in the order they came. The socket is paused while too many wait, so that memory stays bounded. */
export class ItemQueue {
  private readonly stream: Duplex;
  private items: { readonly item: LogItem; readonly bytes: number }[] = [];
  private taken = 0;
  private waiting = 0;
  private paused = false;
  private ended = false;
  private failure: Error | null = null;
  private wake: () => void = () => {};

  constructor(stream: Duplex) {
    this.stream = stream;
  }

  push(item: LogItem, bytes: number): void {
    this.items.push({ item, bytes });
    this.waiting += bytes;
    if (!this.paused && this.waiting >= PAUSE_AT_BYTES) {
      this.paused = true;
      this.stream.pause();
    }
    this.wake();
  }

  fail(error: Error): void {
    if (!this.ended) this.failure ??= error;
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async next(): Promise<LogItem | null> {
    for (;;) {
      if (this.ended) return null;
      const first = this.items[this.taken];
      if (first) return this.take(first);
      if (this.failure) throw this.failure;
      await new Promise<void>((settle) => {
        this.wake = settle;
      });
    }
  }

  private take({ item, bytes }: { item: LogItem; bytes: number }): LogItem {
    this.taken += 1;
    this.waiting -= bytes;
    if (this.taken === this.items.length) {
      this.items = [];
      this.taken = 0;
    }
    if (this.paused && this.waiting <= RESUME_AT_BYTES) {
      this.paused = false;
      this.stream.resume();
    }
    return item;
  }
}
