import { toPipelineError } from '../errors.ts';

/**
 * Bytes of a reason, as JSON. CloudFormation takes 4096 for the whole answer, which holds ids of up to a kilobyte and a
 * line about the log besides.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
 */
const MAX_REASON_BYTES = 2400;

const CUT = ' … (the rest is in the log of the function)';

/** Answers an event of CloudFormation; what it throws instead is fit for CloudFormation, see `toDeployError`. */
export async function forDeploy<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw toDeployError(error);
  }
}

/**
 * An error to throw from the handler of a custom resource: its message is what a person reads among the events of the
 * stack. It fits there, which an answer that is too long does not: the deploy would then hang for an hour.
 */
export function toDeployError(thrown: unknown): Error {
  const { name, code, message } = toPipelineError(thrown);
  const reason = new Error(fitReason(`${message} (${code})`));
  reason.name = name;
  // The provider framework sends the lines of the stack after the first one along with the message.
  reason.stack = `${name}: ${reason.message.split('\n')[0]}`;
  return reason;
}

/** The beginning of a text that takes no more room in an answer than a reason may. */
export function fitReason(text: string, maxBytes = MAX_REASON_BYTES): string {
  if (jsonBytes(text) <= maxBytes) return text;
  const room = maxBytes - jsonBytes(CUT);
  let bytes = 0;
  let fits = '';
  // By whole characters, so that none is cut in two.
  for (const character of text) {
    bytes += jsonBytes(character);
    if (bytes > room) break;
    fits += character;
  }
  return fits + CUT;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}
