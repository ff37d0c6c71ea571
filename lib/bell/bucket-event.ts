import { bodyFields } from './message-body.ts';

/** A file that arrived in a bucket. */
export interface Arrival {
  readonly bucket: string;
  /** The key plain. More than one where it may or may not be encoded: each is possible. */
  readonly keys: readonly string[];
}

/**
 * Reads what buckets tell: an event of EventBridge, a notification of S3 with any number of objects, either of them
 * wrapped by SNS, or S3's test. Other events than arrivals, and the test, are no arrivals. Null for anything that is not
 * meant as an event of a bucket.
 */
export function parseBucketEvent(body: string): readonly Arrival[] | null {
  const fields = bodyFields(body);
  if (fields === null) return null;
  if (fields.Type === 'Notification' && typeof fields.Message === 'string') {
    return parseBucketEvent(fields.Message);
  }
  if (fields.source === 'aws.s3') return fromEventBridge(fields);
  if (fields.Event === 's3:TestEvent') return [];
  return Array.isArray(fields.Records) ? fromNotification(fields.Records) : null;
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether the key is encoded here is said nowhere. */
function fromEventBridge(event: Fields): readonly Arrival[] | null {
  if (event['detail-type'] !== 'Object Created') return [];
  const found = bucketAndKey(event.detail);
  if (found === null) return null;
  return [{ bucket: found.bucket, keys: [...new Set([found.key, decodeKey(found.key)])] }];
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function fromNotification(records: readonly unknown[]): readonly Arrival[] | null {
  const arrivals: Arrival[] = [];
  for (const record of records) {
    const { eventSource, eventName, s3 } = asFields(record);
    if (eventSource !== 'aws:s3' || typeof eventName !== 'string') return null;
    if (!/^(s3:)?ObjectCreated:/.test(eventName)) continue;
    const found = bucketAndKey(s3);
    if (found === null) return null;
    arrivals.push({ bucket: found.bucket, keys: [decodeKey(found.key)] });
  }
  return arrivals;
}

function bucketAndKey(value: unknown): { bucket: string; key: string } | null {
  const { bucket, object } = asFields(value);
  const { name } = asFields(bucket);
  const { key } = asFields(object);
  return typeof name === 'string' && typeof key === 'string' ? { bucket: name, key } : null;
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** As S3 encodes keys; one that is no such encoding stays as it is. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
