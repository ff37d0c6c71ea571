import { callBody, inCalls } from '../bell/call.ts';
import { BELL_ENVIRONMENT } from '../bell/environment.ts';
import { CLOCK_MARGIN_SECONDS } from '../bell/window.ts';
import type { Config } from '../config/config.ts';
import { addSeconds } from '../instant.ts';
import type { LastClaim } from '../ledger/survey-ledger.ts';
import { attributeFiles } from '../operations/attribute-files.ts';
import { parseWorker } from '../worker.ts';
import type { Workspace } from '../workspace.ts';
import { deployedValue } from './environment.ts';
import type { FunctionScope } from './function-scope.ts';
import type { TableLook } from './sweep-look.ts';

/** How long the event of a file may take to reach the bell, in seconds. S3 promises minutes at most, mostly seconds. */
const LATENESS_SECONDS = 300;

/** Before this instant a file must have arrived to be overdue: its bell's window is over, and its event cannot be late. */
export function overdueBefore({ cloud }: Config, now: string): string {
  return addSeconds(now, -(cloud.ingest.windowSeconds + CLOCK_MARGIN_SECONDS + LATENESS_SECONDS));
}

/** Rings for tables. Who has been rung for anyway looks once more and finds nothing. */
export async function ringTables(
  { env, queues }: Pick<FunctionScope, 'env' | 'queues'>,
  tables: readonly string[],
): Promise<void> {
  const url = deployedValue({ env }, BELL_ENVIRONMENT.bellQueueUrl);
  await queues.send(
    url,
    inCalls(tables).map((ring) => ({ body: callBody({ ring }) })),
  );
}

/**
 * Tables for whose overdue files nobody had rung: nobody works on them, and nobody began to after the newest of those
 * files was there. A run that began then and left the file is a failure, which is told elsewhere.
 *
 * @param rungAt ISO instant of our own ring, whose run is no proof
 */
export async function missedBells(
  ws: Workspace,
  overdue: readonly TableLook[],
  rungAt: string,
): Promise<string[]> {
  const claims = (await ws.ledger.exists()) ? await ws.ledger.claims() : [];
  const claimOf = new Map(claims.map((claim) => [claim.table, claim]));
  return overdue
    .filter(({ table, newestOverdueAt }) => !wasRung(claimOf.get(table), newestOverdueAt ?? '', rungAt))
    .map(({ table }) => table);
}

function wasRung(claim: LastClaim | undefined, arrivedAt: string, rungAt: string): boolean {
  if (!claim?.owner) return false;
  const since = parseWorker(claim.owner)?.since;
  if (since === undefined) return claim.isHeld;
  return since < rungAt && (claim.isHeld || since >= arrivedAt);
}

/** Of the overdue files of a table those that were applied, so that only their move is missing. */
export async function halfDoneMoves(ws: Workspace, { table, overdue }: TableLook): Promise<number> {
  if (!(await ws.ledger.exists())) return 0;
  const files = await attributeFiles(ws, ws.table(table), overdue);
  return files.filter(({ appliedIn }) => appliedIn !== null).length;
}
