import { randomUUID } from 'node:crypto';
import type { Station } from './aws-front.ts';
import { bucketChange } from './bucket-request.ts';

/** A key that got an object. */
export interface ObjectCreated {
  readonly bucket: string;
  readonly key: string;
  readonly reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
}

/** How a bucket tells of it. */
export type EventShape = 'eventbridge' | 's3' | 'sns';

/** The part of a rule's pattern that ours use. */
export interface ArrivalPattern {
  readonly buckets: readonly string[];
  /** Keys with `*` for anything. */
  readonly keys: readonly string[];
}

/** Tells a queue of objects that arrive in a bucket, as S3, EventBridge and a rule do, and worse where asked to. */
export interface BucketEvents {
  readonly station: Station;
  /** Puts the body of a message into the queue that the rule names; to be set before the first event. */
  send: (body: string) => Promise<void>;
  shape: EventShape;
  /** Events are kept back from now on. */
  hold(): void;
  /** Sends what was kept back, rearranged: repeated, left out, in another order. Later events pass again. */
  release(rearrange: (events: readonly ObjectCreated[]) => readonly ObjectCreated[]): Promise<void>;
}

/** Events of EventBridge at first, each sent at once. */
export function createBucketEvents(pattern: ArrivalPattern): BucketEvents {
  const keys = pattern.keys.map(wildcard);
  const matches = ({ bucket, key }: ObjectCreated): boolean =>
    pattern.buckets.includes(bucket) && keys.some((one) => one.test(key));
  let held: ObjectCreated[] | null = null;
  const events: BucketEvents = {
    send: async () => {},
    shape: 'eventbridge',
    hold: () => {
      held ??= [];
    },
    async release(rearrange) {
      const all = rearrange(held ?? []);
      held = null;
      for (const event of all) await events.send(eventBody(event, events.shape));
    },
    station: async (asked, onward) => {
      const change = bucketChange(asked);
      const reply = await onward(asked);
      if (reply === null || reply.status >= 300 || !change?.created) return reply;
      const [key = ''] = change.keys;
      const event = { bucket: change.bucket, key, reason: change.created };
      if (!matches(event)) return reply;
      if (held) held.push(event);
      else await events.send(eventBody(event, events.shape));
      return reply;
    },
  };
  return events;
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** The body of the message that tells of an object. */
export function eventBody(event: ObjectCreated, shape: EventShape): string {
  if (shape === 'eventbridge') return JSON.stringify(eventBridgeEvent(event));
  const notification = JSON.stringify({ Records: [notificationRecord(event)] });
  if (shape === 's3') return notification;
  return JSON.stringify({ Type: 'Notification', MessageId: randomUUID(), Message: notification });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function eventBridgeEvent({ bucket, key, reason }: ObjectCreated): object {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '123456789012',
    time: new Date().toISOString(),
    region: 'eu-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: { version: '0', bucket: { name: bucket }, object: { key, size: 1, etag: '' }, reason },
  };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function notificationRecord({ bucket, key, reason }: ObjectCreated): object {
  const names = { PutObject: 'Put', CopyObject: 'Copy', CompleteMultipartUpload: 'CompleteMultipartUpload' };
  const encoded = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-central-1',
    eventTime: new Date().toISOString(),
    eventName: `ObjectCreated:${names[reason]}`,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: { key: encoded, size: 1 },
    },
  };
}
