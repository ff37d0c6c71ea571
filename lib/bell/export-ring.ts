import { TerminalError } from '../errors.ts';
import { type FifoMessage, groupId } from './fifo-message.ts';
import { bodyFields, isName } from './message-body.ts';

/** One export is asked to send its snapshot. */
export interface ExportRing {
  readonly export: string;
}

/**
 * How often the message of an export is tried. An export of very many tables goes on with its next try where its time
 * was over.
 */
export const EXPORT_TRIES = 5;

/** What an export is sent for. Of several messages for one turn the queue lets one in. */
export type Turn =
  /** All batches of a window: its length and its number, see `windowIndex`. */
  | { readonly windowSeconds: number; readonly window: number }
  /** One message, by the id that its queue gave it: asked for by a schedule or a person. */
  | { readonly messageId: string };

/** The message that starts an export. Exports of one name follow each other, others run beside them. */
export function exportMessage(ring: ExportRing, turn: Turn): FifoMessage {
  const group = groupId(ring.export);
  const prefix = 'messageId' in turn ? groupId(turn.messageId) : `${turn.windowSeconds}/${turn.window}`;
  return {
    body: JSON.stringify({ export: ring.export }),
    groupId: group,
    deduplicationId: groupId(`${prefix}/${group}`),
  };
}

/** Reads the body of such a message. Throws `TerminalError` RING_UNREADABLE, without the body, for anything else. */
export function parseExportRing(body: string): ExportRing {
  const name = bodyFields(body)?.export;
  if (isName(name)) return { export: name };
  throw new TerminalError(
    'RING_UNREADABLE',
    'A message of the export queue does not name an export. Only the router sends there: start an export with the command among the outputs of the stack.',
  );
}
