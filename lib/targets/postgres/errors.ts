import { type ErrorContext, PipelineError, TerminalError, TransientError } from '../../errors.ts';
import { findSqlStateRule } from './sqlstate-rules.ts';

/** Where it happened, in words that go into the message. */
export interface TargetErrorContext {
  /** What was being done, for instance `copying rows into`. */
  readonly doing: string;
  /** Server as `host:port/database`, or a table. Never a URL. */
  readonly where: string;
}

/** The parts of a server's error that are safe to show. DETAIL and CONTEXT quote row values and are not. */
interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ECONNABORTED',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
/** The driver gives these no code. */
const DRIVER_LOST = /Connection terminated|not queryable|Client was closed|timeout expired|socket hang up/i;
const TLS_CODE = /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/;

/** Any error of driver, socket or server as one of ours. Our own errors pass through; an unknown one is terminal. */
export function toTargetError(error: unknown, context: TargetErrorContext): PipelineError {
  if (error instanceof PipelineError) return error;
  if (isServerError(error)) return fromServer(error, context);
  const { code = '', message } = asError(error);
  const failed = `Postgres target: ${context.doing} ${context.where} failed`;
  if (TLS_CODE.test(code) || /does not support SSL|wrong version number/.test(message)) {
    const fix =
      'Name the authority that signed its certificate as "caFile"; see "verifyTls" for the ugly way out.';
    return new TerminalError(
      'TARGET_TLS',
      `${failed}: no trusted TLS connection (${code || message}). ${fix}`,
    );
  }
  if (SOCKET_CODES.has(code) || DRIVER_LOST.test(message)) {
    const fix = 'Check that the server runs and can be reached, then run the export again.';
    return new TransientError('TARGET_CONNECTION_LOST', `${failed}: ${code || message}. ${fix}`, {
      cause: error,
    });
  }
  return new TerminalError('TARGET_FAILED', `${failed}: ${message}`, { cause: error });
}

function fromServer(error: ServerError, { doing, where }: TargetErrorContext): PipelineError {
  const found = findSqlStateRule(error.code);
  const Kind = found?.kind ?? TerminalError;
  const named = [
    error.constraint && `constraint ${error.constraint}`,
    error.column && `column ${error.column}`,
    copyColumn(error),
  ].filter(Boolean);
  const about = named.length > 0 ? `, ${named.join(', ')}` : '';
  const context: ErrorContext = { sqlState: error.code, table: error.table, column: error.column };
  return new Kind(
    found?.code ?? 'TARGET_SQL',
    `Postgres target: ${doing} ${where} failed: ${safeMessage(error)} (SQLSTATE ${error.code}${about}). ` +
      (found?.fix ?? "See the server's message."),
    { context },
  );
}

/** Errors of class 22 quote the value in their very message: `invalid input syntax for type integer: "abc"`. */
function safeMessage({ code, message }: ServerError): string {
  if (!code.startsWith('22')) return message;
  return message.replace(/:? ?".*"/s, '').replace(/: 0x.*/s, '');
}

/** `COPY stage, line 7, column price: "12..."` names the column before it quotes the value. */
function copyColumn(error: ServerError): string | undefined {
  const where = (error as { where?: string }).where;
  return /^COPY .*?, line \d+, (column [^:]+)/s.exec(where ?? '')?.[1];
}

/** True for an answer of the server, as opposed to a lost connection: it says for certain what happened. */
export function isServerError(error: unknown): error is ServerError {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string';
}

function asError(error: unknown): { code?: string; message: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  // A host with several addresses fails once per address.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code } = inner as { code?: string };
  return { code, message: (inner as Error).message };
}
