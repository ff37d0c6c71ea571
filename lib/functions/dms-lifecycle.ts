import type { LifecycleRequest } from '../dms/lifecycle-request.ts';
import {
  begin,
  type BeginResponse,
  type CompleteResponse,
  isComplete,
  type LifecycleDeps,
} from '../dms/run-lifecycle.ts';
import { isMap } from '../dms/setting.ts';
import { toPipelineError } from '../errors.ts';
import { fitReason } from './deploy-error.ts';
import { tellFailure } from './tell-failure.ts';

/**
 * Answers a call for the custom resources of a replication. The provider framework calls one function to begin and to
 * go on; what `begin` answers tells them apart. What it throws ends the event, so that none is left
 * without an answer.
 */
export async function dmsLifecycle(
  event: LifecycleRequest,
  deps: LifecycleDeps,
): Promise<BeginResponse | CompleteResponse> {
  const { logger } = deps;
  try {
    const isFirst = event.Lifecycle === undefined;
    const answer = await (isFirst ? begin(event, deps) : isComplete(event, deps));
    logger.info(isFirst ? 'Event begun' : 'Event looked at', { ...factsOf(event), ...outcomeOf(answer) });
    return fitting(answer);
  } catch (error) {
    tellFailure(logger, 'answer an event of a replication', toPipelineError(error), factsOf(event));
    throw error;
  }
}

/** Longest note, in bytes: what DMS says of a failure may be long, and goes into the same answer as a reason. */
const MAX_NOTE_BYTES = 1500;

function fitting(answer: BeginResponse | CompleteResponse): BeginResponse | CompleteResponse {
  if (!('IsComplete' in answer) || !answer.Data) return answer;
  return { ...answer, Data: { ...answer.Data, Note: fitReason(answer.Data.Note, MAX_NOTE_BYTES) } };
}

function factsOf({ RequestType, RequestId, ResourceProperties }: LifecycleRequest) {
  const { Replication: replication, Role: role } = isMap(ResourceProperties) ? ResourceProperties : {};
  return { event: RequestType, request: RequestId, replication, role };
}

function outcomeOf(answer: BeginResponse | CompleteResponse) {
  if (!('IsComplete' in answer)) return {};
  return { complete: answer.IsComplete, ...(answer.Data ? { status: answer.Data.Status } : {}) };
}
