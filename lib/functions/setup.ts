import type { FunctionScope } from './function-scope.ts';
import { type LakehouseEvent, parseLakehouseEvent } from '../lakehouse/lakehouse-event.ts';
import { type Begun, type Progress, settleLakehouse } from '../lakehouse/settle-lakehouse.ts';
import type { UnityClient } from '../lakehouse/unity-client.ts';
import type { Workspace } from '../workspace.ts';
import { makeCatalog } from './setup-catalog.ts';

export interface SetupFunctionDeps {
  /** Milliseconds until this call is ended. */
  readonly timeLeft: () => number;
  /** Opens the REST interface of the workspace; its secrets are read then. */
  readonly connect: (ws: Workspace) => Promise<UnityClient>;
}

/**
 * Answers a call for the custom resources of the lakehouse: storage credential, external location, and what `tidemark
 * setup` makes. The provider framework calls one function to begin and to go on. Nothing is opened and no secret is read
 * where nothing is asked of Databricks, so that a stack can be deleted when the workspace is gone. What it throws ends
 * the event.
 */
export async function setupLakehouse(
  scope: FunctionScope,
  event: unknown,
  { timeLeft, connect }: SetupFunctionDeps,
): Promise<Begun | Progress> {
  const parsed = parseLakehouseEvent(event);
  const now = (): Date => new Date(scope.clock.now());
  const facts = { event: parsed.requestType, step: parsed.step.kind };
  const answer = await settleLakehouse(parsed, {
    client: whenAsked(async () => connect(await scope.workspace(timeLeft))),
    now,
    setup: () => makeCatalog(scope, { timeLeft, waitedMs: waitedMs(parsed, now()) }),
  });
  if ('IsComplete' in answer) scope.logger.info('Event looked at', { ...facts, complete: answer.IsComplete });
  else scope.logger.info('Event begun', facts);
  return answer;
}

function waitedMs({ startedAt }: LakehouseEvent, now: Date): number {
  return startedAt === null ? 0 : now.getTime() - startedAt.getTime();
}

/** A client that is connected by its first request. */
function whenAsked(connect: () => Promise<UnityClient>): UnityClient {
  let client: Promise<UnityClient> | null = null;
  return {
    async request(...asked) {
      client ??= connect();
      return (await client).request(...asked);
    },
  };
}
