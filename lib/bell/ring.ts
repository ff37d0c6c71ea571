import { TerminalError } from '../errors.ts';
import { type FifoMessage, groupId } from './fifo-message.ts';
import { bodyFields, isName } from './message-body.ts';
import { windowIndex } from './window.ts';

/** One table is asked to look for files. It says nothing about which: whoever gets it lists the folder. */
export interface Ring {
  readonly table: string;
}

/**
 * The message that rings a table's bell. Its id is the table and the window that the clock is in: however many files
 * arrive in a window, one message is let in.
 *
 * No last file is missed. Let a ring be left out as a repetition at time `b`, because one of the same window was sent
 * at `a`. Their clocks read the same window, so `b - a < window + margin` (`CLOCK_MARGIN_SECONDS`, how far clocks may
 * be apart). The message sent at `a` is delivered at `a + window + margin` or later (`ringDelaySeconds`), that is after
 * `b`, when the file of `b` was there. A function that rings for itself is past that moment too, so its ring falls into
 * a later window. An id repeated after SQS forgot it (five minutes) only rings once more.
 *
 * @param nowMs the clock of whoever rings, milliseconds since 1970, read when the file was there already
 */
export function ringMessage(ring: Ring, nowMs: number, windowSeconds: number): FifoMessage {
  const group = groupId(ring.table);
  const window = windowIndex(nowMs, windowSeconds);
  return {
    body: JSON.stringify({ table: ring.table }),
    groupId: group,
    // With the length, so that no window of another length, from before a deploy, has the same id.
    deduplicationId: `${windowSeconds}/${window}/${group}`,
  };
}

/** Reads the body of such a message. Throws `TerminalError` RING_UNREADABLE, without the body, for anything else. */
export function parseRing(body: string): Ring {
  const table = bodyFields(body)?.table;
  if (isName(table)) return { table };
  throw new TerminalError(
    'RING_UNREADABLE',
    'A message of the ingest queue does not name a table. Only the router sends there: ring a table with the command among the outputs of the stack.',
  );
}
