import { from as copyFrom } from 'pg-copy-streams';
import { TerminalError } from '../../errors.ts';
import { toTargetError } from './errors.ts';
import { quoteList } from './quote.ts';
import type { Session } from './session.ts';

/** One COPY of an export. */
export interface CopyJob {
  /** Quoted staging table. */
  readonly staging: string;
  /** Target table in words, for messages. */
  readonly table: string;
  readonly columns: readonly string[];
  readonly connections: number;
  readonly open: () => Promise<Session>;
}

/**
 * Sends blocks of COPY text over up to `connections` connections, each opened when there is a block for it. A block
 * is taken only when a connection has room, so memory stays bounded. The first failure cuts every connection and
 * ends the source; what was sent stays in staging and is of no use.
 */
export async function copyRows(job: CopyJob, blocks: AsyncIterable<string>): Promise<number> {
  const source = takeTurns(blocks);
  const sessions: Session[] = [];
  let failure: unknown;
  const worker = async (): Promise<number> => {
    try {
      return await copyOver(job, source.next, sessions);
    } catch (error) {
      failure ??= error;
      for (const session of sessions) session.destroy();
      return 0;
    }
  };
  const counts = await Promise.all(Array.from({ length: Math.max(1, job.connections) }, worker));
  if (failure === undefined) {
    await Promise.all(sessions.map((session) => session.end()));
    return counts.reduce((sum, count) => sum + count, 0);
  }
  await source.stop();
  throw toTargetError(failure, { doing: 'copying rows for', where: job.table });
}

async function copyOver(
  job: CopyJob,
  next: () => Promise<string | null>,
  sessions: Session[],
): Promise<number> {
  const first = await next();
  if (first === null) return 0;
  const session = await job.open();
  sessions.push(session);
  const sql = `copy ${job.staging} (${quoteList(job.columns)}) from stdin with (format text, encoding 'UTF8')`;
  const writer = copyWriter(session, sql);
  for (let block: string | null = first; block !== null; block = await next()) {
    const bytes = Buffer.from(block.endsWith('\n') ? block : `${block}\n`);
    const nul = bytes.indexOf(0);
    if (nul >= 0) throw textHasNul(job, bytes, nul);
    await writer.write(bytes);
  }
  return writer.finish();
}

interface CopyWriter {
  /** Resolves when there is room for more. */
  write(bytes: Buffer): Promise<void>;
  /** Resolves with the server's row count when it has all rows. */
  finish(): Promise<number>;
}

/** The stream never answers a write on a lost connection; so every wait here also ends with the stream's error. */
function copyWriter(session: Session, sql: string): CopyWriter {
  const stream = session.raw.query(copyFrom(sql));
  let error: unknown;
  let finished = false;
  let wake = () => {};
  const change = () => new Promise<void>((resolve) => (wake = resolve));
  stream.on('drain', () => wake());
  stream.on('finish', () => {
    finished = true;
    wake();
  });
  stream.on('error', (cause) => {
    error ??= cause;
    wake();
  });
  return {
    async write(bytes) {
      if (error === undefined && !stream.write(bytes)) {
        while (stream.writableNeedDrain && error === undefined) await change();
      }
      if (error !== undefined) throw error;
    },
    async finish() {
      stream.end();
      while (!finished && error === undefined) await change();
      if (error !== undefined) throw error;
      return stream.rowCount;
    },
  };
}

/** Lets several workers take from one iterable, one at a time; empty blocks are passed over. */
function takeTurns(blocks: AsyncIterable<string>): { next(): Promise<string | null>; stop(): Promise<void> } {
  const iterator = blocks[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  let ended = false;
  const pull = async (): Promise<string | null> => {
    while (!ended) {
      const { done, value } = await iterator.next();
      if (done) ended = true;
      else if (value !== '') return value;
    }
    return null;
  };
  return {
    next() {
      const mine = turn.then(pull);
      turn = mine.catch(() => {
        ended = true;
      });
      return mine;
    },
    async stop() {
      if (ended) return;
      ended = true;
      await iterator.return?.();
    },
  };
}

function textHasNul({ table, columns }: CopyJob, bytes: Buffer, nul: number): TerminalError {
  const lineStart = bytes.lastIndexOf(10, nul) + 1;
  // Tabs inside values are escaped, so a tab always parts two columns.
  const index = bytes.subarray(lineStart, nul).reduce((tabs, byte) => (byte === 9 ? tabs + 1 : tabs), 0);
  let rows = 0;
  for (let at = nul; at >= 0; at = bytes.indexOf(0, bytes.indexOf(10, at))) rows += 1;
  return new TerminalError(
    'TEXT_HAS_NUL',
    `Table ${table}: column ${JSON.stringify(columns[index])} holds a NUL character (U+0000) in at least ${rows} row(s), ` +
      'which Postgres text cannot hold. The target is unchanged. Remove the character at the source, or declare the ' +
      'column as binary.',
    { context: { table, column: columns[index], rows } },
  );
}
