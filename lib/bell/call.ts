import { TerminalError } from '../errors.ts';
import type { ExportRing, Turn } from './export-ring.ts';
import { bodyFields, isName } from './message-body.ts';
import { assertWindow, secondsToWindowEnd, windowIndex } from './window.ts';

/** Everything of a kind, or these by name. */
export type Named = 'all' | readonly string[];

/**
 * What schedules, people and functions ask of the router, as a message of its queue beside the events of the bucket:
 * `{"ring":"all"}`, `{"ring":["customer"]}`, `{"export":["crm"]}`.
 */
export type Call =
  /** Tables look for files. */
  | { readonly ring: Named }
  /** Exports send their snapshots. With `after`: once for all that ask for this window, see `afterIngestCall`. */
  | { readonly export: Named; readonly after?: Extract<Turn, { window: number }> };

/** Names in one call, far below what a message can hold. */
const NAMES_PER_CALL = 100;

/** Names in as few pieces as calls may have, in their order; `all` is one, and of no name there is none. */
export function inCalls(named: Named): Named[] {
  if (named === 'all') return [named];
  const pieces: Named[] = [];
  for (let at = 0; at < named.length; at += NAMES_PER_CALL) pieces.push(named.slice(at, at + NAMES_PER_CALL));
  return pieces;
}

/** The body of a call's message. */
export function callBody(call: Call): string {
  return JSON.stringify(call);
}

/**
 * The call of a function that applied a batch, for an export that follows new batches at most once a window: sent with
 * this delay it reaches the router when the window is over, and the router lets one export in for all of them. Batches
 * of the whole window were applied by then, with the margin that `ringMessage` has, and for its reasons.
 *
 * @param nowMs the clock of whoever applied the batch, read after that
 */
export function afterIngestCall(
  ring: ExportRing,
  nowMs: number,
  windowSeconds: number,
): { readonly body: string; readonly delaySeconds: number } {
  const after = { windowSeconds, window: windowIndex(nowMs, windowSeconds) };
  return {
    body: callBody({ export: [ring.export], after }),
    delaySeconds: secondsToWindowEnd(nowMs, windowSeconds),
  };
}

/**
 * Reads the body of a message in the router's queue. Null for anything that is not meant as a call, such as an event of
 * the bucket. Throws `TerminalError` CALL_UNREADABLE for a call that nobody can follow.
 */
export function parseCall(body: string): Call | null {
  const fields = bodyFields(body);
  if (fields === null || !('ring' in fields || 'export' in fields)) return null;
  const known = 'ring' in fields ? ['ring'] : ['export', 'after'];
  const named = parseNamed(fields[known[0]!]);
  const after = parseAfter(fields.after);
  if (named === null || after === null || Object.keys(fields).some((name) => !known.includes(name))) {
    throw unreadable();
  }
  if ('ring' in fields) return { ring: named };
  return after ? { export: named, after } : { export: named };
}

function parseNamed(value: unknown): Named | null {
  if (value === 'all') return value;
  return Array.isArray(value) && value.length > 0 && value.every(isName) ? value : null;
}

/** Null where it is there and wrong. */
function parseAfter(value: unknown): Extract<Turn, { window: number }> | null | undefined {
  if (value === undefined) return undefined;
  const { windowSeconds, window } = (value ?? {}) as Record<string, unknown>;
  if (typeof windowSeconds !== 'number' || !Number.isSafeInteger(window)) return null;
  try {
    return { windowSeconds: assertWindow(windowSeconds), window: window as number };
  } catch {
    return null;
  }
}

function unreadable(): TerminalError {
  return new TerminalError(
    'CALL_UNREADABLE',
    'A message of the bell queue is no call that can be followed. Send {"ring":"all"}, {"ring":["<table>"]}, {"export":"all"} or {"export":["<export>"]}.',
  );
}
