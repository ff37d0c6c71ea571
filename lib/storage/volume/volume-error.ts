import { type PipelineError, TerminalError, TransientError } from '../../errors.ts';
import type { RestResponse } from './rest-client.ts';

interface Translation {
  readonly code: string;
  readonly transient: boolean;
  readonly fix: string;
}

const VANISHED: Translation = {
  code: 'FILE_VANISHED',
  transient: true,
  fix: 'It was moved or removed meanwhile; the next run looks again',
};
const NO_VOLUME: Translation = {
  code: 'VOLUME_MISSING',
  transient: false,
  fix: 'There is no such volume, or no Files API here: run "tidemark setup", and see that "volumes" is right',
};
const BUSY: Translation = { code: 'FILE_BUSY', transient: true, fix: 'The next run tries again' };
const SHAPE: Translation = {
  code: 'FILE_NOT_A_FILE',
  transient: false,
  fix: 'A folder, or something else, is where a file should be, or the other way round. Move it away',
};
const THROTTLED: Translation = {
  code: 'STORAGE_THROTTLED',
  transient: true,
  fix: 'The workspace takes fewer requests a second than came; the next run tries again',
};
const UNAVAILABLE: Translation = {
  code: 'STORAGE_UNAVAILABLE',
  transient: true,
  fix: 'The next run tries again',
};
const UNKNOWN_CALLER: Translation = {
  code: 'FILE_ACCESS_DENIED',
  transient: false,
  fix: 'The workspace does not accept our token: check the client id and secret, or the token, under "engine"',
};
const TOO_LARGE: Translation = {
  code: 'FILE_TOO_LARGE',
  transient: false,
  fix: 'The workspace takes files of up to 5 GiB',
};
const REFUSED: Translation = {
  code: 'STORAGE_REQUEST_REFUSED',
  transient: false,
  fix: 'See what the workspace says, and whether "volumes" names a volume folder of this workspace',
};

const BY_STATUS: Readonly<Record<number, Translation>> = {
  401: UNKNOWN_CALLER,
  404: VANISHED,
  408: UNAVAILABLE,
  409: SHAPE,
  413: TOO_LARGE,
  425: UNAVAILABLE,
  429: THROTTLED,
  501: REFUSED,
};

/** A 404 that says more than that one file or folder is not there. */
const NOTHING_AT_ALL =
  /^(ENDPOINT_NOT_FOUND|FEATURE_DISABLED|(METASTORE|CATALOG|SCHEMA|VOLUME)_DOES_NOT_EXIST)$/;

/** What the workspace says of an error, as far as it says it. */
interface Complaint {
  readonly errorCode?: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * Turns an answer that is an error into one of ours. `context.retryAfterMs` is there when the workspace said how long
 * to wait. A status that we do not know is terminal (STORAGE_REQUEST_REFUSED), from 500 on transient.
 *
 * @param action what was being done, for instance `write`
 * @param path the file or folder, `/Volumes/…`
 * @see https://docs.databricks.com/api/account/errors for the body of an error
 */
export function toVolumeError(response: RestResponse, action: string, path: string): PipelineError {
  const { status } = response;
  const complaint = readComplaint(response.body);
  const { code, transient, fix } = translate(status, complaint, action, path);
  const { errorCode, reason } = complaint;
  const retryAfterMs = transient ? readRetryAfter(response.headers['retry-after']) : undefined;
  const context = withoutGaps({ path, action, status, errorCode, reason, retryAfterMs });
  const said = [errorCode, reason && `(${reason})`, complaint.message && `"${complaint.message}"`];
  const answer = [`HTTP ${status}`, ...said.filter(Boolean)].join(' ');
  const message = `Could not ${action} ${path}: ${answer}. ${fix}.`;
  return transient
    ? new TransientError(code, message, { context })
    : new TerminalError(code, message, { context });
}

/** Throws what an answer that is an error means; any 2xx is none. */
export function assertDone(response: RestResponse, action: string, path: string): void {
  if (response.status < 200 || response.status > 299) throw toVolumeError(response, action, path);
}

/**
 * An answer that says success and is not what the interface promises.
 *
 * @param got what came instead, to be put after "answered with"
 */
export function garbled(action: string, path: string, got: string, cause?: unknown): TransientError {
  return new TransientError(
    'STORAGE_UNAVAILABLE',
    `Could not ${action} ${path}: the workspace answered with ${got}. The next run tries again; if it stays, look ` +
      'for a proxy on the way that changes answers.',
    { context: { path, action }, cause },
  );
}

/** True when an answer says that the file or folder asked for is not there, and nothing worse. */
export function isMissing({ status, body }: RestResponse): boolean {
  return status === 404 && !NOTHING_AT_ALL.test(readComplaint(body).errorCode ?? '');
}

function translate(status: number, { errorCode }: Complaint, action: string, path: string): Translation {
  // A file to be written needs nothing but its volume to be there.
  if (status === 404 && (action === 'write' || NOTHING_AT_ALL.test(errorCode ?? ''))) return NO_VOLUME;
  if (status === 403) return { code: 'FILE_ACCESS_DENIED', transient: false, fix: grantsFor(path) };
  if (status === 409 && errorCode === 'ABORTED') return BUSY;
  return BY_STATUS[status] ?? (status >= 500 ? UNAVAILABLE : REFUSED);
}

/** @see https://docs.databricks.com/aws/en/volumes/privileges */
function grantsFor(path: string): string {
  const [root, catalog, schema, volume] = path.split('/').slice(1);
  if (root !== 'Volumes' || !volume) return 'Let this user read and write the folder';
  return (
    `Grant us READ VOLUME and WRITE VOLUME on volume ${catalog}.${schema}.${volume}, ` +
    `USE SCHEMA on ${catalog}.${schema} and USE CATALOG on ${catalog}, then run again`
  );
}

function readComplaint(body: Buffer): Complaint {
  const parsed = parseObject(body.subarray(0, 64 * 1024).toString());
  const details = Array.isArray(parsed.details) ? (parsed.details as unknown[]) : [];
  const reasons = details.map((detail) => (detail as { reason?: unknown } | null)?.reason);
  return {
    errorCode: textOf(parsed.error_code),
    reason: reasons.map(textOf).find((reason) => reason !== undefined),
    message: textOf(parsed.message)?.slice(0, 500),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Some old interfaces give a number as `error_code`; it says no more than the status. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The header is seconds or a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function withoutGaps(context: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
}
