import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { pgsql } from '../sources/quote.ts';
import { type LogItem, ItemQueue } from './item-queue.ts';
import { createMessageParser } from './log-message.ts';
import { formatLsn } from './lsn.ts';
import { toSourceError } from './source-error.ts';
import { openSourceSession, type SourceAddress } from './source-session.ts';

/** The log of a slot as it is written, until it is ended. */
export interface LogStream {
  /** The next item, or null when the stream was ended. Rejects, and goes on rejecting, when it broke. */
  next(): Promise<LogItem | null>;
  /** Tells the server that everything committed before `lsn` is safe; it may then forget the log before it. */
  confirm(lsn: bigint): void;
  /** Asks the server how far it has read the log; an `alive` item answers. */
  ask(): void;
  end(): Promise<void>;
}

export interface LogStreamOptions {
  readonly address: SourceAddress;
  readonly slot: string;
  readonly publication: string;
  /** Where to begin. The server begins later where it was told that more is safe. */
  readonly lsn: bigint;
}

const XLOG_DATA = 0x77;
const KEEPALIVE = 0x6b;
const DATA_HEADER_BYTES = 25;
const PING_BYTES = 34;

/** The driver's connection, which can send while it receives. */
interface CopyConnection extends EventEmitter {
  readonly stream: Duplex;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** Opens the stream. Throws `TransientError` when another session still has the slot. */
export async function openLogStream(options: LogStreamOptions): Promise<LogStream> {
  const session = await openSourceSession(options.address, true);
  const connection = session.raw.connection as unknown as CopyConnection;
  const queue = new ItemQueue(connection.stream);
  const doing = `reading the log of slot ${options.slot}`;
  const fail = (error: unknown): void => queue.fail(toSourceError(error, doing));
  session.raw.on('error', fail);
  const started = new Promise<void>((settle) => connection.once('replicationStart', () => settle()));
  let confirmed = options.lsn;
  const parse = createMessageParser();
  connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
    try {
      if (chunk[0] === XLOG_DATA) {
        const message = parse(chunk.subarray(DATA_HEADER_BYTES));
        queue.push({ kind: 'message', message }, chunk.length);
      } else if (chunk[0] === KEEPALIVE) {
        if (chunk[17] === 1) connection.sendCopyFromChunk(statusUpdate(confirmed, false));
        queue.push({ kind: 'alive', lsn: chunk.readBigUInt64BE(1) }, chunk.length);
      }
    } catch (error) {
      fail(error);
    }
  });
  const over = session.raw.query(startReplication(options)).then(
    () => fail(new Error('the server ended the stream')),
    (error: unknown) => {
      fail(error);
      throw toSourceError(error, doing);
    },
  );
  await Promise.race([started, over]).catch(async (error: unknown) => {
    await session.end();
    throw error;
  });
  over.catch(() => {});
  return {
    next: () => queue.next(),
    confirm: (lsn) => {
      if (lsn > confirmed) confirmed = lsn;
      connection.sendCopyFromChunk(statusUpdate(confirmed, false));
    },
    ask: () => connection.sendCopyFromChunk(statusUpdate(confirmed, true)),
    end: async () => {
      queue.end();
      connection.stream.resume();
      await session.end();
    },
  };
}

/** Transactions come whole and after their commit: streaming of unfinished ones is a matter of later versions. */
function startReplication({ slot, publication, lsn }: LogStreamOptions): string {
  const publications = pgsql.literal(pgsql.name(publication));
  return `START_REPLICATION SLOT ${pgsql.name(slot)} LOGICAL ${formatLsn(lsn)} (proto_version '1', publication_names ${publications})`;
}

/**
 * The positions are where the next byte to be read is, and are sent as they are: one more would make the server pass
 * over a commit that begins right there.
 * @see https://www.postgresql.org/docs/current/protocol-replication.html
 */
function statusUpdate(lsn: bigint, answer: boolean): Buffer {
  const update = Buffer.alloc(PING_BYTES);
  update[0] = 0x72;
  for (const offset of [1, 9, 17]) update.writeBigUInt64BE(lsn, offset);
  const sinceMillennium = BigInt(Date.now() - Date.UTC(2000, 0, 1)) * 1000n;
  update.writeBigInt64BE(sinceMillennium, 25);
  update[33] = answer ? 1 : 0;
  return update;
}
