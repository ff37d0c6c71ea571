import { describe, expect, it } from 'vitest';
import { BELL_ENVIRONMENT } from '../../../lib/bell/environment.ts';
import { afterIngestCall, callBody } from '../../../lib/bell/call.ts';
import { ringMessage } from '../../../lib/bell/ring.ts';
import type { Config } from '../../../lib/config/config.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { QueueMessage } from '../../../lib/functions/function-scope.ts';
import type { QueueRecord } from '../../../lib/functions/queue-batch.ts';
import { routeEvents, type RouterScope } from '../../../lib/functions/router.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';

const NOW = '2026-05-01T12:00:30.000000Z';
const BUCKET = cloudConfig().bucket;

function open(adapt: (config: Config) => Config = (config) => config) {
  const sent: Record<string, QueueMessage[]> = {};
  const lines: string[] = [];
  const broken = new Set<string>();
  const config = adapt({
    ...cloudConfig(),
    exports: ['serving', 'public'].map((name) => {
      const [one] = cloudConfig().exports;
      return { ...one!, name, trigger: { ...one!.trigger, inNetwork: name === 'serving' } };
    }),
  });
  const log = (message: string): void => {
    lines.push(message);
  };
  const scope: RouterScope = {
    config,
    env: {
      [BELL_ENVIRONMENT.windowSeconds]: '60',
      [BELL_ENVIRONMENT.ringQueueUrl]: 'rings',
      [BELL_ENVIRONMENT.exportQueueUrl]: 'exports',
      [BELL_ENVIRONMENT.networkExportQueueUrl]: 'network',
      [BELL_ENVIRONMENT.deadLetterQueueUrl]: 'dead',
    },
    clock: { now: () => NOW },
    logger: { info: log, warn: log, error: log },
    queues: {
      send: async (url, messages) => {
        if (broken.has(url)) throw new TransientError('QUEUE_SEND_FAILED', `${url} takes nothing.`);
        sent[url] = [...(sent[url] ?? []), ...messages];
      },
    },
  };
  return { scope, sent, lines, broken };
}

let ids = 0;
const message = (body: unknown): QueueRecord => {
  ids += 1;
  return { messageId: `m${ids}`, body: typeof body === 'string' ? body : JSON.stringify(body) };
};
const arrival = (key: string, bucket = BUCKET) =>
  message({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: bucket }, object: { key } },
  });
const notification = (...keys: string[]) =>
  message({
    Records: keys.map((key) => ({
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:CompleteMultipartUpload',
      s3: { bucket: { name: BUCKET }, object: { key } },
    })),
  });
const ringOf = (table: string) => ringMessage({ table }, Date.parse(NOW), 60);
const INCOMING = 'landing/dbo/customer_incoming';
const ALL_DONE = { batchItemFailures: [] };

describe('routeEvents, of events', () => {
  it('sends one message for each table and window, however many files arrived', async () => {
    const { scope, sent, lines } = open();

    const answer = await routeEvents(scope, [
      arrival(`${INCOMING}/LOAD00000001.parquet`),
      arrival(`${INCOMING}/2026/05/01/20260501-115900000.parquet`),
      notification(`${INCOMING}/a+b.parquet`, 'landing/dbo/order_line_incoming/LOAD1.parquet'),
    ]);

    expect(answer).toEqual(ALL_DONE);
    expect(sent).toEqual({ rings: [ringOf('customer'), ringOf('order_line')] });
    expect(lines).toEqual(['routed']);
  });

  it('finds tables with hostile names by their encoded keys', async () => {
    const name = "o'clock +日本 %41";
    const { scope, sent } = open((config) => ({
      ...config,
      tables: [{ ...config.tables[0]!, name, source: `dbo.${name}` }],
    }));
    const key = `landing/dbo/${name}_incoming/x.parquet`;
    const encoded = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');

    for (const record of [arrival(key), arrival(encoded), notification(encoded)]) {
      await routeEvents(scope, [record]);
    }

    expect(sent).toEqual({ rings: [ringOf(name), ringOf(name), ringOf(name)] });
  });

  it.each([
    ['a key outside of all folders', arrival('elsewhere/x.parquet')],
    ['a file that we moved away', arrival('landing/dbo/customer_processed/7/x.parquet')],
    ['a file that we refused', arrival('landing/dbo/customer_rejected/x.parquet')],
    ['another bucket', arrival(`${INCOMING}/x.parquet`, 'another-bucket')],
    ['a hidden file', arrival(`${INCOMING}/_tidemark/x.parquet`)],
    ['a folder', arrival(`${INCOMING}/2026/`)],
    ['the reason of a refusal', arrival(`${INCOMING}/x.parquet.reason.json`)],
    ['the test that S3 sends', message({ Event: 's3:TestEvent', Bucket: BUCKET })],
    ['a deletion', message({ source: 'aws.s3', 'detail-type': 'Object Deleted', detail: {} })],
  ])('passes over %s', async (_, record) => {
    const { scope, sent } = open();

    expect(await routeEvents(scope, [record])).toEqual(ALL_DONE);
    expect(sent).toEqual({});
  });

  it('rings nobody for a table that is paused', async () => {
    const { scope, sent } = open((config) => ({
      ...config,
      tables: config.tables.map((table) => ({ ...table, paused: table.name === 'customer' })),
    }));

    await routeEvents(scope, [
      arrival(`${INCOMING}/x.parquet`),
      message({ ring: 'all' }),
      message({ ring: ['customer'] }),
    ]);

    expect(sent).toEqual({ rings: [ringOf('order_line')] });
  });
});

