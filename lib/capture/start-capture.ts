import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystemClock } from '../clock.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { tableFolders } from '../config/paths.ts';
import { openDuckdb } from '../engines/duckdb/engine.ts';
import { TerminalError, TransientError } from '../errors.ts';
import { type Clock, type Faults, type Logger, NO_FAULTS, SILENT_LOGGER } from '../ports.ts';
import type { CaptureContext, CapturedFile } from './capture-context.ts';
import { captureNames } from './capture-names.ts';
import { captureFolder, type CaptureState } from './capture-state.ts';
import { followLog, type LogFollower } from './follow-log.ts';
import { reloadTable } from './full-load.ts';
import { type LogStream, openLogStream } from './log-stream.ts';
import { endOfLog, parseLsn } from './lsn.ts';
import { warnOncePerColumn } from './once-per-column.ts';
import { prepareCapture } from './prepare-capture.ts';
import { openSourceSession, sourceAddress, type SourceSession } from './source-session.ts';

/** What to capture, from where, to where. */
export interface CaptureOptions {
  readonly config: Config;
  /** URL of the source: `postgres://user:password@host:port/database`. Never printed. */
  readonly source: string;
  /** @default all tables of the configuration */
  readonly tables?: readonly TableConfig[];
  /** Absolute folder below which the tables' folders are. @default the root of the configuration's local storage */
  readonly root?: string;
  /** @default tidemark_<name of the pipeline> */
  readonly slot?: string;
  /** @default as the slot */
  readonly publication?: string;
  /** Longest time that a committed change waits for its file, in milliseconds. @default 60000, as DMS */
  readonly intervalMs?: number;
  /** Rows of one table that make a file before the interval is over. @default 100000 */
  readonly maxRows?: number;
  /** Bytes of text of one table that do. @default 32 MB */
  readonly maxBytes?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly faults?: Faults;
  /** Told of each file that is in its place. */
  readonly onFile?: (file: CapturedFile) => void;
}

/** A capture that runs. */
export interface Capture {
  /** Settles after `stop`; rejects when capture broke: `TransientError` when starting again may help. */
  readonly ended: Promise<void>;
  /** Everything that was committed at the source before the call is in files when it settles. */
  idle(): Promise<void>;
  /**
   * Reads a table again into load files, after `tidemark reload` began for it; its changes go on meanwhile. Ingest what
   * waits before: a load file that still waits is replaced. Settles with the rows read, when their files are in place.
   * One at a time. Throws `TerminalError` CAPTURE_TABLE for a table that is not captured.
   */
  reload(table: string): Promise<number>;
  /** Puts what was read into files, tells the source, and closes. The next start goes on from there. Safe to repeat. */
  stop(): Promise<void>;
}

const MEGABYTE = 1024 * 1024;
/** How long a lost connection is given to be explained by the end of capture. */
const END_WAIT_MS = 1_000;
const DEFAULTS = { intervalMs: 60_000, maxRows: 100_000, maxBytes: 32 * MEGABYTE };

/**
 * Reads a PostgreSQL source through its own logical decoding and writes what DMS would, for development and tests: a
 * full load first, at the state right before the first change, then every change in the order of commits. Settles when
 * the load is in place and the log is followed. A start after any end, a kill included, goes on where it was: no change
 * is lost, some may come again in another file, with the same commit time and change sequence.
 *
 * Makes a replication slot and a publication at the source and changes nothing else there. Throws `TerminalError`
 * CAPTURE_REFUSED with every reason why the source cannot be captured, and others named in docs/capture.md.
 *
 * One capture of a slot runs at a time: `TransientError` CAPTURE_BUSY for a second one.
 */
export async function startCapture(options: CaptureOptions): Promise<Capture> {
  const closing: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close().catch(() => undefined);
  };
  try {
    const duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
    closing.push(() => duckdb.close());
    // As DMS writes them.
    await duckdb.execute('set preserve_insertion_order = true');
    const context = createContext(options, duckdb);
    const session = await openSourceSession(context.address);
    closing.push(() => session.end());
    const state = await prepareCapture(context, session);
    const stream = await openStream(context, state);
    closing.push(() => stream.end());
    const follower = await followLog({ context, state, stream, session });
    return createCapture(context, session, follower, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function createContext(options: CaptureOptions, duckdb: CaptureContext['duckdb']): CaptureContext {
  const { config, logger = SILENT_LOGGER } = options;
  const root = options.root ?? localRoot(config);
  const names = captureNames(config, options);
  return {
    ...names,
    address: sourceAddress(options.source),
    tables: options.tables ?? config.tables,
    folder: captureFolder(root, names.slot),
    incoming: (table) => join(root, tableFolders(config, table).incoming),
    duckdb,
    bounds: {
      maxRows: options.maxRows ?? DEFAULTS.maxRows,
      maxBytes: options.maxBytes ?? DEFAULTS.maxBytes,
    },
    intervalMs: options.intervalMs ?? DEFAULTS.intervalMs,
    clock: options.clock ?? createSystemClock(),
    logger,
    faults: options.faults ?? NO_FAULTS,
    onFile: options.onFile ?? (() => {}),
    onLossy: warnOncePerColumn(logger),
  };
}

/** Throws `TerminalError` CAPTURE_NOT_LOCAL for a configuration whose files are not on this machine. */
export function localRoot({ storage }: Pick<Config, 'storage'>): string {
  if (storage.kind === 'local') return storage.root;
  throw new TerminalError(
    'CAPTURE_NOT_LOCAL',
    `Capture writes into folders of this machine, and the storage is "${storage.kind}". Use "storage: {kind: local}"; where tables are deployed, DMS does this.`,
  );
}

const STREAM_TRIES = 50;
const STREAM_PAUSE_MS = 200;

/** A reader that was killed may have the slot for a moment longer. */
async function openStream(context: CaptureContext, { position }: CaptureState): Promise<LogStream> {
  for (let left = STREAM_TRIES; ; left -= 1) {
    try {
      return await openLogStream({ ...context, lsn: position.lsn });
    } catch (error) {
      const isTaken = error instanceof TransientError && error.context.sqlState === '55006';
      if (left === 0 || !isTaken) throw error;
      await sleep(STREAM_PAUSE_MS);
    }
  }
}

function createCapture(
  context: CaptureContext,
  session: SourceSession,
  follower: LogFollower,
  closeAll: () => Promise<void>,
): Capture {
  const ended = follower.ended.finally(closeAll);
  // Whoever does not ask for the end is told by `idle` and `stop`.
  ended.catch(() => {});
  return {
    ended,
    idle: async () => {
      const asked = session.query(
        'asking for the end of the log',
        'select pg_catalog.pg_current_wal_insert_lsn()::text as lsn',
      );
      // Where capture ends meanwhile, the connection goes with it; what counts is why capture ended.
      const [row] = await asked.catch(async (error: unknown) => {
        await Promise.race([ended, sleep(END_WAIT_MS)]);
        throw error;
      });
      await follower.reach(endOfLog(parseLsn(row?.lsn ?? '')));
    },
    reload: async (name) => {
      const table = context.tables.find((one) => one.name === name);
      if (table) return reloadTable(context, table);
      throw new TerminalError('CAPTURE_TABLE', `Table ${JSON.stringify(name)} is not captured.`);
    },
    stop: async () => {
      await follower.stop();
      await ended;
    },
  };
}
