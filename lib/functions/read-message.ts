import { parseBucketEvent } from '../bell/bucket-event.ts';
import { type Call, type Named, parseCall } from '../bell/call.ts';
import { exportMessage } from '../bell/export-ring.ts';
import type { FifoMessage } from '../bell/fifo-message.ts';
import { ringMessage } from '../bell/ring.ts';
import { isCandidate } from '../changes/file-name.ts';
import type { Config, ExportConfig } from '../config/config.ts';
import type { LocatedKey } from '../config/locate-key.ts';
import { TerminalError } from '../errors.ts';
import type { QueueRecord } from './queue-batch.ts';

/** What messages of the bell are read with. */
export interface Reading {
  readonly config: Config;
  readonly locate: (key: string) => LocatedKey | null;
  readonly nowMs: number;
  readonly windowSeconds: number;
}

/** A queue that the router sends to. */
export type Destination = 'rings' | 'exports' | 'networkExports';

/** What a message of the bell asks for. */
export interface Wanted {
  readonly sends: readonly { readonly to: Destination; readonly message: FifoMessage }[];
  /** What of it nobody can do; the rest is done. */
  readonly problem: TerminalError | null;
}

/**
 * Reads a message of the bell: an event of the bucket, or a call. What arrives elsewhere than in the incoming folder of
 * a table is nothing to do, and neither are hidden files and paused tables. Throws `TerminalError` CALL_UNREADABLE or
 * EVENT_UNREADABLE, without the body.
 */
export function readMessage(reading: Reading, { messageId, body }: QueueRecord): Wanted {
  const call = parseCall(body);
  if (call) return 'ring' in call ? ringsOf(reading, call.ring) : exportsOf(reading.config, call, messageId);
  const arrivals = parseBucketEvent(body);
  if (arrivals === null) {
    throw new TerminalError(
      'EVENT_UNREADABLE',
      'A message of the bell queue is neither an event of a bucket nor a call. Find out who sends to the queue: only the bucket, schedules, functions and people with the commands among the outputs of the stack should.',
    );
  }
  const own = arrivals.filter(({ bucket }) => bucket === reading.config.bucket);
  const located = own.flatMap(({ keys }) => keys.map(reading.locate)).filter((found) => found !== null);
  const waiting = located.filter(({ place, path }) => place === 'incoming' && isCandidate(path));
  const names = new Set(waiting.filter(({ table }) => !table.paused).map(({ table }) => table.name));
  return { sends: ringAll(reading, [...names]), problem: null };
}

function ringAll({ nowMs, windowSeconds }: Reading, tables: readonly string[]): Wanted['sends'] {
  return tables.map((table) => ({ to: 'rings', message: ringMessage({ table }, nowMs, windowSeconds) }));
}

function ringsOf(reading: Reading, ring: Named): Wanted {
  const { tables } = reading.config;
  const { chosen, unknown } = choose(tables, ring);
  const names = chosen.filter(({ paused }) => !paused).map(({ name }) => name);
  return { sends: ringAll(reading, names), problem: unknownNames('table', unknown, tables) };
}

function exportsOf(
  { exports }: Pick<Config, 'exports'>,
  call: Extract<Call, { export: Named }>,
  messageId: string,
): Wanted {
  const { chosen, unknown } = choose(exports, call.export);
  const sends = chosen.map((one) => ({
    to: destinationOf(one),
    message: exportMessage({ export: one.name }, call.after ?? { messageId }),
  }));
  return { sends, problem: unknownNames('export', unknown, exports) };
}

function destinationOf({ trigger }: ExportConfig): Destination {
  return trigger.inNetwork ? 'networkExports' : 'exports';
}

function choose<T extends { readonly name: string }>(
  all: readonly T[],
  named: Named,
): { chosen: readonly T[]; unknown: readonly string[] } {
  if (named === 'all') return { chosen: all, unknown: [] };
  const unknown = named.filter((name) => !all.some((one) => one.name === name));
  return { chosen: all.filter(({ name }) => named.includes(name)), unknown };
}

/** Names that a message may hold by the dozen. */
const SHOWN = 10;

function unknownNames(
  kind: 'table' | 'export',
  unknown: readonly string[],
  all: readonly { readonly name: string }[],
): TerminalError | null {
  if (unknown.length === 0) return null;
  const quoted = unknown.slice(0, SHOWN).map((name) => JSON.stringify(name));
  const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : '';
  const known =
    all.length === 0
      ? 'There are none'
      : `There are: ${all
          .slice(0, 50)
          .map(({ name }) => name)
          .join(', ')}`;
  return new TerminalError(
    `UNKNOWN_${kind.toUpperCase()}`,
    `A call names the ${kind} ${quoted.join(', ')}${more}, which the configuration of the pipeline does not have. ${known}. Call again with another name, or deploy the configuration that has it.`,
  );
}
