import { join } from 'node:path';
import type pg from 'pg';
import { type Capture, startCapture } from '../../lib/capture/start-capture.ts';
import type { Config, HistoryMode } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import { TransientError } from '../../lib/errors.ts';
import { runExport } from '../../lib/export/run-export.ts';
import { ingestTables } from '../../lib/ingest/ingest-tables.ts';
import { openWorkspace } from '../../lib/open-workspace.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { createProject, type Project } from '../e2e/cli-process.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import type { SourceDatabase, SourceServer } from '../helpers/source-postgres.ts';
import { type Crashes, createCrashes, isCrash } from './crashes.ts';
import { createDelivery, type Delivery } from './deliver-files.ts';
import type { Random } from './random.ts';
import { firstRows } from './random-steps.ts';
import { sourceState, type State } from './source-state.ts';
import { makeTables, SAMPLES, TRUTH_TABLES, type TruthTable } from './truth-tables.ts';

/** A source, its history and its exported copy, with everything between them. */
export interface TruthLab {
  readonly db: SourceDatabase;
  readonly target: TestDatabase;
  /** The folder of it all, where the real program runs. */
  readonly project: Project;
  readonly config: Config;
  readonly tables: readonly TruthTable[];
  readonly sessions: readonly pg.Client[];
  readonly crashes: Crashes;
  readonly delivery: Delivery;
  /** Schema of the exported tables. */
  readonly targetSchema: string;
  modeOf(table: TruthTable): HistoryMode;
  nextSample(): number;
  /** The source now. */
  state(): Promise<State>;
  /** Everything committed until now is in files when it settles, however often capture ended on the way. */
  capture(): Promise<void>;
  /** Reads a table again and returns its rows, again from the start after every end of capture. */
  reload(table: string): Promise<number>;
  /** Ingests what was delivered, again after every end. */
  ingest(): Promise<void>;
  /** Exports all tables, again after every end. */
  export(options?: { readonly full?: boolean }): Promise<void>;
  withWorkspace<T>(work: (ws: Workspace) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface TruthLabOptions {
  readonly server: SourceServer;
  readonly target: TestDatabase;
  readonly random: Random;
}

const SESSIONS = 3;
/** By lot, so that a seed is quick. */
const TABLES = 3;

/** Makes some of the tables, with rows in all but one, and captures nothing yet. */
export async function openTruthLab(options: TruthLabOptions): Promise<TruthLab> {
  const { server, target, random } = options;
  const db = await server.database();
  const targetSchema = db.url.slice(db.url.lastIndexOf('/') + 1);
  const tables = random.shuffled(TRUTH_TABLES).slice(0, TABLES);
  const yaml = yamlOf(options, tables, targetSchema);
  const project = await createProject(yaml);
  const { config } = parseConfig(yaml, { baseDir: project.dir });
  await db.query(makeTables([...tables, SAMPLES]));
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => db.session()));
  for (const table of tables.slice(1)) {
    for (const { sql, params } of firstRows(table, random)) await db.query(sql, params);
  }
  const crashes = createCrashes(random.fork());
  const folders = config.tables.map((table) => tableFolders(config, table).incoming);
  const staged = join(project.dir, 'staged');
  const settings = { maxRows: random.pick([2, 7, 100_000]), intervalMs: random.pick([50, 60_000]) };
  const capturing = keepCapturing(() =>
    startCapture({
      config,
      source: db.url,
      slot: targetSchema,
      root: staged,
      faults: crashes.faults,
      ...settings,
    }),
  );
  const env = { PG_URL: target.url };
  const withWorkspace: TruthLab['withWorkspace'] = async (work) => {
    const ws = await openWorkspace(config, { env, faults: crashes.faults });
    try {
      return await work(ws);
    } finally {
      await ws.close();
    }
  };
  let samples = 0;
  return {
    ...{ db, target, project, config, tables, sessions, crashes, targetSchema, withWorkspace },
    delivery: createDelivery(staged, join(project.dir, 'files'), folders, random.fork()),
    modeOf: ({ name }) => config.tables.find((table) => table.name === name)!.history,
    nextSample: () => {
      samples += 1;
      return samples;
    },
    state: () => sourceState(sessions[0]!, tables),
    capture: capturing.idle,
    reload: capturing.reload,
    ingest: () => untilDone(() => withWorkspace(ingestAll)),
    export: ({ full = false } = {}) => untilDone(() => withWorkspace((ws) => exportAll(ws, full))),
    async close() {
      await capturing.stop();
      await db.close();
      await target.query(`drop schema if exists "${targetSchema}" cascade`);
      await project.remove();
    },
  };
}

function yamlOf({ random }: TruthLabOptions, captured: readonly TruthTable[], targetSchema: string): string {
  const modes = ['every-change', 'every-change', 'last-change'] as const;
  const maxFiles = random.pick([1, 3, 1000]);
  const tables = [...captured, SAMPLES].map((table) => ({
    name: table.name,
    source: `${table.schema}.${table.table}`,
    keys: table.keys.map(({ name }) => name),
    history: table === SAMPLES ? 'every-change' : random.pick(modes),
    batch: { maxFiles },
    ...(table.contract ? { columns: table.contract } : {}),
  }));
  const exported = {
    name: 'copy',
    connection: '${env:PG_URL}',
    targetSchema,
    mode: random.pick(['incremental', 'incremental', 'full']),
    connections: 2,
  };
  const storage = { kind: 'local', root: 'files' };
  return JSON.stringify({ name: 'truth', storage, tables, exports: [exported] });
}

/** A capture that is started when it is needed, and again after each end that was asked for. */
function keepCapturing(start: () => Promise<Capture>) {
  let capture: Capture | null = null;
  const running = async (): Promise<Capture> => {
    for (;;) {
      try {
        capture ??= await start();
        return capture;
      } catch (error) {
        if (!isCrash(error)) throw error;
      }
    }
  };
  return {
    async reload(table: string): Promise<number> {
      for (;;) {
        const asked = await running();
        try {
          return await asked.reload(table);
        } catch (error) {
          // Where the other half of capture ended, the connection went with it.
          const reason: unknown = await asked.stop().then(
            () => error,
            (end: unknown) => end,
          );
          if (!isCrash(reason)) throw error;
          capture = null;
        }
      }
    },
    async idle(): Promise<void> {
      for (;;) {
        try {
          await (await running()).idle();
          return;
        } catch (error) {
          // An end while `idle` asks the source is told as the connection that it closed.
          const isClosed = error instanceof TransientError && error.code === 'CAPTURE_CONNECTION_LOST';
          const reason: unknown = isClosed ? await capture?.ended.catch((end: unknown) => end) : error;
          if (!isCrash(reason)) throw error;
          capture = null;
        }
      }
    },
    stop: async () => capture?.stop().catch(() => {}),
  };
}

async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isCrash(error)) throw error;
    }
  }
}

async function ingestAll(ws: Workspace): Promise<void> {
  for (const { table, rejected, error } of await ingestTables(ws.config.tables, ws.ingestDeps)) {
    if (error) throw error;
    if (rejected.length > 0) throw new Error(`${table} rejected ${JSON.stringify(rejected)}`);
  }
}

async function exportAll(ws: Workspace, full: boolean): Promise<void> {
  const [settings] = ws.config.exports;
  for (const { error } of await runExport(ws, settings!, { full })) if (error) throw error;
}