describe('routeEvents, of calls', () => {
  it('rings every table, or those that are named', async () => {
    const all = open();
    await routeEvents(all.scope, [message({ ring: 'all' })]);
    const one = open();
    await routeEvents(one.scope, [message({ ring: ['order_line', 'order_line'] })]);

    expect(all.sent).toEqual({ rings: [ringOf('customer'), ringOf('order_line')] });
    expect(one.sent).toEqual({ rings: [ringOf('order_line')] });
  });

  it('sends an export to the queue of its place, once for each message that asks', async () => {
    const { scope, sent } = open();

    await routeEvents(scope, [
      { messageId: 'one', body: callBody({ export: 'all' }) },
      { messageId: 'two', body: callBody({ export: ['public'] }) },
    ]);

    expect(sent).toEqual({
      network: [{ body: '{"export":"serving"}', groupId: 'serving', deduplicationId: 'one/serving' }],
      exports: [
        { body: '{"export":"public"}', groupId: 'public', deduplicationId: 'one/public' },
        { body: '{"export":"public"}', groupId: 'public', deduplicationId: 'two/public' },
      ],
    });
  });

  it('sends an export once for all that applied something in its window', async () => {
    const { scope, sent } = open();
    const calls = ['2026-05-01T11:55:01Z', '2026-05-01T11:59:59Z'].map((at) =>
      message(afterIngestCall({ export: 'public' }, Date.parse(at), 300).body),
    );

    await routeEvents(scope, calls);

    const window = Date.parse('2026-05-01T11:55:00Z') / 300_000;
    expect(sent).toEqual({
      exports: [{ body: '{"export":"public"}', groupId: 'public', deduplicationId: `300/${window}/public` }],
    });
  });

  it('puts a call with unknown names aside and does the rest of it', async () => {
    const { scope, sent } = open();
    const calls = [message({ ring: ['customer', 'nobody'] }), message({ export: ['none'] })];

    expect(await routeEvents(scope, calls)).toEqual(ALL_DONE);

    expect(sent.rings).toEqual([ringOf('customer')]);
    expect(sent.dead).toEqual([
      {
        body: calls[0]!.body,
        attributes: { code: 'UNKNOWN_TABLE', reason: expect.stringContaining('"nobody"') },
      },
      {
        body: calls[1]!.body,
        attributes: { code: 'UNKNOWN_EXPORT', reason: expect.stringContaining('serving, public') },
      },
    ]);
  });
});

describe('routeEvents, when something is wrong', () => {
  it.each([
    ['no JSON', 'hello', 'EVENT_UNREADABLE'],
    ['another event', '{"Records":[{"eventSource":"aws:sqs"}]}', 'EVENT_UNREADABLE'],
    ['a call that cannot be followed', '{"ring":[]}', 'CALL_UNREADABLE'],
    ['a call with more in it', '{"ring":"all","now":true}', 'CALL_UNREADABLE'],
  ])('puts %s aside, with the reason, and works on the others', async (_, body, code) => {
    const { scope, sent } = open();

    expect(await routeEvents(scope, [message(body), arrival(`${INCOMING}/x.parquet`)])).toEqual(ALL_DONE);

    expect(sent.dead).toEqual([{ body, attributes: { code, reason: expect.any(String) } }]);
    expect(sent.rings).toEqual([ringOf('customer')]);
  });

  it('is shown again exactly the messages whose queue took nothing', async () => {
    const { scope, sent, broken } = open();
    broken.add('rings').add('dead');
    const records = [
      arrival(`${INCOMING}/x.parquet`),
      message({ export: ['public'] }),
      message('garbage'),
      arrival('elsewhere/x'),
    ];

    expect(await routeEvents(scope, records)).toEqual({
      batchItemFailures: [
        { itemIdentifier: records[0]!.messageId },
        { itemIdentifier: records[2]!.messageId },
      ],
    });
    expect(Object.keys(sent)).toEqual(['exports']);
  });

  it('needs what a deploy sets', async () => {
    const { scope } = open();

    await expect(routeEvents({ ...scope, env: {} }, [])).rejects.toMatchObject({
      code: 'FUNCTION_ENVIRONMENT',
      message: expect.stringContaining('TIDEMARK_WINDOW_SECONDS'),
    });
  });
});
