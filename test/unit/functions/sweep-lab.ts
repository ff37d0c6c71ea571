import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BELL_ENVIRONMENT } from '../../../lib/bell/environment.ts';
import type { Config, ExportConfig } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import type { FunctionScope, QueueMessage } from '../../../lib/functions/function-scope.ts';
import { sweep, type SweepReport } from '../../../lib/functions/sweep.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import type { TableReport } from '../../../lib/ingest/report.ts';
import { addSeconds } from '../../../lib/instant.ts';
import type { Engine, Faults, FileStore } from '../../../lib/ports.ts';
import { openWorkspace } from '../../../lib/open-workspace.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { writeChangeFile } from '../../helpers/change-files.ts';

export const BELL = 'https://sqs/bell';

/** One sample as `name`, `name/table` or `name/export`, and its value. */
export type Sample = readonly [string, number];

export interface SweepLab {
  readonly config: Config;
  readonly ws: Workspace;
  /** Bodies that were sent to the bell since the last look. */
  rings(): unknown[];
  /** Samples published since the last look. */
  samples(): Sample[];
  /** Lines logged since the last look, with their fields. */
  lines(): (readonly [string, Readonly<Record<string, unknown>>])[];
  /** Statements that reached the engine since the last look. */
  statements(): number;
  /** The clock goes on. */
  wait(minutes: number): void;
  now(): string;
  /** A file arrives now. */
  arrives(table: string, path: string, id?: number): Promise<void>;
  ingest(table: string): Promise<TableReport>;
  /** The next passage of this point ends the run. */
  killAt(point: string): void;
  /** Every statement fails with this from now on; null: none does. */
  breakEngine(error: Error | null): void;
  sweep(options?: { awake?: boolean | Error; timeLeft?: () => number; env?: object }): Promise<SweepReport>;
  close(): Promise<void>;
}

/** A pipeline of some tables in a folder, on a real DuckDB, with a clock that goes on when told to. */
export async function openSweepLab({
  tables = ['customer', 'orders'],
  paused = [],
  exports = [],
}: {
  tables?: readonly string[];
  paused?: readonly string[];
  exports?: readonly ExportConfig[];
} = {}): Promise<SweepLab> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-sweep-'));
  let now = '2026-05-01T12:00:00.000000Z';
  let broken: Error | null = null;
  let kill: string | null = null;
  const sent: QueueMessage[] = [];
  const samples: Sample[] = [];
  const lines: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  let statements = 0;
  const clock = {
    now: () => {
      now = addSeconds(now, 0.000001);
      return now;
    },
  };
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    lines.push([message, fields]);
  };
  const logger = { info: log, warn: log };
  const faults: Faults = {
    at: async (point) => {
      if (point !== kill) return;
      kill = null;
      throw new Error(`killed at ${point}`);
    },
  };
  const seen = <T>(work: () => Promise<T>): Promise<T> => {
    statements += 1;
    return broken ? Promise.reject(broken) : work();
  };
  const around = (engine: Engine): Engine => ({
    ...engine,
    execute: (sql) => seen(() => engine.execute(sql)),
    query: (sql) => seen(() => engine.query(sql)),
    columns: (ref) => seen(() => engine.columns(ref)),
  });
  const config = { ...configOf(dir, tables, paused), exports };
  const opened = await openWorkspace(config, { clock, logger, faults, around });
  const arrivals = new Map<string, string>();
  const ws: Workspace = {
    ...opened,
    store: (table) => onTestTime(opened.store(table), table.name, arrivals),
  };
  const drain = <T>(all: T[]): T[] => all.splice(0);
  return {
    config,
    ws,
    rings: () => drain(sent).map(({ body }) => JSON.parse(body)),
    samples: () => drain(samples),
    lines: () => drain(lines),
    statements: () => {
      const count = statements;
      statements = 0;
      return count;
    },
    wait: (minutes) => {
      now = addSeconds(now, minutes * 60);
    },
    now: () => now,
    async arrives(table, path, id = 1) {
      const file = join(ws.store(ws.table(table)).location('incoming'), path);
      await mkdir(dirname(file), { recursive: true });
      await writeChangeFile(file, {
        columns: [{ name: 'id', type: { kind: 'int', bits: 32 } }],
        changes: [
          { op: 'I', commitTime: '2026-05-01 11:00:00.000000', seq: String(id), values: { id: String(id) } },
        ],
      });
      arrivals.set(`${table}/${path}`, now);
    },
    ingest: (table) => ingestTable(ws.ingestDeps(ws.table(table))),
    killAt: (point) => {
      kill = point;
    },
    breakEngine: (error) => {
      broken = error;
    },
    async sweep({
      awake = false,
      timeLeft = () => 900_000,
      env = { [BELL_ENVIRONMENT.bellQueueUrl]: BELL },
    } = {}) {
      const scope: FunctionScope = {
        config,
        env: env as FunctionScope['env'],
        clock,
        logger,
        faults,
        queues: {
          send: async (url, messages) => {
            if (url !== BELL) throw new Error(`sent to ${url}`);
            sent.push(...messages);
          },
        },
        metrics: {
          add: ({ name }, value, subject = {}) => {
            const about = subject.table ?? subject.export;
            samples.push([about === undefined ? name : `${name}/${about}`, value]);
          },
        },
        store: ws.store,
        workspace: async () => ws,
      };
      const isAwake = async (): Promise<boolean> => {
        if (awake instanceof Error) throw awake;
        return awake;
      };
      return sweep(scope, { timeLeft, isAwake });
    },
    async close() {
      await ws.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Files arrive when the clock of the test says so. */
function onTestTime(store: FileStore, table: string, arrivals: ReadonlyMap<string, string>): FileStore {
  return {
    ...bound(store),
    async *list(place) {
      for await (const file of store.list(place)) {
        yield { ...file, arrivedAt: arrivals.get(`${table}/${file.path}`) ?? file.arrivedAt };
      }
    },
  };
}

function bound(store: FileStore): FileStore {
  return {
    list: (place) => store.list(place),
    identify: (place, file) => store.identify(place, file),
    readRange: (place, path, start, end) => store.readRange(place, path, start, end),
    move: (from, file, to, toPath) => store.move(from, file, to, toPath),
    put: (place, path, content) => store.put(place, path, content),
    read: (place, path) => store.read(place, path),
    remove: (place, path) => store.remove(place, path),
    enginePath: (place, path) => store.enginePath(place, path),
    location: (place) => store.location(place),
  };
}

function configOf(dir: string, tables: readonly string[], paused: readonly string[]): Config {
  const yaml = [
    'name: shop',
    `engine: {kind: duckdb, path: ${JSON.stringify(join(dir, 'history.duckdb'))}}`,
    `storage: {kind: local, root: ${JSON.stringify(join(dir, 'files'))}}`,
    'tables:',
    ...tables.map((name) => `  - {name: ${JSON.stringify(name)}, keys: [id]}`),
  ].join('\n');
  const { config } = parseConfig(yaml, { baseDir: dir });
  const all = config.tables.map((table) => ({ ...table, paused: paused.includes(table.name) }));
  return { ...config, tables: all };
}
