import { type TGetOperationStatusResp, type TStatus, thriftTypes } from './driver-parts.ts';
import { displayMessage } from './error-messages.ts';

const { TOperationState, TStatus: Status, TStatusCode } = thriftTypes;

/** Why something failed, as the driver is to hear it. */
export interface Failure {
  readonly sqlState: string;
  readonly message: string;
}

export function success(): TStatus {
  return new Status({ statusCode: TStatusCode.SUCCESS_STATUS });
}

/** The status of a call that failed as such. */
export function failedCall({ sqlState, message }: Failure): TStatus {
  const wrapped = wrap(message);
  const statusCode = TStatusCode.ERROR_STATUS;
  return new Status({ statusCode, sqlState, errorCode: 0, errorMessage: wrapped, displayMessage: message });
}

/** The status of a statement that failed. */
export function failedOperation({ sqlState, message }: Failure): TGetOperationStatusResp {
  return new thriftTypes.TGetOperationStatusResp({
    status: success(),
    operationState: TOperationState.ERROR_STATE,
    sqlState,
    errorCode: 0,
    errorMessage: wrap(message),
    displayMessage: message,
  });
}

/** The status of a statement under way. */
export function runningOperation(): TGetOperationStatusResp {
  return new thriftTypes.TGetOperationStatusResp({
    status: success(),
    operationState: TOperationState.RUNNING_STATE,
  });
}

/** True while the statement has not come to an end. */
export function isRunning({ operationState }: TGetOperationStatusResp): boolean {
  const { INITIALIZED_STATE, PENDING_STATE, RUNNING_STATE } = TOperationState;
  return [INITIALIZED_STATE, PENDING_STATE, RUNNING_STATE].some((state) => state === operationState);
}

/** Gives a response's status the message for people, which open Spark leaves out. */
export function withDisplayMessage<T extends object>(response: T): T {
  const { status } = response as { status?: TStatus };
  if (status?.errorMessage) status.displayMessage = displayMessage(status.errorMessage);
  return response;
}

function wrap(message: string): string {
  return `org.apache.hive.service.cli.HiveSQLException: Error running query: ${message}`;
}
