import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, TransientError } from '../../errors.ts';
import type { SnapshotSpec } from '../../ports.ts';
import type { Session } from './session.ts';
import type { LoadPorts } from './snapshot-load.ts';
import { takeTurn } from './staging.ts';
import { readWatermark } from './watermark.ts';

const RETRY_MS = 250;

/**
 * Finds out what became of a COMMIT whose reply was lost. The old session holds the turn until the server has ended
 * it, so once a new session has the turn, the watermark says for certain what happened. Returns that session when the
 * publish was committed; throws `TransientError` when it was not, or when nobody answers.
 */
export async function settleLostCommit(
  ports: LoadPorts,
  { targetSchema: schema, targetTable: table }: SnapshotSpec,
  exportId: string,
): Promise<Session> {
  const session = await regainTurn(ports, schema, table);
  try {
    const stored = await readWatermark(session, schema, table);
    if (stored?.exportId === exportId) return session;
  } catch (error) {
    session.destroy();
    throw unknown(schema, table, error);
  }
  await session.end();
  throw new TransientError(
    'TARGET_CONNECTION_LOST',
    `The connection was lost while ${schema}.${table} was committed; the table is unchanged. Run the export again.`,
  );
}

async function regainTurn({ connect, patience }: LoadPorts, schema: string, table: string): Promise<Session> {
  const deadline = Date.now() + patience.recoverMs;
  for (;;) {
    let session: Session | undefined;
    try {
      session = await connect();
      await takeTurn(session, schema, table, Math.max(1, deadline - Date.now()));
      return session;
    } catch (error) {
      session?.destroy();
      if (!isTransient(error) || Date.now() > deadline) throw unknown(schema, table, error);
      await sleep(RETRY_MS);
    }
  }
}

function unknown(schema: string, table: string, cause: unknown): TransientError {
  return new TransientError(
    'TARGET_COMMIT_UNKNOWN',
    `The connection was lost while ${schema}.${table} was committed, and whether it was cannot be found out now: the ` +
      'table is either unchanged or completely changed. Run the export again.',
    { cause },
  );
}
