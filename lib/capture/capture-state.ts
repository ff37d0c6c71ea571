import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import { writeDurably } from '../storage/durable-write.ts';
import { formatLsn, parseLsn } from './lsn.ts';
import type { LogPosition } from './log-position.ts';

/** What a capture remembers between its runs, beside the files it writes. */
export interface CaptureState {
  /**
   * `loading`: rows are read into hidden files, and begin anew after a crash. `placing`: all are there and are being
   * moved into place. `following`: the log is read.
   */
  readonly phase: 'loading' | 'placing' | 'following';
  /** Identity of the server and its database. */
  readonly source: string;
  /** Names of the configured tables, sorted. */
  readonly tables: readonly string[];
  readonly position: LogPosition;
  /** The instant in the newest name that a file may have got. */
  readonly lastStamp: string;
}

/** The folder of a slot below the root of the storage: hidden, so that no store lists it. */
export function captureFolder(root: string, slot: string): string {
  return join(root, '.tidemark-capture', slot);
}

const stateFile = (folder: string): string => join(folder, 'state.json');

/** Null when there is none. Throws `TerminalError` CAPTURE_STATE for one that cannot be read. */
export async function readState(folder: string): Promise<CaptureState | null> {
  const text = await readFile(stateFile(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const { position, ...state } = JSON.parse(text) as CaptureState & { position: SavedPosition };
    return {
      ...state,
      position: { ...position, lsn: parseLsn(position.lsn), counter: BigInt(position.counter) },
    };
  } catch (cause) {
    throw new TerminalError(
      'CAPTURE_STATE',
      `${stateFile(folder)} cannot be read. Start over: "tidemark dev capture --drop".`,
      { cause },
    );
  }
}

/** Numbers of 64 bits are text in JSON. */
interface SavedPosition {
  readonly lsn: string;
  readonly committedAt: string;
  readonly counter: string;
}

/** Saves the state so that it survives a power cut. */
export async function saveState(folder: string, state: CaptureState): Promise<void> {
  const { lsn, counter, committedAt } = state.position;
  const position: SavedPosition = { lsn: formatLsn(lsn), committedAt, counter: counter.toString() };
  await mkdir(folder, { recursive: true });
  await writeDurably(stateFile(folder), (path) =>
    writeFile(path, `${JSON.stringify({ ...state, position }, null, 2)}\n`),
  );
}

/** Forgets everything about a slot. */
export async function removeState(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
