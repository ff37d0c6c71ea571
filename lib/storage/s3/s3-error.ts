import { sdkFault } from '../../aws/sdk-fault.ts';
import { PipelineError, TerminalError, TransientError } from '../../errors.ts';

/** What was being done; each needs rights of its own. */
export type S3Action = 'list' | 'look at' | 'read' | 'read the tags of' | 'copy' | 'write' | 'remove';

const RIGHTS: Readonly<Record<S3Action, string>> = {
  list: 's3:ListBucket on the bucket',
  'look at': 's3:GetObject on it, and s3:ListBucket on the bucket',
  read: 's3:GetObject on it, s3:ListBucket on the bucket, and kms:Decrypt on the key that encrypts it',
  'read the tags of': 's3:GetObjectTagging on it',
  copy: 's3:GetObject on the source, s3:PutObject, s3:PutObjectTagging and s3:AbortMultipartUpload on the target, and kms:Decrypt and kms:GenerateDataKey on the key that encrypts them',
  write: 's3:PutObject on it, and kms:GenerateDataKey on the key that encrypts the bucket',
  remove: 's3:DeleteObject and s3:GetObject on it',
};

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
const CHANGED: Translation = {
  code: 'FILE_CHANGED',
  transient: true,
  fix: 'Its content changed since it was looked at. The next run takes it as it is then',
};
const BUSY: Translation = {
  code: 'FILE_BUSY',
  transient: true,
  fix: 'Somebody else wrote there at the same moment. The next run tries again',
};
const NO_BUCKET: Translation = {
  code: 'BUCKET_MISSING',
  transient: false,
  fix: 'There is no such bucket. Check `bucket` and the parts it is named after, or deploy its stack first',
};
const ELSEWHERE: Translation = {
  code: 'BUCKET_ELSEWHERE',
  transient: false,
  fix: 'The bucket is in another region. Set `region` to it',
};
const ARCHIVED: Translation = {
  code: 'FILE_ARCHIVED',
  transient: false,
  fix: 'It is in an archive. Restore it (aws s3api restore-object), then run again',
};
const TOO_LONG: Translation = {
  code: 'FILE_NAME_TOO_LONG',
  transient: false,
  fix: 'A key has 1024 bytes at most. Shorten the name',
};
const NO_CREDENTIALS: Translation = {
  code: 'FILE_ACCESS_DENIED',
  transient: false,
  fix: 'There are no credentials for AWS, or not the right ones. Name a profile in AWS_PROFILE, or log in',
};
const EXPIRED: Translation = {
  code: 'STORAGE_CREDENTIALS_EXPIRED',
  transient: true,
  fix: 'Credentials for AWS have run out, or the clock is wrong. Log in again, then run again',
};
const KEY_UNUSABLE: Translation = {
  code: 'FILE_ACCESS_DENIED',
  transient: false,
  fix: 'The key that encrypts it cannot be used. Enable it, or take back its deletion, then run again',
};
const THROTTLED: Translation = {
  code: 'STORAGE_THROTTLED',
  transient: true,
  fix: 'S3 takes fewer requests a second than came; the next run tries again',
};
const UNAVAILABLE: Translation = {
  code: 'STORAGE_UNAVAILABLE',
  transient: true,
  fix: 'The next run tries again',
};
const REFUSED: Translation = {
  code: 'STORAGE_REQUEST_REFUSED',
  transient: false,
  fix: 'See what S3 says',
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const BY_NAME: Readonly<Record<string, Translation>> = {
  NoSuchBucket: NO_BUCKET,
  PermanentRedirect: ELSEWHERE,
  AuthorizationHeaderMalformed: ELSEWHERE,
  IllegalLocationConstraintException: ELSEWHERE,
  InvalidObjectState: ARCHIVED,
  KeyTooLongError: TOO_LONG,
  InvalidAccessKeyId: NO_CREDENTIALS,
  SignatureDoesNotMatch: NO_CREDENTIALS,
  CredentialsProviderError: NO_CREDENTIALS,
  ExpiredToken: EXPIRED,
  RequestTimeTooSkewed: EXPIRED,
  NoSuchUpload: BUSY,
  AbortError: UNAVAILABLE,
};

/** Where no name says more: answers without a body have none. */
const BY_STATUS: Readonly<Record<number, Translation>> = {
  301: ELSEWHERE,
  404: VANISHED,
  409: BUSY,
  412: CHANGED,
};

/**
 * Turns what the client threw into one of our errors; ours pass through. What we do not know is terminal
 * (STORAGE_REQUEST_REFUSED).
 *
 * @param where `s3://<bucket>/<key>`, of a copy both
 */
export function toS3Error(error: unknown, action: S3Action, where: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const { name, status, said } = readComplaint(error);
  const { code, transient, fix } = translate(error, name, status, action);
  const http = status === 0 ? '' : `HTTP ${status}`;
  const answer = [name && http ? `${name} (${http})` : name || http || 'no answer', said && `"${said}"`];
  const message = `Could not ${action} ${where}: ${answer.filter(Boolean).join(' ')}. ${fix}.`;
  const options = { context: { where, action, reason: name, status }, cause: error };
  return transient ? new TransientError(code, message, options) : new TerminalError(code, message, options);
}

/** The status that S3 answered with, or 0 where no answer came. */
export function statusOf(error: unknown): number {
  const { $metadata: metadata } = (error ?? {}) as { $metadata?: { httpStatusCode?: unknown } };
  return typeof metadata?.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}

/** True when S3 says that this object is not there, and nothing worse. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && readComplaint(error).name !== 'NoSuchBucket';
}

function translate(error: unknown, name: string, status: number, action: S3Action): Translation {
  const { passing } = sdkFault(error);
  if (passing === 'throttled') return THROTTLED;
  if (passing === 'away') return UNAVAILABLE;
  if (Object.hasOwn(BY_NAME, name)) return BY_NAME[name] ?? REFUSED;
  if (name.startsWith('KMS.')) return KEY_UNUSABLE;
  if (status === 403) {
    return { code: 'FILE_ACCESS_DENIED', transient: false, fix: `Give whoever runs this ${RIGHTS[action]}` };
  }
  // Without an answer, an error with a code is the system's: of the connection.
  if (status === 0 && typeof (error as { code?: unknown } | null)?.code === 'string') return UNAVAILABLE;
  return BY_STATUS[status] ?? REFUSED;
}

/** What the client makes up for an answer that has no body to tell. */
const NAMELESS = /^(\d*|Unknown|UnknownError|Error)$/;

function readComplaint(error: unknown): { name: string; status: number; said: string } {
  const { message } = (error ?? {}) as { message?: unknown };
  const textOf = (value: unknown): string =>
    typeof value === 'string' && !NAMELESS.test(value) ? value.slice(0, 500) : '';
  return { name: textOf(nameOf(error)), status: statusOf(error), said: textOf(message) };
}

function nameOf(error: unknown): unknown {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'Error' ? code : name;
}
