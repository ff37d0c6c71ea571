import { PipelineError, TerminalError, TransientError } from '../errors.ts';
import { sdkFault } from './sdk-fault.ts';

/** DMS is in the middle of something, or not in the state that the call needs. */
const BUSY = ['InvalidResourceStateFault'];

const DENIED = [
  'AccessDeniedFault',
  'AccessDeniedException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
];

/** True when what was asked for is not there. */
export function isDmsNotFound(thrown: unknown): boolean {
  return sdkFault(thrown).name === 'ResourceNotFoundFault';
}

/**
 * Whatever the SDK threw as one of our errors; ours pass through. A state that does not allow the call, throttling and
 * a service that cannot be reached are transient; the rest is terminal, in DMS's own words.
 *
 * @param doing what was tried, to follow "could not": `stop task shop-crm`
 */
export function toDmsError(thrown: unknown, doing: string): PipelineError {
  if (thrown instanceof PipelineError) return thrown;
  const { name, passing } = sdkFault(thrown);
  const said = thrown instanceof Error && thrown.message !== '' ? thrown.message : 'no reason given';
  const text = `DMS could not ${doing}: ${said}${/[.!?]$/.test(said) ? '' : '.'}`;
  const options = { context: { reason: name }, cause: thrown };
  if (BUSY.includes(name)) return new TransientError('DMS_BUSY', text, options);
  if (passing === 'throttled') return new TransientError('DMS_THROTTLED', text, options);
  if (passing === 'away') return new TransientError('DMS_UNAVAILABLE', text, options);
  if (DENIED.includes(name)) {
    return new TerminalError(
      'DMS_DENIED',
      `${text} Give the role of the function the right it lacks.`,
      options,
    );
  }
  return new TerminalError('DMS_REFUSED', text, options);
}
