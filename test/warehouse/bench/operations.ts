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
import { type Failure, failedOperation, isRunning, runningOperation, success } from './status.ts';

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
  /** When it was asked for, milliseconds since 1970. */
  readonly startedAt: number;
  /** When its end was known; null before, and for one that never reached Spark. */
  endedAt: number | null;
  outcome: 'running' | 'finished' | 'failed' | 'canceled' | 'timed-out';
}

/** What the bridge knows of an operation of Spark's. */
export interface Operation {
  readonly handle: TOperationHandle;
  readonly record: StatementRecord | null;
  /** Resolves once it is known how it ends; rejects when Spark cannot be reached any more. */
  readonly over: Promise<unknown>;
  /** How it ended by what Spark says, or null. */
  end: TGetOperationStatusResp | null;
  /** How it is to end by what the bridge decided, or null. Goes before `end`. */
  verdict: Failure | null;
  schema: TTableSchema | null;
  limit: NodeJS.Timeout | null;
}

/** Operations by handle. Handles the bridge has not seen (of metadata calls) are welcome too. */
export interface Operations {
  add(handle: TOperationHandle, record: StatementRecord | null): Operation;
  /** An operation that Spark knows nothing of and that has failed already. */
  addFailed(handle: TOperationHandle, failure: Failure): Operation;
  find(handle: TOperationHandle): Operation;
  /** Waits for the end, at most `waitMs`, and says how things stand then, as the driver is to see it. */
  settle(operation: Operation, waitMs: number): Promise<TGetOperationStatusResp>;
  /** Cancels the operation and has it fail once `seconds` have passed, if it still runs then. Zero: never. */
  limit(operation: Operation, seconds: number): void;
  cancel(operation: Operation): Promise<TCloseOperationResp>;
  close(operation: Operation): Promise<TCloseOperationResp>;
  /** Cancels everything that runs, and forgets it: whoever asks for any of it hears that it is none. */
  loseAll(): Promise<void>;
  isLost(handle: TOperationHandle): boolean;
}

/** Spark itself holds back the answer for some seconds while nothing changes; this is only against a busy loop. */
const POLL_MS = 10;

/** Keeps the operations of one bridge; `call` reaches Spark. */
export function createOperations(call: Call): Operations {
  const known = new Map<string, Operation>();
  const lost = new Set<string>();
  const keyOf = (handle: TOperationHandle) => handle.operationId.guid.toString('hex');
  const keep = (operation: Operation): Operation => {
    known.set(keyOf(operation.handle), operation);
    return operation;
  };
  const add = (handle: TOperationHandle, record: StatementRecord | null) => keep(watch(call, handle, record));
  // Spark may not know an operation that was failed on purpose.
  const tell = async (method: string, { handle, verdict }: Operation): Promise<TCloseOperationResp> => {
    const response = await call<TCloseOperationResp>(method, { operationHandle: handle });
    return verdict === null ? response : { status: success() };
  };
  return {
    add,
    addFailed: (handle, verdict) =>
      keep({ handle, record: null, over: Promise.resolve(), end: null, verdict, schema: null, limit: null }),
    find: (handle) => known.get(keyOf(handle)) ?? add(handle, null),
    settle,
    limit: (operation, seconds) => {
      if (seconds <= 0) return;
      const timeOut = () => failInTime(call, operation, seconds).catch(() => {});
      operation.limit = setTimeout(timeOut, seconds * 1_000).unref();
    },
    cancel: (operation) => tell('CancelOperation', operation),
    close: (operation) => {
      if (operation.limit) clearTimeout(operation.limit);
      known.delete(keyOf(operation.handle));
      return tell('CloseOperation', operation);
    },
    loseAll: async () => {
      const all = [...known.values()];
      for (const { handle } of all) lost.add(keyOf(handle));
      known.clear();
      await Promise.all(
        all.filter(({ end }) => end === null).map((running) => tell('CancelOperation', running)),
      );
    },
    isLost: (handle) => lost.has(keyOf(handle)),
  };
}

function watch(call: Call, handle: TOperationHandle, record: StatementRecord | null): Operation {
  const over = awaitEnd(call, handle).then(
    (response) => {
      operation.end = response;
      if (record) record.endedAt = Date.now();
      if (operation.limit) clearTimeout(operation.limit);
      if (record?.outcome === 'running') record.outcome = outcomeOf(response);
    },
    (error) => {
      if (record?.outcome === 'running') record.outcome = 'failed';
      throw error;
    },
  );
  const operation: Operation = { handle, record, over, end: null, verdict: null, schema: null, limit: null };
  // Whoever waits for it hears of a lost server; nobody may be waiting.
  over.catch(() => {});
  return operation;
}

async function awaitEnd(call: Call, operationHandle: TOperationHandle): Promise<TGetOperationStatusResp> {
  for (;;) {
    const response = await call<TGetOperationStatusResp>('GetOperationStatus', { operationHandle });
    if (response.errorMessage) response.displayMessage = displayMessage(response.errorMessage);
    if (!isRunning(response)) return response;
    await sleep(POLL_MS);
  }
}

async function settle(operation: Operation, waitMs: number): Promise<TGetOperationStatusResp> {
  const deadline = Date.now() + waitMs;
  while (operation.verdict === null && operation.end === null && Date.now() < deadline) {
    await Promise.race([operation.over, sleep(POLL_MS)]);
  }
  if (operation.verdict !== null) return failedOperation(operation.verdict);
  return operation.end ?? runningOperation();
}

async function failInTime(call: Call, operation: Operation, seconds: number): Promise<void> {
  if (operation.end !== null) return;
  operation.verdict = { sqlState: STATEMENT_TIMEOUT_STATE, message: statementTimeoutMessage(seconds) };
  if (operation.record) operation.record.outcome = 'timed-out';
  await call('CancelOperation', { operationHandle: operation.handle });
}

function outcomeOf({ operationState }: TGetOperationStatusResp): StatementRecord['outcome'] {
  const { FINISHED_STATE, CANCELED_STATE, CLOSED_STATE } = thriftTypes.TOperationState;
  if (operationState === FINISHED_STATE) return 'finished';
  return operationState === CANCELED_STATE || operationState === CLOSED_STATE ? 'canceled' : 'failed';
}
