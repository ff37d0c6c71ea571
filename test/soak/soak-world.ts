import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BELL_ENVIRONMENT } from '../../lib/bell/environment.ts';
import type { QueueMessage } from '../../lib/bell/queue-sender.ts';
import { ringDelaySeconds } from '../../lib/bell/window.ts';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { openDuckdb } from '../../lib/engines/duckdb/engine.ts';
import type { FunctionScope } from '../../lib/functions/function-scope.ts';
import { createLedger } from '../../lib/ledger/ledger.ts';
import { METRICS } from '../../lib/metrics.ts';
import { createStores } from '../../lib/open-store.ts';
import type { Engine, FileStore, Logger } from '../../lib/ports.ts';
import { createWorkspace } from '../../lib/workspace.ts';
import { Life, type LifeOptions } from './life.ts';
import { instantAt, MINUTE, SECOND } from './simulated-time.ts';
import { SimulatedQueue } from './simulated-queue.ts';

const WINDOW_SECONDS = 60;

const ENVIRONMENT = {
  [BELL_ENVIRONMENT.bellQueueUrl]: 'bell',
  [BELL_ENVIRONMENT.ringQueueUrl]: 'rings',
  [BELL_ENVIRONMENT.windowSeconds]: String(WINDOW_SECONDS),
  [BELL_ENVIRONMENT.deadLetterQueueUrl]: 'dead-letters',
};

/** How a call of a function ended. */
export interface Called<Answer> {
  readonly life: Life;
  /** Null where it was killed or threw. */
  readonly answer: Answer | null;
  /** What it threw while it was alive. */
  readonly thrown: unknown;
}

/**
 * What functions stand on: a database file, folders and queues, which outlive every call. As a deploy makes them, see
 * lib/infra/ingestion.ts.
 */
export class SoakWorld {
  readonly config: Config;
  readonly bell = new SimulatedQueue({ fifo: false, delayMs: 0, visibilityMs: 2 * MINUTE, maxReceives: 5 });
  readonly rings = new SimulatedQueue({
    fifo: true,
    delayMs: ringDelaySeconds(WINDOW_SECONDS) * SECOND,
    visibilityMs: 16 * MINUTE,
    maxReceives: 5,
  });
  /** Codes of the messages that functions put aside. */
  readonly putAside: string[] = [];
  /** Lines of the log that tell of something for a person to mend: `code: message`. */
  readonly alarms: string[] = [];
  /** Promises that sweeps found broken. */
  findings = 0;
  private engineNow: Engine;
  private readonly stores: ReadonlyMap<string, FileStore>;
  private readonly arrivedAt = new Map<string, string>();

  private constructor(config: Config, engine: Engine) {
    this.config = config;
    this.engineNow = engine;
    const storeOf = createStores(config);
    this.stores = new Map(
      config.tables.map((table) => [table.name, this.onSimulatedTime(table, storeOf(table))]),
    );
  }

  static async open(config: Config): Promise<SoakWorld> {
    const engine = await openDatabase(config);
    const clock = { now: () => instantAt(0) };
    await createLedger(engine, config, clock).prepare();
    return new SoakWorld(config, engine);
  }

  /** Calls the body of a function in a process of its own, to its end. */
  async call<Answer>(
    options: LifeOptions,
    body: (scope: FunctionScope, life: Life) => Promise<Answer>,
  ): Promise<Called<Answer>> {
    const life = new Life(options);
    try {
      const answer = await body(this.scopeOf(life), life);
      return { life, answer: life.wasKilled ? null : answer, thrown: null };
    } catch (thrown) {
      return { life, answer: null, thrown: life.wasKilled ? null : thrown };
    } finally {
      await life.settled();
    }
  }

  /** A file lands in the incoming folder of a table, whole. */
  async put(table: TableConfig, path: string, bytes: Uint8Array, nowMs: number): Promise<void> {
    const file = join(this.store(table).location('incoming'), path);
    const onItsWay = join(dirname(file), '.on-its-way');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(onItsWay, bytes);
    await rename(onItsWay, file);
    this.arrivedAt.set(keyOf(table, path), instantAt(nowMs));
  }

  /** The store of a table as nobody disturbs it. */
  store(table: Pick<TableConfig, 'name'>): FileStore {
    return this.stores.get(table.name)!;
  }

  get engine(): Engine {
    return this.engineNow;
  }

  /** The database is closed and opened again, as by a process that comes after. */
  async reopen(): Promise<void> {
    await this.engineNow.close();
    this.engineNow = await openDatabase(this.config);
  }

  private scopeOf(life: Life): FunctionScope {
    const { config } = this;
    const parts = { clock: life.clock, logger: life.logger(this.logger), faults: life.faults };
    return {
      ...parts,
      config,
      env: ENVIRONMENT,
      queues: {
        send: (url, messages) => life.step('send', async () => this.send(url, messages, life.nowMs)),
      },
      metrics: {
        add: ({ name }, value) => {
          if (name === METRICS.sweepFindings.name) this.findings += value;
        },
      },
      store: (table) => life.store(this.store(table)),
      workspace: async (timeLeft) =>
        createWorkspace(
          config,
          {
            engine: life.engine(this.engineNow),
            store: (table) => life.store(this.store(table)),
            // As a warehouse has it; a worker without an end claims for as long as the command line does.
            ready: life.ready,
            leaseSeconds: () => Math.min(Math.ceil(timeLeft() / SECOND), 15 * 60) + 60,
          },
          { ...parts, timeLeft },
        ),
    };
  }

  private send(url: string, messages: readonly QueueMessage[], nowMs: number): void {
    for (const message of messages) {
      if (url === 'bell') this.bell.send(message, nowMs);
      else if (url === 'rings') this.rings.send(message, nowMs);
      else this.putAside.push(message.attributes?.code ?? url);
    }
  }

  private readonly logger: Required<Logger> = {
    info: () => {},
    warn: () => {},
    error: (message, fields) => {
      this.alarms.push(`${fields?.code}: ${message}: ${fields?.reason}`);
    },
  };

  /** Files arrived when the simulated clock says so; forgotten with their move. */
  private onSimulatedTime(table: TableConfig, store: FileStore): FileStore {
    const { arrivedAt } = this;
    return {
      list: async function* (place) {
        for await (const file of store.list(place)) {
          yield { ...file, arrivedAt: arrivedAt.get(keyOf(table, file.path)) ?? instantAt(0) };
        }
      },
      identify: (place, file) => store.identify(place, file),
      readRange: (place, path, start, end) => store.readRange(place, path, start, end),
      async move(from, file, to, toPath) {
        const path = await store.move(from, file, to, toPath);
        if (from === 'incoming') arrivedAt.delete(keyOf(table, file.path));
        return path;
      },
      put: (place, path, content) => store.put(place, path, content),
      read: (place, path) => store.read(place, path),
      remove: (place, path) => store.remove(place, path),
      enginePath: (place, path) => store.enginePath(place, path),
      location: (place) => store.location(place),
    };
  }
}

function keyOf({ name }: Pick<TableConfig, 'name'>, path: string): string {
  return `${name}\u0000${path}`;
}

/** Little memory, so that what grows is seen. */
async function openDatabase({ engine, schema }: Config): Promise<Engine> {
  if (engine.kind !== 'duckdb') throw new Error('a soak runs on DuckDB');
  return openDuckdb({ path: engine.path, schema, memoryLimit: '1GB' });
}
