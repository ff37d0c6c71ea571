import { TransientError } from '../../lib/errors.ts';
import type { Clock, Engine, Faults, FileStore, Logger, SqlSession } from '../../lib/ports.ts';
import { withoutTransactions } from '../helpers/without-transactions.ts';
import type { Mishap, StepKind } from './mishap.ts';
import { instantAt } from './simulated-time.ts';

/** The process of a call is gone. Thrown by whatever it tries from then on, so that nothing of it goes on. */
export class Killed extends Error {}

/** What a step takes, in milliseconds of simulated time. */
const COST_MS: Readonly<Record<StepKind, number>> = { statement: 120, file: 30, send: 20, point: 0 };

/** Kept back of each call, as the functions do. */
const RESERVE_MS = 3000;

/** What a call has for its work when it is not hurried. */
const USUAL_BUDGET_MS = 15 * 60_000 - RESERVE_MS;

export interface LifeOptions {
  readonly startMs: number;
  readonly mishap: Mishap | null;
  /** Its statements commit one by one, as those of a lakehouse do. @default false */
  readonly isLakehouse?: boolean;
  /** How long the warehouse takes to start, before the first statement of an ingest. @default 0 */
  readonly coldMs?: number;
  /** Told at each fault point, with the call's own time. */
  readonly onPoint?: (nowMs: number) => Promise<void>;
  /** Lets another worker do what it wants; returns when that ended. */
  readonly onRival?: (nowMs: number) => Promise<number>;
}

/**
 * One call of a function from its first step to its end or death. It has a clock of its own, which goes on with each
 * step. What it gets of the outside world fails, or kills it, where its mishap says so.
 */
export class Life {
  /** What its mishap was, once it befell. */
  befell: Mishap['how'] | 'out of time' | null = null;
  private isDead = false;
  private readonly underWay = new Set<Promise<unknown>>();
  private elapsedMs = 0;
  private reads = 0;
  /** Which statement the merge of the batch is, from when it is about to run until its files are moved. */
  private mergeNth: number | null = null;
  private readonly taken: Record<StepKind, number> = { statement: 0, file: 0, send: 0, point: 0 };
  private readonly options: LifeOptions;

  constructor(options: LifeOptions) {
    this.options = options;
  }

  get nowMs(): number {
    return this.options.startMs + this.elapsedMs;
  }

  get wasKilled(): boolean {
    return this.isDead;
  }

  readonly timeLeft = (): number => this.budgetMs - this.elapsedMs;

  readonly clock: Clock = {
    now: () => {
      this.reads += 1;
      return instantAt(this.nowMs, this.reads);
    },
  };

  readonly faults: Faults = {
    at: (point) =>
      this.step('point', async () => {
        if (point === 'ingest.staged') this.mergeNth = this.taken.statement + 1;
        if (point === 'ingest.moved-all') this.mergeNth = null;
        await this.options.onPoint?.(this.nowMs);
      }),
  };

  /** Does something beyond the call itself. */
  async step<T>(kind: StepKind, work: () => Promise<T>): Promise<T> {
    this.assertAlive();
    this.elapsedMs += COST_MS[kind];
    if (this.timeLeft() < -RESERVE_MS) this.die('out of time');
    this.taken[kind] += 1;
    const mishap = this.mishapAt(kind, this.taken[kind]);
    if (mishap?.how === 'rival') await this.standStill(mishap.pauseMs);
    else if (mishap?.when === 'before') this.suffer(mishap);
    if (kind === 'statement' && this.timeLeft() < 0)
      throw new TransientError('TIME_IS_UP', 'The time of the call is over.');
    const result = await this.tracked(work());
    this.assertAlive();
    if (mishap && mishap.how !== 'rival' && mishap.when === 'after') this.suffer(mishap);
    return result;
  }

  /** Waits for the warehouse to start. */
  readonly ready = (): Promise<void> =>
    this.step('statement', async () => {
      this.elapsedMs += this.options.coldMs ?? 0;
    });

