import type { TableConfig } from '../../lib/config/config.ts';
import { parseRing } from '../../lib/bell/ring.ts';
import { isTransient } from '../../lib/errors.ts';
import type { FunctionScope } from '../../lib/functions/function-scope.ts';
import { ingestMessages } from '../../lib/functions/ingest.ts';
import type { BatchResponse, QueueRecord } from '../../lib/functions/queue-batch.ts';
import { routeEvents } from '../../lib/functions/router.ts';
import { type SweepReport, sweep } from '../../lib/functions/sweep.ts';
import type { Life, LifeOptions } from './life.ts';
import { ingestMishap, type Mishap, otherMishap, warehouseStart } from './mishap.ts';
import { type Random, randomFor } from './random-for.ts';
import type { SimulatedQueue } from './simulated-queue.ts';
import type { Called, SoakWorld } from './soak-world.ts';

/** As lib/infra/ingestion.ts deploys them. */
const ROUTED_AT_ONCE = 100;
const INGESTS_AT_ONCE = 10;

/** A message handed out so often already is left in peace: else it would be a dead letter by bad luck alone. */
const PEACE_AFTER = 3;

interface Settled {
  readonly atMs: number;
  readonly queue: SimulatedQueue;
  readonly ids: readonly string[];
}

export type FunctionName = 'router' | 'ingest' | 'sweep' | 'rival';

/** What Lambda does: hands messages to functions, and forgets those that were done when the call has ended. */
export class FunctionsAtWork {
  readonly calls: Record<FunctionName, number> = { router: 0, ingest: 0, sweep: 0, rival: 0 };
  /** What befell, by function. */
  readonly mishaps: Record<string, number> = {};
  /** Tables that a sweep rang for. */
  rungBySweeps = 0;
  /** Errors that no function may end with. */
  readonly problems: string[] = [];
  private readonly world: SoakWorld;
  private readonly random: Random;
  private readonly onTime: (table: TableConfig, nowMs: number) => Promise<void>;
  private ending: Settled[] = [];
  /** Messages whose call was killed. */
  private readonly bereft = new Set<string>();

  /** @param onTime told of a table at each fault point, with the time of the call */
  constructor(world: SoakWorld, seed: number, onTime: (table: TableConfig, nowMs: number) => Promise<void>) {
    this.world = world;
    this.random = randomFor(seed, 'mishaps');
    this.onTime = onTime;
  }

  /** True when nothing waits and nothing is under way. */
  get isIdle(): boolean {
    const { bell, rings } = this.world;
    return bell.size === 0 && rings.size === 0 && this.ending.length === 0;
  }

  /** Calls router and ingest for what they are shown now. */
  async work(nowMs: number): Promise<void> {
    const { bell, rings } = this.world;
    for (const { queue, ids } of this.ending.filter(({ atMs }) => atMs <= nowMs)) queue.remove(ids);
    this.ending = this.ending.filter(({ atMs }) => atMs > nowMs);
    const events = bell.receive(nowMs, ROUTED_AT_ONCE);
    if (events.length > 0) await this.route(events, nowMs);
    while (this.ending.filter(({ queue }) => queue === rings).length < INGESTS_AT_ONCE) {
      const [ring] = rings.receive(nowMs, 1);
      if (!ring) return;
      await this.ingest(ring, nowMs);
    }
  }

  /** Sweeps; null where that was disturbed. */
  async sweep(nowMs: number): Promise<SweepReport | null> {
    const options = { startMs: nowMs, mishap: otherMishap(this.random) };
    const called = await this.call('sweep', options, (scope, { timeLeft }) =>
      sweep(scope, { timeLeft, isAwake: async () => true }),
    );
    if (called.thrown !== null && !isTransient(called.thrown)) this.complain('sweep', called.thrown);
    this.rungBySweeps += called.answer?.rung ?? 0;
    return called.answer;
  }

  private async route(records: readonly QueueRecord[], nowMs: number): Promise<void> {
    const mishap = records.some(isTried) ? null : otherMishap(this.random);
    const called = await this.call('router', { startMs: nowMs, mishap }, (scope) =>
      routeEvents(scope, records),
    );
    this.settle('router', this.world.bell, records, called);
  }

  private async ingest(record: QueueRecord, nowMs: number): Promise<void> {
    const mishap = isTried(record) ? null : ingestMishap(this.random);
    const called = await this.ingestCall('ingest', record, nowMs, mishap);
    this.settle('ingest', this.world.rings, [record], called);
    const { messageId } = record;
    // The claim of the dead must be over when the queue shows their message to another.
    if (this.bereft.delete(messageId) && mishap === null && called.answer?.batchItemFailures.length !== 0) {
      this.problems.push(
        `The message of a killed call, ${record.body}, was not done when it was shown again.`,
      );
    }
    if (called.life.wasKilled) this.bereft.add(messageId);
  }

  private ingestCall(
    name: FunctionName,
    record: QueueRecord,
    startMs: number,
    mishap: Mishap | null,
  ): Promise<Called<BatchResponse>> {
    const { table: wanted } = parseRing(record.body);
    const { tables } = this.world.config;
    const at = tables.findIndex((one) => one.name === wanted);
    const table = tables[at]!;
    const options: LifeOptions = {
      startMs,
      mishap,
      coldMs: warehouseStart(this.random),
      // Either way in both modes.
      isLakehouse: at % 4 >= 2,
      onPoint: (nowMs) => this.onTime(table, nowMs),
      onRival: (nowMs) => this.rival(record, nowMs),
    };
    return this.call(name, options, (scope, { timeLeft }) => ingestMessages(scope, [record], timeLeft));
  }

  /** Somebody else works on the same table; returns when they ended. */
  private async rival(record: QueueRecord, nowMs: number): Promise<number> {
    const called = await this.ingestCall('rival', { ...record, messageId: 'rival' }, nowMs, null);
    if (called.thrown !== null) this.complain('rival', called.thrown);
    return called.life.nowMs;
  }

  private async call<Answer>(
    name: FunctionName,
    options: LifeOptions,
    body: (scope: FunctionScope, life: Life) => Promise<Answer>,
  ): Promise<Called<Answer>> {
    this.calls[name] += 1;
    const called = await this.world.call(options, body);
    const befell = options.mishap?.how === 'hurried' ? 'hurried' : called.life.befell;
    if (befell !== null) this.mishaps[`${name} ${befell}`] = (this.mishaps[`${name} ${befell}`] ?? 0) + 1;
    if (called.life.wasKilled) await this.world.reopen();
    return called;
  }

  private settle(
    name: FunctionName,
    queue: SimulatedQueue,
    records: readonly QueueRecord[],
    { life, answer, thrown }: Called<BatchResponse>,
  ): void {
    if (thrown !== null) this.complain(name, thrown);
    if (answer === null) return;
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const ids = records.map(({ messageId }) => messageId).filter((id) => !failed.has(id));
    this.ending.push({ atMs: life.nowMs, queue, ids });
  }

  private complain(name: FunctionName, thrown: unknown): void {
    this.problems.push(`${name} threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  }
}

function isTried({ attributes }: QueueRecord): boolean {
  return Number(attributes?.ApproximateReceiveCount) >= PEACE_AFTER;
}
