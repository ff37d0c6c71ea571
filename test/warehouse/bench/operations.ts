import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Call,
  type TCloseOperationResp,
  type TGetOperationStatusResp,
  type TOperationHandle,
  type TTableSchema,
  thriftTypes,
} from './driver-parts.ts';
import { displayMessage, STATEMENT_TIMEOUT_STATE, statementTimeoutMessage } from './error-messages.ts';
import { type Failure, failedOperation, isRunning, success } from './status.ts';

/** One statement the bridge was asked to run. `outcome` is what the client has been told, or would be if it asked. */
export interface StatementRecord {
  /** As the client sent it. */
  readonly sql: string;
  readonly sessionId: string;
  readonly sessionConf: Readonly<Record<string, string>>;
  /** The session's tags, and the statement's own over them. */
  readonly queryTags: Readonly<Record<string, string | null>>;
  readonly parameters: readonly (string | null)[];
  readonly userAgent: string;
  outcome: 'running' | 'finished' | 'failed' | 'canceled' | 'timed-out';
}

/** What the bridge knows of an operation of Spark's. */
export interface Operation {
  readonly handle: TOperationHandle;
  readonly record: StatementRecord | null;
  /** Set once a fault or the time limit decided how the operation ends. */
  verdict: Failure | null;
  schema: TTableSchema | null;
  limit: NodeJS.Timeout | null;
}

/** Operations by handle. Handles the bridge has not seen (of metadata calls) are welcome too. */
export interface Operations {
  add(handle: TOperationHandle, record: StatementRecord | null): Operation;
  find(handle: TOperationHandle): Operation;
  /** As the driver is to see it: time limit, faults and messages applied. */
  status(operation: Operation): Promise<TGetOperationStatusResp>;
  /** Waits for the end, at most `waitMs`. */
  settle(operation: Operation, waitMs: number): Promise<TGetOperationStatusResp>;
  /** Cancels the operation and has it fail once `seconds` have passed, if it still runs then. Zero: never. */
  limit(operation: Operation, seconds: number): void;
  cancel(operation: Operation): Promise<TCloseOperationResp>;
  close(operation: Operation): Promise<TCloseOperationResp>;
}

const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 50;

/** Keeps the operations of one bridge; `call` reaches Spark. */
export function createOperations(call: Call): Operations {
  const known = new Map<string, Operation>();
  const keyOf = (handle: TOperationHandle) => handle.operationId.guid.toString('hex');
  const add = (handle: TOperationHandle, record: StatementRecord | null): Operation => {
    const operation: Operation = { handle, record, verdict: null, schema: null, limit: null };
    known.set(keyOf(handle), operation);
    return operation;
  };
  // Spark may not know an operation that was failed on purpose, and ends a canceled one in a way of its own.
  const tell = async (method: string, { handle, verdict }: Operation): Promise<TCloseOperationResp> => {
    const response = await call<TCloseOperationResp>(method, { operationHandle: handle });
    return verdict === null ? response : { status: success() };
  };
  return {
    add,
    find: (handle) => known.get(keyOf(handle)) ?? add(handle, null),
    status: (operation) => operationStatus(call, operation),
    settle: (operation, waitMs) => settle(call, operation, waitMs),
    limit: (operation, seconds) => {
      if (seconds <= 0) return;
      operation.limit = setTimeout(() => timeOut(call, operation, seconds).catch(() => {}), seconds * 1_000);
      operation.limit.unref();
    },
    cancel: (operation) => tell('CancelOperation', operation),
    close: (operation) => {
      if (operation.limit) clearTimeout(operation.limit);
      known.delete(keyOf(operation.handle));
      return tell('CloseOperation', operation);
    },
  };
}

async function operationStatus(call: Call, operation: Operation): Promise<TGetOperationStatusResp> {
  if (operation.verdict !== null) return failedOperation(operation.verdict);
  const request = { operationHandle: operation.handle };
  const response = await call<TGetOperationStatusResp>('GetOperationStatus', request);
  // The time limit may have passed while Spark was answering.
  if (operation.verdict !== null) return failedOperation(operation.verdict);
  if (response.errorMessage) response.displayMessage = displayMessage(response.errorMessage);
  if (!isRunning(response)) end(operation, outcomeOf(response));
  return response;
}

async function settle(call: Call, operation: Operation, waitMs: number): Promise<TGetOperationStatusResp> {
  const deadline = Date.now() + waitMs;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
    const response = await operationStatus(call, operation);
    if (!isRunning(response) || Date.now() >= deadline) return response;
    await sleep(pollMs);
  }
}

async function timeOut(call: Call, operation: Operation, seconds: number): Promise<void> {
  if (!isRunning(await operationStatus(call, operation))) return;
  operation.verdict = { sqlState: STATEMENT_TIMEOUT_STATE, message: statementTimeoutMessage(seconds) };
  end(operation, 'timed-out');
  await call('CancelOperation', { operationHandle: operation.handle });
}

function outcomeOf({ operationState }: TGetOperationStatusResp): StatementRecord['outcome'] {
  const { FINISHED_STATE, CANCELED_STATE, CLOSED_STATE } = thriftTypes.TOperationState;
  if (operationState === FINISHED_STATE) return 'finished';
  return operationState === CANCELED_STATE || operationState === CLOSED_STATE ? 'canceled' : 'failed';
}

function end(operation: Operation, outcome: StatementRecord['outcome']): void {
  if (operation.limit) clearTimeout(operation.limit);
  operation.limit = null;
  if (operation.record) operation.record.outcome = outcome;
}
