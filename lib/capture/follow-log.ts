import { setTimeout as sleep } from 'node:timers/promises';
import type { CaptureContext } from './capture-context.ts';
import { type CaptureState, saveState } from './capture-state.ts';
import { cutFiles } from './cut-files.ts';
import { createLogReader, type LogEvent, type LogReader } from './log-reader.ts';
import type { LogPosition } from './log-position.ts';
import type { LogItem } from './item-queue.ts';
import type { LogStream } from './log-stream.ts';
import { PendingRows } from './pending-rows.ts';
import type { SourceSession } from './source-session.ts';
import { type SourceWatch, watchSource } from './watch-source.ts';

const ASK_EVERY_MS = 20;
/** How often it is looked whether the interval is over, at most. */
const TICK_MS = 1_000;
/** How often it is remembered how far the log is read where nothing in it is for the files. */
const CONFIRM_MS = 1_000;

/** The log being read into files. */
export interface LogFollower {
  /** Settles when `stop` has done its work; rejects when the following broke. */
  readonly ended: Promise<void>;
  /** Settles when every change committed before `lsn` is in files, and the server was told so. */
  reach(lsn: bigint): Promise<void>;
  /** Puts all complete transactions that were read into files, tells the server, and ends. */
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly context: CaptureContext;
  readonly state: CaptureState;
  readonly stream: LogStream;
  /** For questions about types. */
  readonly session: SourceSession;
}

/** Starts to read the log from the state's position. */
export async function followLog(options: FollowOptions): Promise<LogFollower> {
  const follower = new Follower(options, await watchSource(options.context, options.session));
  follower.start();
  return follower;
}

class Follower implements LogFollower {
  ended: Promise<void> = Promise.resolve();
  private readonly context: CaptureContext;
  private readonly stream: LogStream;
  private readonly watch: SourceWatch;
  private readonly reader: LogReader;
  private readonly pending: PendingRows;
  private state: CaptureState;
  /** Up to which all rows are taken from the log, in files or pending. */
  private taken: LogPosition;
  /** Up to which all rows are in files. */
  private safe: bigint;
  private confirmedAt = -Infinity;
  private waitingSince: number | null = null;
  private wanted: bigint | null = null;
  private stopping = false;

  constructor({ context, state, stream }: FollowOptions, watch: SourceWatch) {
    this.context = context;
    this.stream = stream;
    this.watch = watch;
    this.state = state;
    this.taken = state.position;
    this.safe = state.position.lsn;
    this.pending = new PendingRows(context.bounds);
    this.reader = createLogReader({
      tables: context.tables,
      position: state.position,
      oids: watch.oids,
      isGenerated: watch.isGenerated,
      domains: () => watch.domains,
      onLossy: context.onLossy,
    });
  }

  start(): void {
    const tickMs = Math.min(TICK_MS, Math.max(ASK_EVERY_MS, this.context.intervalMs / 4));
    const ticking = setInterval(() => this.stream.ask(), tickMs);
    this.ended = this.run().finally(() => {
      clearInterval(ticking);
      return this.stream.end();
    });
    this.ended.catch(() => {});
  }

  async reach(lsn: bigint): Promise<void> {
    this.wanted = this.wanted === null || lsn > this.wanted ? lsn : this.wanted;
    while (this.safe < lsn) {
      this.stream.ask();
      await Promise.race([sleep(ASK_EVERY_MS), this.ended]);
      if (this.stopping && this.safe < lsn) return this.ended;
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.stream.ask();
    await this.ended;
  }

  private async run(): Promise<void> {
    for (let item = await this.stream.next(); item; item = await this.stream.next()) {
      await this.take(item);
      await this.watch.look();
      const isBetween = !this.reader.insideTransaction;
      if (isBetween && this.stopping) break;
      if (this.pending.isFull || (isBetween && this.isDue())) await this.cut();
      else if (isBetween && this.pending.isEmpty && this.mayConfirm()) await this.confirm();
    }
    if (!this.reader.insideTransaction) await this.cut();
  }

  private async take(item: LogItem): Promise<void> {
    if (item.kind === 'alive') {
      // Inside a transaction the server speaks of the log before it.
      if (!this.reader.insideTransaction && item.lsn > this.taken.lsn)
        this.taken = { ...this.taken, lsn: item.lsn };
      return;
    }
    if (item.message.tag === 'relation') await this.watch.described(item.message);
    const event = this.reader.read(item.message);
    if (event) this.note(event);
  }

  private note(event: LogEvent): void {
    if (event.kind === 'row') {
      this.pending.add(event.layout, event.cells);
      this.waitingSince ??= performance.now();
    } else if (event.kind === 'committed') {
      this.taken = event.position;
    } else {
      this.context.logger.warn(
        'A truncate at the source is not in the files, as with DMS. Reload the table to have its history right.',
        { tables: event.tables },
      );
    }
  }

  private isDue(): boolean {
    if (this.pending.isEmpty) return false;
    if (this.isWanted) return true;
    return this.waitingSince !== null && performance.now() - this.waitingSince >= this.context.intervalMs;
  }

  private async cut(): Promise<void> {
    if (!this.pending.isEmpty) {
      this.waitingSince = null;
      this.state = await cutFiles(this.context, this.state, this.pending.take(), this.taken);
    }
    // Inside a transaction that does not fit into one file that is the end of the one before.
    await this.confirm();
  }

  private get isWanted(): boolean {
    return this.wanted !== null && this.wanted <= this.taken.lsn;
  }

  private mayConfirm(): boolean {
    return this.isWanted || performance.now() - this.confirmedAt >= CONFIRM_MS;
  }

  private async confirm(): Promise<void> {
    if (this.taken.lsn <= this.safe) return;
    this.confirmedAt = performance.now();
    // Remembered before the server is told: a slot that is further than that was read by somebody else.
    if (this.state.position.lsn < this.taken.lsn) {
      this.state = { ...this.state, position: this.taken };
      await saveState(this.context.folder, this.state);
    }
    this.safe = this.taken.lsn;
    if (this.wanted !== null && this.wanted <= this.safe) this.wanted = null;
    this.stream.confirm(this.safe);
  }
}