  engine(engine: Engine): Engine {
    const own: Engine = {
      ...this.session(engine),
      tagged: () => own,
      transaction: (work) =>
        this.step('statement', () => engine.transaction((session) => work(this.session(session)))),
      pinned: (work) =>
        this.step('statement', () =>
          engine.pinned((session, relation) => work(this.session(session), relation)),
        ),
      close: async () => {},
    };
    return this.options.isLakehouse ? withoutTransactions(own) : own;
  }

  store(store: FileStore): FileStore {
    const step = <T>(work: () => Promise<T>): Promise<T> => this.step('file', work);
    return {
      list: (place) => this.files(store, place),
      identify: (place, file) => step(() => store.identify(place, file)),
      readRange: (place, path, start, end) => step(() => store.readRange(place, path, start, end)),
      move: (from, file, to, toPath) => step(() => store.move(from, file, to, toPath)),
      put: (place, path, content) => step(() => store.put(place, path, content)),
      read: (place, path) => step(() => store.read(place, path)),
      remove: (place, path) => step(() => store.remove(place, path)),
      enginePath: (place, path) => store.enginePath(place, path),
      location: (place) => store.location(place),
    };
  }

  /** A log in which the dead say nothing. */
  logger(logger: Required<Logger>): Required<Logger> {
    const whileAlive =
      (level: keyof Logger) =>
      (message: string, fields?: Readonly<Record<string, unknown>>): void => {
        if (!this.isDead) logger[level](message, fields);
      };
    return { info: whileAlive('info'), warn: whileAlive('warn'), error: whileAlive('error') };
  }

  private session(session: SqlSession): SqlSession {
    return {
      dialect: session.dialect,
      execute: (sql) => this.step('statement', () => session.execute(sql)),
      query: (sql) => this.step('statement', () => session.query(sql)),
      stream: (sql) => session.stream(sql),
      columns: (table) => this.step('statement', () => session.columns(table)),
    };
  }

  private async *files(
    store: FileStore,
    place: Parameters<FileStore['list']>[0],
  ): ReturnType<FileStore['list']> {
    await this.step('file', async () => {});
    for await (const file of store.list(place)) {
      this.assertAlive();
      yield file;
    }
  }

  private get budgetMs(): number {
    const { mishap } = this.options;
    if (mishap?.how === 'hurried') return mishap.budgetMs;
    return mishap?.how === 'rival' ? Number.MAX_SAFE_INTEGER : USUAL_BUDGET_MS;
  }

  private mishapAt(kind: StepKind, nth: number): Exclude<Mishap, { how: 'hurried' }> | null {
    const { mishap } = this.options;
    if (!mishap || mishap.how === 'hurried' || mishap.at !== kind || mishap.nth !== nth) return null;
    // Were a statement behind a merge too slow, its batch would be applied and count as ended, and its files would be
    // in others: that is harmless, and the model, which goes by what is recorded, cannot know of it.
    const isBehindMerge = this.mergeNth !== null && nth > this.mergeNth;
    return mishap.how === 'slow' && isBehindMerge ? null : mishap;
  }

  private suffer({ how, at, when }: Exclude<Mishap, { how: 'hurried' | 'rival' }>): void {
    if (how === 'killed') this.die(how);
    this.befell = how;
    if (how === 'slow') throw new TransientError('STATEMENT_TIMEOUT', 'A statement took too long.');
    if (at === 'statement' && when === 'after')
      throw new TransientError('OUTCOME_UNKNOWN', 'An answer was lost.');
    throw new TransientError('SERVICE_BUSY', 'A service is busy.');
  }

  /** Waits for steps under way that nobody waits for any more. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  private async tracked<T>(step: Promise<T>): Promise<T> {
    this.underWay.add(step);
    try {
      return await step;
    } finally {
      this.underWay.delete(step);
    }
  }

  private async standStill(pauseMs: number): Promise<void> {
    this.befell = 'rival';
    this.elapsedMs += pauseMs;
    const endMs = await this.options.onRival?.(this.nowMs);
    if (endMs !== undefined) this.elapsedMs = endMs - this.options.startMs;
  }

  private die(of: 'killed' | 'out of time'): never {
    this.befell = of;
    this.isDead = true;
    throw new Killed();
  }

  private assertAlive(): void {
    if (this.isDead) throw new Killed();
  }
}
