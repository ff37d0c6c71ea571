import type { FilesCall } from './files-service.ts';

/** What goes wrong with one call. Several fields may be combined with `delayMs`. */
export interface Fault {
  /** Answer with this HTTP status; the call is not carried out. */
  readonly httpStatus?: number;
  /** With `httpStatus`: the header of that name, in seconds. */
  readonly retryAfterSeconds?: number;
  /** Fail the call with this SQLSTATE and `message`; it is not carried out. */
  readonly sqlState?: string;
  readonly message?: string;
  /** Cut the connection; the call is not carried out. */
  readonly dropConnection?: boolean;
  /** Carry the call out (a statement: to its end), then cut the connection instead of answering. */
  readonly dropReply?: boolean;
  /** Wait this long first. */
  readonly delayMs?: number;
}

/** Calls that can be made to fail: Thrift methods by name, and the REST ones. */
export type FaultyCall =
  | 'OpenSession'
  | 'CloseSession'
  | 'ExecuteStatement'
  | 'GetOperationStatus'
  | 'GetResultSetMetadata'
  | 'FetchResults'
  | 'CancelOperation'
  | 'CloseOperation'
  | 'Token'
  | 'GetWarehouse'
  | 'StartWarehouse'
  | FilesCall;

export interface FaultOptions {
  /** How many calls fail. @default 1 */
  readonly times?: number;
  /** Only statements whose text, or files whose path matches; others pass and are not counted. */
  readonly sql?: RegExp;
}

/** Faults on demand. */
export interface Faults {
  /** Makes the next calls of this kind fail. Several plans for one call are used up in order. */
  failNext(call: FaultyCall, fault: Fault, options?: FaultOptions): void;
  /** Forgets what has not happened yet. */
  clear(): void;
}

/** `Faults` with the end that the bridge holds. */
export interface FaultPlan extends Faults {
  /** The fault for this call, if it is to fail. */
  take(call: string, sql?: string): Fault | null;
}

/** A plan without faults yet. */
export function createFaultPlan(): FaultPlan {
  const planned: { call: string; fault: Fault; sql?: RegExp; left: number }[] = [];
  return {
    failNext: (call, fault, { times = 1, sql } = {}) => {
      planned.push({ call, fault, sql, left: times });
    },
    clear: () => {
      planned.length = 0;
    },
    take: (call, text = '') => {
      const index = planned.findIndex((plan) => plan.call === call && (plan.sql?.test(text) ?? true));
      const plan = planned[index];
      if (plan === undefined) return null;
      plan.left -= 1;
      if (plan.left === 0) planned.splice(index, 1);
      return plan.fault;
    },
  };
}
