import type {
  Call,
  Handler,
  Message,
  TCancelOperationReq,
  TCloseSessionReq,
  TExecuteStatementReq,
  TFetchResultsReq,
  TOpenSessionReq,
} from './driver-parts.ts';
import { executeStatement, statementRecord } from './execute-statement.ts';
import type { Fault } from './faults.ts';
import { createOperations, type Operations, type StatementRecord } from './operations.ts';
import { fetchResults, resultMetadata } from './results.ts';
import { createSessions, DRIVER_PROTOCOL, type Sessions } from './sessions.ts';
import { failedCall, withDisplayMessage } from './status.ts';

/** What of a request is not in its message. */
export interface CallContext {
  readonly userAgent: string;
  /** How this call is to fail, if it is. */
  readonly fault: Fault | null;
}

/** The Thrift methods as Databricks answers them, made from those of open Spark. */
export interface ThriftService {
  handler(context: CallContext): Handler;
  /** Every statement asked for so far, oldest first. */
  readonly statements: StatementRecord[];
  /** Ends every session that is open, and the statements under way; whoever goes on with one hears that it is none. */
  loseSessions(): Promise<void>;
}

/** A service over the Spark that `call` reaches. */
export function createThriftService(call: Call): ThriftService {
  const statements: StatementRecord[] = [];
  const operations = createOperations(call);
  const sessions = createSessions(call, operations);

  const execute = (request: TExecuteStatementReq, { userAgent, fault }: CallContext) => {
    const settings = sessions.settings(request.sessionHandle);
    const record = statementRecord(request, settings, userAgent);
    statements.push(record);
    return executeStatement({ call, operations }, request, { settings, record, fault });
  };
  const methods = (context: CallContext): Methods => ({
    OpenSession: (request: TOpenSessionReq) => sessions.open(request),
    CloseSession: (request: TCloseSessionReq) => {
      sessions.forget(request.sessionHandle);
      return call('CloseSession', request);
    },
    ExecuteStatement: (request: TExecuteStatementReq) => execute(request, context),
    GetOperationStatus: ({ operationHandle }: OfOperation) =>
      operations.settle(operations.find(operationHandle), STATUS_WAIT_MS),
    GetResultSetMetadata: ({ operationHandle }: OfOperation) =>
      resultMetadata(call, operations.find(operationHandle)),
    FetchResults: (request: TFetchResultsReq) =>
      fetchResults(call, operations.find(request.operationHandle), request),
    CancelOperation: ({ operationHandle }: OfOperation) =>
      operations.cancel(operations.find(operationHandle)),
    CloseOperation: ({ operationHandle }: OfOperation) => operations.close(operations.find(operationHandle)),
  });
  return {
    statements,
    loseSessions: () => {
      sessions.loseAll();
      return operations.loseAll();
    },
    handler: (context) => async (name, request) => {
      const { fault } = context;
      if (fault?.sqlState !== undefined && name !== 'ExecuteStatement') {
        const { sqlState, message = 'A fault of the bench.' } = fault;
        return { status: failedCall({ sqlState, message }), serverProtocolVersion: DRIVER_PROTOCOL };
      }
      const gone = lostHandle(sessions, operations, request);
      if (gone !== null) return { status: failedCall({ sqlState: 'HY000', message: `Invalid ${gone}` }) };
      const method =
        methods(context)[name] ?? ((message: Message) => call(name, { ...message, ...DATABRICKS_ONLY }));
      return withDisplayMessage(await method(request));
    },
  };
}

/** The kind of handle that a request goes on with although it was lost, or null. */
function lostHandle(sessions: Sessions, operations: Operations, request: Message): string | null {
  const { sessionHandle, operationHandle } = request as Partial<OfOperation & TCloseSessionReq>;
  if (sessionHandle && sessions.isLost(sessionHandle)) return 'SessionHandle';
  return operationHandle && operations.isLost(operationHandle) ? 'OperationHandle' : null;
}

/** Spares the driver some rounds of its polling. */
const STATUS_WAIT_MS = 100;

type Methods = Readonly<Record<string, (request: never) => Promise<Message>>>;

/** All requests about an operation name it in this way. */
type OfOperation = Pick<TCancelOperationReq, 'operationHandle'>;

/** Fields of requests that open Spark does not have. */
const DATABRICKS_ONLY = { getDirectResults: undefined, runAsync: undefined };
