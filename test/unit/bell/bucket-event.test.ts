import { describe, expect, it } from 'vitest';
import { parseBucketEvent } from '../../../lib/bell/bucket-event.ts';

const eventBridge = (key: unknown, more = {}) => ({
  version: '0',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { version: '0', bucket: { name: 'lake' }, object: { key, size: 5 }, reason: 'PutObject' },
  ...more,
});
const record = (key: unknown, eventName = 'ObjectCreated:Put') => ({
  eventSource: 'aws:s3',
  eventName,
  s3: { bucket: { name: 'lake' }, object: { key, size: 5 } },
});
const parse = (value: unknown) => parseBucketEvent(JSON.stringify(value));

describe('parseBucketEvent', () => {
  it('reads an event of EventBridge with its key as it is, and as it would be decoded', () => {
    expect(parse(eventBridge('dbo/a+b_incoming/1%2C2.parquet'))).toEqual([
      { bucket: 'lake', keys: ['dbo/a+b_incoming/1%2C2.parquet', 'dbo/a b_incoming/1,2.parquet'] },
    ]);
    expect(parse(eventBridge('dbo/plain/x'))).toEqual([{ bucket: 'lake', keys: ['dbo/plain/x'] }]);
  });

  it('reads every object of a notification of S3 and decodes its key', () => {
    const keys = ['dbo/a+b_incoming/1%2B2.parquet', 'dbo/%E6%97%A5_incoming/x', 'dbo/100%/x'];

    expect(parse({ Records: keys.map((key) => record(key)) })).toEqual([
      { bucket: 'lake', keys: ['dbo/a b_incoming/1+2.parquet'] },
      { bucket: 'lake', keys: ['dbo/日_incoming/x'] },
      { bucket: 'lake', keys: ['dbo/100%/x'] },
    ]);
  });

  it('reads what SNS wraps', () => {
    const wrapped = { Type: 'Notification', Message: JSON.stringify({ Records: [record('a/x')] }) };

    expect(parse(wrapped)).toEqual([{ bucket: 'lake', keys: ['a/x'] }]);
  });

  it.each([
    ['the test that S3 sends', { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' }],
    ['a deletion told by EventBridge', eventBridge('a/x', { 'detail-type': 'Object Deleted' })],
    ['a deletion told by S3', { Records: [record('a/x', 'ObjectRemoved:Delete')] }],
    ['a notification without objects', { Records: [] }],
  ])('finds no arrival in %s', (_, event) => {
    expect(parse(event)).toEqual([]);
  });

  it.each([
    ['text', '"hello"'],
    ['nothing', ''],
    ['half an object', '{"Records":['],
    ['a list', '[]'],
    ['another service', JSON.stringify({ Records: [{ eventSource: 'aws:sqs', body: 'x' }] })],
    ['a key that is none', JSON.stringify({ Records: [record(5)] })],
    ['an event without an object', JSON.stringify(eventBridge(undefined))],
    ['records of nothing', '{"Records":[null]}'],
    ['something else', '{"hello":1}'],
    ['wrapped nonsense', JSON.stringify({ Type: 'Notification', Message: 'x' })],
  ])('takes %s for no event', (_, body) => {
    expect(parseBucketEvent(body)).toBeNull();
  });
});
