import { GetQueueAttributesCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeployedPipeline } from './deploy-locally.ts';
import type { Executions } from './executions.ts';
import { type EventSourceMapping, startEventSourceMapping } from './event-source-mapping.ts';
import type { Wiring } from './read-wiring.ts';

/** A pipeline whose queues are read. */
export interface RunningPipeline {
  /** Puts a message into the queue that events and calls go to. */
  ring(body: string): Promise<void>;
  /** Waits until no message is anywhere but among the dead letters, and no function works. Throws when that takes too long. */
  settle(longestMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface PipelineParts {
  readonly wiring: Wiring;
  readonly deployed: DeployedPipeline;
  readonly executions: Executions;
  readonly sqs: SQSClient;
}

const LOOK_MS = 200;

/** Connects queues with functions, in a hurry: nobody waits for a visibility timeout. */
export function runPipeline({ wiring, deployed, executions, sqs }: PipelineParts): RunningPipeline {
  const mappings = wiring.mappings.map((wired): EventSourceMapping => {
    const { url, arn } = deployed.queueOf(wired.queueId);
    return startEventSourceMapping({
      ...wired,
      sqs,
      queueUrl: url,
      queueArn: arn,
      target: deployed.functionOf(wired.functionId),
      hurry: { visibilityTimeoutSeconds: visibilityOf(wiring, wired.queueId) },
    });
  });
  const worked = wiring.mappings.map(({ queueId }) => deployed.queueOf(queueId).url);
  const isQuiet = async (): Promise<boolean> => {
    if (executions.running() > 0 || mappings.some(({ busy }) => busy() > 0)) return false;
    const waiting = await Promise.all(worked.map((url) => countMessages(sqs, url)));
    return waiting.every((count) => count === 0);
  };
  return {
    async ring(body) {
      const { url } = deployed.queueOf(wiring.arrivals.queueId);
      await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    },
    async settle(longestMs = 600_000) {
      const until = Date.now() + longestMs;
      // A message is in no queue for a moment, between the functions: quiet twice is quiet.
      for (let quiet = 0; quiet < 2; await sleep(LOOK_MS)) {
        quiet = (await isQuiet()) ? quiet + 1 : 0;
        if (Date.now() > until) throw new Error(`The queues were not empty after ${longestMs} ms.`);
      }
    },
    async stop() {
      await Promise.all(Object.values(deployed.functions).map((one) => one.stop()));
      await Promise.all(mappings.map((mapping) => mapping.stop()));
    },
  };
}

function visibilityOf({ queues }: Wiring, queueId: string): number {
  return Number(queues.find(({ id }) => id === queueId)?.attributes.VisibilityTimeout);
}

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
] as const;

async function countMessages(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes: counts = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...COUNTS] }),
  );
  return COUNTS.reduce((sum, name) => sum + Number(counts[name] ?? 0), 0);
}
