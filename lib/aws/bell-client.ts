import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PipelineError, TerminalError, TransientError } from '../errors.ts';
import { clientSettings } from './client-settings.ts';
import { type AwsLogin, asSomebody, loginSettings } from './login.ts';
import type { SqsSender } from './queue-sender.ts';
import { sdkFault } from './sdk-fault.ts';

/** The bell of a deployed pipeline, by its name. */
export interface BellPlace {
  /** Name of the queue that everybody who rings sends to. */
  readonly queue: string;
  readonly region: string;
  /** Absent: the account of whoever asks. */
  readonly account?: string | undefined;
}

/** Rings for a person, from outside of the cloud. */
export interface BellClient {
  /**
   * Sends these calls, one message each. Sent twice, tables only look twice. Throws `TerminalError` BELL_MISSING where
   * nothing was deployed, BELL_DENIED with the right that is missing, or `TransientError` BELL_UNAVAILABLE.
   */
  ring(bodies: readonly string[]): Promise<void>;
}

/** A client of SQS for whoever runs the command. */
export function createSqsClient(region: string, login?: AwsLogin): SQSClient {
  return asSomebody(new SQSClient({ ...clientSettings(), ...loginSettings(login), region }), login);
}

/** Finds the queue when it first rings. */
export function createBellClient(place: BellPlace, client: SqsSender): BellClient {
  return {
    async ring(bodies) {
      const url = await asked(place, 'sqs:GetQueueUrl', () => findQueue(place, client));
      for (const body of bodies) {
        const message = new SendMessageCommand({ QueueUrl: url, MessageBody: body });
        await asked(place, 'sqs:SendMessage', () => client.send(message));
      }
    },
  };
}

async function findQueue({ queue, account }: BellPlace, client: SqsSender): Promise<string> {
  const owner = account === undefined ? {} : { QueueOwnerAWSAccountId: account };
  const { QueueUrl: url } = await client.send(new GetQueueUrlCommand({ QueueName: queue, ...owner }));
  return url ?? '';
}

type Right = 'sqs:GetQueueUrl' | 'sqs:SendMessage';

async function asked<T>(place: BellPlace, right: Right, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    throw thrown instanceof PipelineError ? thrown : toBellError(thrown, place, right);
  }
}

function toBellError(cause: unknown, place: BellPlace, right: Right): PipelineError {
  const { name, passing } = sdkFault(cause);
  const { queue, region, account } = place;
  const where = `${queue} in ${region}${account === undefined ? '' : ` of account ${account}`}`;
  const options = { context: { queue, region, account, reason: name }, cause };
  if (passing !== null) {
    const message = `The bell ${where} could not be rung just now: ${name || 'no answer'}. Run again.`;
    return new TransientError('BELL_UNAVAILABLE', message, options);
  }
  if (/QueueDoesNotExist|NonExistentQueue/.test(name)) {
    return new TerminalError('BELL_MISSING', `There is no queue ${where}. ${missingFix(place)}`, options);
  }
  if (/^kms/i.test(name)) {
    const message = `The messages of ${where} are encrypted by a key that cannot be used (${name}). Give whoever runs this kms:GenerateDataKey and kms:Decrypt on it.`;
    return new TerminalError('BELL_DENIED', message, options);
  }
  if (/^AccessDenied/.test(name)) {
    const arn = `arn:aws:sqs:${region}:${account ?? '<account>'}:${queue}`;
    const message = `The bell ${where} may not be rung: access denied. Give whoever runs this the right ${right} on ${arn}.`;
    return new TerminalError('BELL_DENIED', message, options);
  }
  const message = `The bell ${where} was not rung: ${name || 'unknown error'}. Check name, region and credentials.`;
  return new TerminalError('BELL_REFUSED', message, options);
}

function missingFix({ account }: BellPlace): string {
  const whose = account === undefined ? ', and log in to the account that it is in' : '';
  return `Deploy the pipeline first (npx cdk deploy --all)${whose}; --here does the work on this machine instead.`;
}
