/** What driver, socket or server threw, taken apart. Empty text and null where there is no such part. */
export interface ErrorFacts {
  /** Error class of the server or its catalog, `TABLE_OR_VIEW_NOT_FOUND` or `FAILED_READ_FILE.NO_HINT`. */
  readonly errorClass: string;
  readonly sqlState: string;
  /** How the statement ended, by the driver: `ERROR`, `CANCELED`, `CLOSED`, `TIMEOUT`. */
  readonly ended: string;
  readonly httpStatus: number | null;
  readonly retryAfterMs: number | null;
  /** Code of the socket or of TLS: `ECONNRESET`. */
  readonly socket: string;
  /** The message as it came. May hold row values. */
  readonly text: string;
  /** The message and what the server says of its causes, class names and all. May hold row values. */
  readonly causes: string;
}

/** Loosely, what any of the things thrown may have. */
interface Loose {
  readonly message?: unknown;
  readonly errorCode?: unknown;
  readonly statusCode?: unknown;
  readonly code?: unknown;
  readonly errors?: unknown;
  readonly response?: {
    readonly sqlState?: unknown;
    readonly displayMessage?: unknown;
    readonly errorMessage?: unknown;
    readonly headers?: { get?(name: string): string | null };
  };
}

/** `[CLASS.SUBCLASS]` of the server, `[RequestId=… ErrorClass=CLASS.SUBCLASS]` of Unity Catalog. */
const ERROR_CLASS = /\[(?:(?:RequestId=[\w-]+ )?ErrorClass=)?([A-Z][A-Z0-9_]{3,}(?:\.[A-Z0-9_]+)*)\]/;

/** Headers in which Databricks says why it answered with a bad HTTP status. */
const REASON_HEADERS = ['x-thriftserver-error-message', 'x-databricks-error-or-redirect-message'];

/**
 * Takes apart whatever was thrown: an error of the driver (also its `StatusError`, which is no `Error`), of a socket,
 * or a text. Pure.
 */
export function errorFacts(thrown: unknown): ErrorFacts {
  const loose: Loose = typeof thrown === 'object' && thrown !== null ? thrown : { message: thrown };
  const header = (name: string): string => loose.response?.headers?.get?.(name) ?? '';
  const reason = REASON_HEADERS.map(header).find((text) => text !== '') ?? '';
  const message = textOf(loose.message);
  const text = reason === '' ? message : `${message}: ${reason}`;
  return {
    errorClass: ERROR_CLASS.exec(firstLine(text))?.[1] ?? '',
    sqlState: sqlStateOf(textOf(loose.response?.sqlState), text),
    ended: loose.response !== undefined && loose.statusCode === undefined ? textOf(loose.errorCode) : '',
    httpStatus: httpStatusOf(loose.statusCode, text),
    retryAfterMs: retryAfterMsOf(header('retry-after')),
    socket: socketCode(loose),
    text,
    causes: `${text}\n${textOf(loose.response?.errorMessage)}`,
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : String(value);
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}

/** HY000 stands for everything; the message often knows better. */
function sqlStateOf(field: string, text: string): string {
  const named = /\bSQLSTATE: ([0-9A-Z]{5})\b/.exec(text)?.[1] ?? '';
  return /^[0-9A-Z]{5}$/.test(field) && field !== 'HY000' ? field : named;
}

/** After its own tries the driver keeps the status in the message only. */
function httpStatusOf(field: unknown, text: string): number | null {
  if (typeof field === 'number') return field;
  const told = /^Hive driver: (\d{3}) when connecting/.exec(text)?.[1];
  return told === undefined ? null : Number(told);
}

function socketCode(loose: Loose): string {
  // A host with several addresses fails once per address.
  const inner = Array.isArray(loose.errors) ? (loose.errors[0] as Loose | undefined) : undefined;
  const code = inner?.code ?? loose.code;
  return typeof code === 'string' ? code : '';
}

/** Reads `Retry-After`: seconds, or a date. Null for none, nonsense, and the past. */
export function retryAfterMsOf(header: string, now: () => number = Date.now): number | null {
  if (header.trim() === '') return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - now();
  return ms > 0 ? Math.round(ms) : null;
}
