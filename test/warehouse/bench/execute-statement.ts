import { randomUUID } from 'node:crypto';
import {
  type Call,
  int64,
  type TExecuteStatementReq,
  type TExecuteStatementResp,
  type TSparkDirectResults,
  thriftTypes,
} from './driver-parts.ts';
import type { Fault } from './faults.ts';
import type { Operation, Operations, StatementRecord } from './operations.ts';
import { withParameters } from './parameters.ts';
import { fetchResults, resultMetadata } from './results.ts';
import { parseQueryTags, type SessionSettings, statementTimeoutIn } from './session-settings.ts';
import { sessionId } from './sessions.ts';
import { isRunning, success } from './status.ts';

/** How long Databricks waits before it answers without the result. */
const DIRECT_RESULTS_WAIT_MS = 5_000;

/** Runs a statement in a session of Spark's; a short one is answered together with its result. */
export async function executeStatement(
  { call, operations }: { call: Call; operations: Operations },
  request: TExecuteStatementReq,
  { settings, record, fault }: { settings: SessionSettings; record: StatementRecord; fault: Fault | null },
): Promise<TExecuteStatementResp> {
  if (fault?.sqlState !== undefined) return failOnPurpose(operations, record, fault);
  const { sessionHandle } = request;
  const statement = withParameters(request.statement, request.parameters ?? []);
  const spark = new thriftTypes.TExecuteStatementReq({ sessionHandle, statement, runAsync: true });
  const response = await call<TExecuteStatementResp>('ExecuteStatement', spark);
  if (!response.operationHandle) {
    record.outcome = 'failed';
    return response;
  }
  const operation = operations.add(response.operationHandle, record);
  operations.limit(operation, settings.statementTimeoutSeconds);
  settings.statementTimeoutSeconds =
    statementTimeoutIn(request.statement) ?? settings.statementTimeoutSeconds;
  if (fault?.dropReply) await operations.settle(operation, Number.POSITIVE_INFINITY);
  const direct = request.getDirectResults;
  if (direct)
    response.directResults = await directResults(call, operations, operation, Number(direct.maxRows));
  return response;
}

/** What is remembered of a statement. */
export function statementRecord(
  request: TExecuteStatementReq,
  settings: SessionSettings,
  userAgent: string,
): StatementRecord {
  return {
    sql: request.statement,
    sessionId: sessionId(request.sessionHandle),
    sessionConf: settings.conf,
    queryTags: { ...settings.queryTags, ...parseQueryTags(request.confOverlay?.query_tags ?? '') },
    parameters: (request.parameters ?? []).map(({ value }) => value?.stringValue ?? null),
    userAgent,
    startedAt: Date.now(),
    endedAt: null,
    outcome: 'running',
  };
}

async function directResults(
  call: Call,
  operations: Operations,
  operation: Operation,
  maxRows: number,
): Promise<TSparkDirectResults> {
  const operationStatus = await operations.settle(operation, DIRECT_RESULTS_WAIT_MS);
  const results = new thriftTypes.TSparkDirectResults({ operationStatus });
  const finished = operationStatus.operationState === thriftTypes.TOperationState.FINISHED_STATE;
  if (isRunning(operationStatus) || !finished) return results;
  results.resultSetMetadata = await resultMetadata(call, operation);
  const orientation = thriftTypes.TFetchOrientation.FETCH_FIRST;
  results.resultSet = await fetchResults(call, operation, { orientation, maxRows: int64(maxRows) });
  if (!results.resultSet.hasMoreRows) results.closeOperation = await operations.close(operation);
  return results;
}

async function failOnPurpose(
  operations: Operations,
  record: StatementRecord,
  { sqlState = 'HY000', message = 'A fault of the bench.' }: Fault,
): Promise<TExecuteStatementResp> {
  record.outcome = 'failed';
  const guid = Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
  const operationId = new thriftTypes.THandleIdentifier({ guid, secret: guid });
  const operationType = thriftTypes.TOperationType.EXECUTE_STATEMENT;
  const operationHandle = new thriftTypes.TOperationHandle({
    operationId,
    operationType,
    hasResultSet: true,
  });
  const operation = operations.addFailed(operationHandle, { sqlState, message });
  const operationStatus = await operations.settle(operation, 0);
  const directResults = new thriftTypes.TSparkDirectResults({ operationStatus });
  return new thriftTypes.TExecuteStatementResp({ status: success(), operationHandle, directResults });
}
