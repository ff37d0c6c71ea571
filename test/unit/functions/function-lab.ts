import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { BELL_ENVIRONMENT } from '../../../lib/bell/environment.ts';
import type { Config } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { FunctionScope, QueueMessage } from '../../../lib/functions/function-scope.ts';
import { openWorkspace } from '../../../lib/open-workspace.ts';
import { type Engine, type Faults, NO_FAULTS } from '../../../lib/ports.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { writeChangeFile } from '../../helpers/change-files.ts';

/** Queues by what they are for; their URL in the environment is the same text. */
export type Queue = 'bell' | 'rings' | 'exports' | 'network-exports' | 'dead-letters';

export interface FunctionLab {
  readonly scope: FunctionScope;
  readonly ws: Workspace;
  /** What was sent to a queue so far. */
  sent(queue: Queue): readonly QueueMessage[];
  /** Samples so far as `name value`, those for a subject as `name/subject value`. */
  readonly samples: string[];
  /** Lines of the log so far. */
  readonly lines: LogLine[];
  /** From now on this queue takes nothing; null: all do. */
  breakQueue(queue: Queue | null): void;
  /** Puts a file with one row into a table's incoming folder. */
  arrives(table: string, path: string, row?: { id?: string; keyless?: boolean }): Promise<void>;
  /** Paths of a table's files in a place, in order. */
  files(table: string, place: 'incoming' | 'processed' | 'rejected'): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface FunctionLabOptions {
  /** Top-level fields of the configuration over ours, as written. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Changes the configuration after it was read. */
  readonly adapt?: (config: Config) => Config;
  /** @default 2026-05-01T12:00:00Z */
  readonly now?: string;
  readonly around?: (engine: Engine) => Engine;
  readonly faults?: Faults;
}

const ENVIRONMENT = {
  [BELL_ENVIRONMENT.bellQueueUrl]: 'bell',
  [BELL_ENVIRONMENT.ringQueueUrl]: 'rings',
  [BELL_ENVIRONMENT.windowSeconds]: '60',
  [BELL_ENVIRONMENT.exportQueueUrl]: 'exports',
  [BELL_ENVIRONMENT.networkExportQueueUrl]: 'network-exports',
  [BELL_ENVIRONMENT.deadLetterQueueUrl]: 'dead-letters',
  [BELL_ENVIRONMENT.exportMachineArn]: 'export-machine',
} satisfies Record<string, Queue | '60' | 'export-machine'>;

/** A scope over a real DuckDB and real files in a folder, with queues, metrics and log kept in memory. */
export async function openFunctionLab(options: FunctionLabOptions = {}): Promise<FunctionLab> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-functions-'));
  const written = { tables: [{ name: 'customer', keys: ['id'] }], ...options.config };
  const { config: read } = parseConfig(stringify({ name: 'shop', ...written }), { baseDir: dir });
  const config = options.adapt?.(read) ?? read;
  const samples: string[] = [];
  const lines: LogLine[] = [];
  const sent = new Map<string, QueueMessage[]>();
  let broken: Queue | null = null;
  const log =
    (level: LogLine['level']) =>
    (message: string, fields: LogLine['fields'] = {}) => {
      lines.push({ level, message, fields });
    };
  const shared = {
    clock: { now: () => options.now ?? '2026-05-01T12:00:00.000000Z' },
    logger: { info: log('info'), warn: log('warn'), error: log('error') },
    faults: options.faults ?? NO_FAULTS,
  };
  const { around } = options;
  const ws = await openWorkspace(config, { ...shared, ...(around ? { around } : {}) });
  const scope: FunctionScope = {
    ...shared,
    config,
    env: ENVIRONMENT,
    queues: {
      send: async (url, messages) => {
        if (url === broken) throw new TransientError('QUEUE_SEND_FAILED', `${url} takes nothing.`);
        sent.set(url, [...(sent.get(url) ?? []), ...messages]);
      },
    },
    metrics: {
      add: ({ name }, value, subject = {}) => {
        const about = Object.values(subject).map((whom) => `/${whom}`);
        samples.push(`${name}${about.join('')} ${value}`);
      },
    },
    store: ws.store,
    workspace: async (timeLeft) => ({
      ...ws,
      ingestDeps: (table) => ({ ...ws.ingestDeps(table), timeLeft }),
    }),
  };
  return {
    scope,
    ws,
    samples,
    lines,
    sent: (queue) => sent.get(queue) ?? [],
    breakQueue: (queue) => {
      broken = queue;
    },
    async arrives(table, path, { id = '1', keyless = false } = {}) {
      const file = join(ws.store(ws.table(table)).location('incoming'), path);
      await mkdir(dirname(file), { recursive: true });
      await writeChangeFile(file, {
        columns: [{ name: keyless ? 'other' : 'id', type: { kind: 'string' } }],
        changes: [
          {
            op: 'I',
            commitTime: '2026-05-01 11:59:00.000000',
            seq: id,
            values: { [keyless ? 'other' : 'id']: id },
          },
        ],
      });
    },
    async files(table, place) {
      const paths: string[] = [];
      for await (const { path } of ws.store(ws.table(table)).list(place)) paths.push(path);
      return paths.sort();
    },
    async close() {
      await ws.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
