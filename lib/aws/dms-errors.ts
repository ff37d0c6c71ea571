import { PipelineError, TerminalError, TransientError } from '../errors.ts';

/** DMS is in the middle of something, or not in the state that the call needs. */
const BUSY = ['InvalidResourceStateFault'];

const DENIED = [
  'AccessDeniedFault',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
];

const THROTTLED = [
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'TooManyRequestsException',
  'RequestThrottledException',
  'KMSThrottlingFault',
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

/** True when what was asked for is not there. */
export function isDmsNotFound(thrown: unknown): boolean {
  return nameOf(thrown) === 'ResourceNotFoundFault';
}

/**
 * Whatever the SDK threw as one of our errors; ours pass through. A state that does not allow the call, throttling and
 * a service that cannot be reached are transient; the rest is terminal, in DMS's own words.
 *
 * @param doing what was tried, to follow "could not": `stop task shop-crm`
 */
export function toDmsError(thrown: unknown, doing: string): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const name = nameOf(thrown);
  const said = thrown instanceof Error && thrown.message !== '' ? thrown.message : 'no reason given';
  const text = `DMS could not ${doing}: ${said}${/[.!?]$/.test(said) ? '' : '.'}`;
  const options = { context: { reason: name }, cause: thrown };
  if (BUSY.includes(name)) return new TransientError('DMS_BUSY', text, options);
  if (THROTTLED.includes(name)) return new TransientError('DMS_THROTTLED', text, options);
  if (AWAY.includes(name) || statusOf(thrown) >= 500) {
    return new TransientError('DMS_UNAVAILABLE', text, options);
  }
  if (DENIED.includes(name)) {
    return new TerminalError(
      'DMS_DENIED',
      `${text} Give the role of the function the right it lacks.`,
      options,
    );
  }
  return new TerminalError('DMS_REFUSED', text, options);
}

/** The SDK tells errors of the service by `name`, those of the connection by `code`. */
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
