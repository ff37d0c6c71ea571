import type { TableConfig } from '../../lib/config/config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import { type Arrivals, feedOf, type SoakFile } from './feed.ts';
import { fileBytes } from './file-bytes.ts';
import { eventDelays } from './mishap.ts';
import { happens, type Random, randomFor } from './random-for.ts';
import type { SoakWorld } from './soak-world.ts';

/** A file that was cut and is not there yet. */
interface Coming {
  readonly table: TableConfig;
  readonly atMs: number;
  readonly bytes: () => Promise<Uint8Array>;
  readonly path: string;
}

interface Feed {
  readonly files: Generator<SoakFile>;
  next: SoakFile | null;
}

/** The files of all tables, each put when its time has come; and the events that tell of them, which may be lost. */
export class ArrivingFiles {
  /** Files that arrived, repetitions left out. */
  arrived = 0;
  /** Of how many files no event came. */
  lostEvents = 0;
  private coming: Coming[] = [];
  private events: { readonly atMs: number; readonly body: string }[] = [];
  private readonly feeds: ReadonlyMap<TableConfig, Feed>;
  private readonly random: Random;
  private readonly world: SoakWorld;
  private readonly dir: string;

  constructor(world: SoakWorld, dir: string, arrivals: Arrivals) {
    this.world = world;
    this.dir = dir;
    this.random = randomFor(arrivals.seed, 'events');
    this.feeds = new Map(
      world.config.tables.map((table) => {
        const files = feedOf(table, arrivals);
        return [table, { files, next: files.next().value ?? null }];
      }),
    );
  }

  /** True when no file and no event is to come. */
  get isOver(): boolean {
    const isAtEnd = [...this.feeds.values()].every(({ next }) => next === null);
    return isAtEnd && this.coming.length === 0 && this.events.length === 0;
  }

  /** Puts what has arrived by now, of all tables or of one, and tells the bell. */
  async arrive(nowMs: number, only?: TableConfig): Promise<void> {
    for (const [table, feed] of this.feeds) if (!only || only === table) this.cut(table, feed, nowMs);
    const isDue = ({ table, atMs }: Coming): boolean => atMs <= nowMs && (!only || only === table);
    const due = this.coming.filter(isDue);
    this.coming = this.coming.filter((one) => !isDue(one));
    for (const { table, path, bytes, atMs } of due) {
      await this.world.put(table, path, await bytes(), atMs);
      const delays = eventDelays(this.random);
      if (delays.length === 0) this.lostEvents += 1;
      for (const delay of delays) {
        this.events.push({ atMs: atMs + delay, body: this.eventOf(table, path) });
      }
    }
    const ready = this.events.filter(({ atMs }) => atMs <= nowMs);
    this.events = this.events.filter(({ atMs }) => atMs > nowMs);
    for (const { body } of ready) this.world.bell.send({ body }, nowMs);
  }

  private cut(table: TableConfig, feed: Feed, nowMs: number): void {
    for (; feed.next && feed.next.cutMs <= nowMs; feed.next = feed.files.next().value ?? null) {
      const { path, arrivesMs, againMs } = feed.next;
      const file = feed.next;
      const write = () => fileBytes(this.dir, table.keys, file);
      let kept: Promise<Uint8Array> | null = null;
      const bytes = againMs === null ? write : () => (kept ??= write());
      for (const atMs of [arrivesMs, againMs])
        if (atMs !== null) this.coming.push({ table, path, bytes, atMs });
      this.arrived += 1;
    }
  }

  private eventOf(table: TableConfig, path: string): string {
    const { config } = this.world;
    const key = `${tableFolders(config, table).incoming}/${path}`;
    const bucket = { name: config.bucket };
    if (happens(this.random, 700)) {
      const detail = { bucket, object: { key } };
      return JSON.stringify({ source: 'aws.s3', 'detail-type': 'Object Created', detail });
    }
    const encoded = encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
    const record = {
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket, object: { key: encoded } },
    };
    return JSON.stringify({ Records: [record] });
  }
}
