import {
  type Call,
  type TExecuteStatementResp,
  type TOpenSessionReq,
  type TOpenSessionResp,
  type TSessionHandle,
  type TStatus,
  thriftTypes,
} from './driver-parts.ts';
import type { Operations } from './operations.ts';
import {
  namespaceStatement,
  type SessionSettings,
  sessionSettings,
  settingStatements,
} from './session-settings.ts';
import { failedCall, success } from './status.ts';

/** Sessions by handle. */
export interface Sessions {
  open(request: TOpenSessionReq): Promise<TOpenSessionResp>;
  /** Settings of a session; of one the bridge does not know, those of an empty configuration. */
  settings(handle: TSessionHandle): SessionSettings;
  forget(handle: TSessionHandle): void;
  /** From now on nobody may go on with a session that is open. */
  loseAll(): void;
  isLost(handle: TSessionHandle): boolean;
}

const { TProtocolVersion, TStatusCode } = thriftTypes;
/** Below it the driver silently drops parameters; open Spark does not know it. */
export const DRIVER_PROTOCOL = TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8;
const SPARK_PROTOCOL = TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10;

/** Keeps the sessions of one bridge; `call` reaches Spark. */
export function createSessions(call: Call, operations: Operations): Sessions {
  const known = new Map<string, SessionSettings>();
  const lost = new Set<string>();
  return {
    open: async (request) => {
      const settings = sessionSettings(request.configuration ?? {});
      const open = new thriftTypes.TOpenSessionReq({ client_protocol: SPARK_PROTOCOL });
      const response = await call<TOpenSessionResp>('OpenSession', open);
      const { sessionHandle } = response;
      if (!sessionHandle) return response;
      for (const statement of preparation(request, settings)) {
        const status = await run(call, operations, sessionHandle, statement);
        if (status.statusCode === TStatusCode.SUCCESS_STATUS) continue;
        await call('CloseSession', { sessionHandle });
        return new thriftTypes.TOpenSessionResp({ status, serverProtocolVersion: DRIVER_PROTOCOL });
      }
      known.set(sessionId(sessionHandle), settings);
      response.serverProtocolVersion = DRIVER_PROTOCOL;
      response.canUseMultipleCatalogs = true;
      return response;
    },
    settings: (handle) => known.get(sessionId(handle)) ?? sessionSettings({}),
    forget: (handle) => {
      known.delete(sessionId(handle));
    },
    loseAll: () => {
      for (const id of known.keys()) lost.add(id);
    },
    isLost: (handle) => lost.has(sessionId(handle)),
  };
}

/** The id under which the driver knows a session. */
export function sessionId({ sessionId: { guid } }: TSessionHandle): string {
  return guid.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function preparation({ initialNamespace }: TOpenSessionReq, { conf }: SessionSettings): string[] {
  const use = namespaceStatement(initialNamespace?.catalogName, initialNamespace?.schemaName);
  return [...settingStatements(conf), ...(use ? [use] : [])];
}

async function run(
  call: Call,
  operations: Operations,
  session: TSessionHandle,
  sql: string,
): Promise<TStatus> {
  const request = new thriftTypes.TExecuteStatementReq({
    sessionHandle: session,
    statement: sql,
    runAsync: true,
  });
  const response = await call<TExecuteStatementResp>('ExecuteStatement', request);
  if (!response.operationHandle) return response.status;
  const operation = operations.add(response.operationHandle, null);
  const end = await operations.settle(operation, Number.POSITIVE_INFINITY);
  await operations.close(operation);
  if (end.operationState === thriftTypes.TOperationState.FINISHED_STATE) return success();
  return failedCall({ sqlState: end.sqlState ?? 'HY000', message: end.displayMessage ?? `"${sql}" failed` });
}
