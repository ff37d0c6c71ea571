const THROTTLED = [
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'KMSThrottlingFault',
  'KmsThrottled',
];

const AWAY = [
  'TimeoutError',
  'RequestTimeout',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'InternalFailure',
  'ServiceUnavailable',
];

/** What kind of failure the SDK told. */
export interface SdkFault {
  /** As the service or the connection calls it, for instance `AccessDeniedException`, `ECONNRESET`; may be empty. */
  readonly name: string;
  /** `away`: the service cannot be reached, or has an error of its own. Neither needs a person. */
  readonly passing: 'throttled' | 'away' | null;
}

/** Reads what an AWS client threw: errors of the service are told by `name`, those of the connection by `code`. */
export function sdkFault(thrown: unknown): SdkFault {
  const name = nameOf(thrown);
  if (THROTTLED.includes(name)) return { name, passing: 'throttled' };
  return { name, passing: AWAY.includes(name) || statusOf(thrown) >= 500 ? 'away' : null };
}

function nameOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const { name, code } = thrown as { name?: unknown; code?: unknown };
  if (typeof code === 'string' && AWAY.includes(code)) return code;
  return typeof name === 'string' ? name : '';
}

function statusOf(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null) return 0;
  const { $metadata: metadata } = thrown as { $metadata?: { httpStatusCode?: unknown } };
  return typeof metadata?.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}
