import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { tableFolders } from '../../lib/config/paths.ts';
import { cdcFileName, change } from '../helpers/change-files.ts';
import type { AwsRequest } from './aws-front.ts';
import { readBucketPath } from './bucket-request.ts';
import type { ObjectCreated } from './bucket-events.ts';
import type { CloudLab } from './cloud-lab.ts';
import { describeWithCloud } from './describe-with-cloud.ts';
import { expectModel } from './expect-model.ts';
import { COLUMNS, feedOf, type FeedFile } from './feed.ts';

const every = { keys: ['id'], history: 'every-change' };

const TABLES = [
  { ...every, name: 'killed', source: 'dbo.Killed' },
  { ...every, name: 'rung', source: 'dbo.Rückstand' },
  { ...every, name: 'lost', source: 'dbo.Lost' },
  { ...every, name: 'twice', source: 'dbo.Twice' },
  { ...every, name: 'mixed', source: 'dbo.Mixed' },
  { keys: ['id'], name: 'shaken', source: 'dbo.Shaken' },
  { ...every, name: 'refused', source: 'dbo.Refused' },
  { ...every, name: 'backlog', source: 'dbo.Backlog', batch: { maxFiles: 1 } },
];

const LONG_MS = 240_000;

const TRUNCATED = new URL('../samples/bad-truncated.parquet', import.meta.url);

describeWithCloud('ingestion in the cloud', { tables: TABLES }, (lab) => {
  const put = async (table: string, files: readonly FeedFile[]): Promise<void> => {
    for (const file of files) await lab().put(table, file.name, file);
  };
  /** What calls of the function said of a table, oldest first. */
  const told = (table: string) =>
    lab().functions.ingest.lines.filter(({ message, table: of }) => message === 'ingested' && of === table);

  const lost = feedOf({ seed: 13 });
  const refused = feedOf({ seed: 17 });

  beforeEach(() => {
    lab().warehouse.faults.clear();
    lab().events.shape = 'eventbridge';
  });

  it(
    'rows 1 and 2: killed between any two steps, the next call ends what was begun',
    async () => {
      const { functions, pipeline } = lab();
      const feed = feedOf({ seed: 11, files: 4 });
      const killedAt = (...points: string[]) =>
        functions.ingest.arm(...points.map((point) => ({ TIDEMARK_FAULT: point })));
      const before = functions.ingest.outcomes.length;

      await killedAt('ingest.claimed', 'ingest.started', 'ingest.merged', 'ingest.applied');
      await put('killed', feed.slice(0, 3));
      await pipeline.settle(LONG_MS);
      await killedAt('ingest.moved-one');
      await put('killed', feed.slice(3));
      await pipeline.settle(LONG_MS);

      const killed = functions.ingest.outcomes.slice(before).filter(({ kind }) => kind === 'ended');
      expect(killed).toEqual(Array(5).fill({ kind: 'ended', how: 'SIGKILL' }));
      await expectModel(lab(), 'killed', feed);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'rows 3, 14 and 17: events twice, reversed, in another shape and of files long moved; changes sent again; names that need encoding',
    async () => {
      const { events, pipeline } = lab();
      const feed = inFolders(feedOf({ seed: 12 }));
      let first: readonly ObjectCreated[] = [];
      events.shape = 's3';
      events.hold();
      await put('rung', feed.slice(1));
      await events.release((held) => {
        first = held;
        return [...held, ...held].reverse();
      });
      await pipeline.settle(LONG_MS);

      events.shape = 'sns';
      events.hold();
      const again = { ...feed[2]!, name: '20300101-000000000.parquet' };
      await put('rung', [...feed.slice(0, 1), again]);
      await events.release((held) => [...first, ...held, ...first]);
      await pipeline.settle(LONG_MS);

      await expectModel(lab(), 'rung', feed);
      const applied = told('rung').map(({ files }) => Number(files));
      expect(applied.reduce((sum, files) => sum + files, 0)).toBe(feed.length + 1);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 4: of two workers on one table one works, and the other tries again later',
    async () => {
      const { events, functions, pipeline } = lab();
      const feed = feedOf({ seed: 14 });
      events.hold();
      await put('twice', feed);
      await events.release(() => []);
      const record = {
        messageId: 'm',
        body: '{"table":"twice"}',
        attributes: { ApproximateReceiveCount: '1' },
      };

      const outcomes = await Promise.all([
        functions.ingest.invoke({ Records: [record] }),
        functions.ingest.invoke({ Records: [record] }),
      ]);
      await pipeline.settle(LONG_MS);

      const again = { kind: 'answered', payload: { batchItemFailures: [{ itemIdentifier: 'm' }] } };
      const done = { kind: 'answered', payload: { batchItemFailures: [] } };
      expect(outcomes).toEqual(expect.arrayContaining([again, done]));
      const codes = told('twice').map(({ code }) => code ?? 'done');
      expect(codes.sort()).toEqual(['TABLE_BUSY', 'done']);
      await expectModel(lab(), 'twice', feed);
    },
    LONG_MS,
  );

  it(
    'rows 5 and 6: damaged files are put aside with the reason, and one that arrives during the run is not forgotten',
    async () => {
      const { aws, pipeline } = lab();
      const feed = feedOf({ seed: 15, files: 4 });
      const keyless = [change({ op: 'I', at: '08:00', seq: 7, id: null, name: 'nobody' })];
      aws.faults.add({ when: isFor(lab(), 'mixed', 'copy'), delayMs: 3_000 });
      await put('mixed', feed.slice(0, 2));
      await lab().put('mixed', cdcFileName(70), await readFile(TRUNCATED));
      await lab().put('mixed', cdcFileName(71), { columns: COLUMNS, changes: keyless });
      await put('mixed', feed.slice(2, 4));
      const hits = aws.faults.hits();
      await expect.poll(() => aws.faults.hits() > hits, { timeout: 60_000 }).toBe(true);
      await put('mixed', feed.slice(4));
      await pipeline.settle(LONG_MS);

      await expectModel(lab(), 'mixed', feed);
      expect(await lab().files('mixed', 'rejected')).toEqual([
        cdcFileName(70),
        `${cdcFileName(70)}.reason.json`,
        cdcFileName(71),
        `${cdcFileName(71)}.reason.json`,
      ]);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'rows 7 and 8: a warehouse that is busy, cold or forgetful and a bucket that throttles only make it later',
    async () => {
      const { aws, warehouse, functions, pipeline } = lab();
      const feed = feedOf({ seed: 16 });
      const { faults, access, power } = warehouse;
      await functions.ingest.arm();
      access.revoke();
      power.stop();
      faults.failNext('OpenSession', { httpStatus: 503, retryAfterSeconds: 1 });
      faults.failNext('ExecuteStatement', { dropReply: true }, { sql: /merge\s+into[^;]*shaken/i });
      faults.failNext('ExecuteStatement', { dropReply: true }, { sql: /insert\s+into[^;]*shaken/i });
      faults.failNext(
        'ExecuteStatement',
        { sqlState: '2D521', message: '[DELTA_CONCURRENT_APPEND] again' },
        { sql: /merge/i },
      );
      aws.faults.add({ when: isFor(lab(), 'shaken', 'read'), status: 503, times: 3 });
      aws.faults.add({ when: isFor(lab(), 'shaken', 'copy'), status: 500, times: 2 });
      aws.faults.add({ when: isFor(lab(), 'shaken', 'copy'), loseReply: true });
      const hits = aws.faults.hits();
      await put('shaken', feed);
      await pipeline.settle(LONG_MS);

      expect(aws.faults.hits() - hits).toBe(6);
      await expectModel(lab(), 'shaken', feed);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 10: what no repetition mends is put aside with its code at once, and the files stay',
    async () => {
      const { warehouse, pipeline } = lab();
      const message = '[INSUFFICIENT_PERMISSIONS] User does not have permission MODIFY.';
      warehouse.faults.failNext(
        'ExecuteStatement',
        { sqlState: '42501', message },
        { sql: /refused/i, times: 100 },
      );
      await put('refused', refused);
      await pipeline.settle(LONG_MS);

      const calls = told('refused').map(() => ({ body: '{"table":"refused"}', code: 'PERMISSION_DENIED' }));
      expect(calls.length).toBeGreaterThan(0);
      expect(await lab().deadLetters()).toEqual(calls);
      expect(await lab().files('refused', 'incoming')).toHaveLength(refused.length);
    },
    LONG_MS,
  );

  it(
    'rows 10 and 12: the bell of the schedule finds files whose events were lost, and those of what was mended',
    async () => {
      const { events, pipeline } = lab();
      events.hold();
      await put('lost', lost);
      await events.release(() => []);
      await pipeline.settle();
      expect(await lab().files('lost', 'incoming')).toHaveLength(lost.length);

      await pipeline.ring('{"ring":"all"}');
      await pipeline.settle(LONG_MS);

      await expectModel(lab(), 'lost', lost);
      await expectModel(lab(), 'refused', refused);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 11: a backlog too long for a call is worked on by one call after another',
    async () => {
      const { warehouse, functions, pipeline } = lab();
      const feed = feedOf({ seed: 18, changesPerFile: 3 });
      const { timeoutMs } = functions.ingest;
      await put('backlog', feed.slice(0, 1));
      await pipeline.settle(LONG_MS);
      const before = told('backlog');
      // So short that a call begins at most two batches, and so long that two are ended, however fast this machine is.
      const shortMs = Math.max(20_000, 4_000 * Number(before.at(-1)?.seconds));
      const slow = { sql: /merge into \S+`backlog`/, times: 100 };
      warehouse.faults.failNext('ExecuteStatement', { delayMs: shortMs / 4 }, slow);
      functions.ingest.timeoutMs = shortMs;
      await put('backlog', feed.slice(1));
      await pipeline.settle(LONG_MS);
      functions.ingest.timeoutMs = timeoutMs;

      await expectModel(lab(), 'backlog', feed);
      expect(told('backlog').length - before.length).toBeGreaterThan(1);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );
});

/** The same files in folders whose names every encoding of keys changes. */
function inFolders(feed: readonly FeedFile[]): FeedFile[] {
  return feed.map((file) => ({ ...file, name: `2024/größe + 50%25 'x' & <y>/${file.name}` }));
}

/** A request of a function for a file of a table: to copy it elsewhere, or to read a part of it. */
function isFor(lab: CloudLab, table: string, doing: 'copy' | 'read'): (asked: AwsRequest) => boolean {
  const folders = Object.values(tableFolders(lab.config, lab.table(table)));
  const header = doing === 'copy' ? 'x-amz-copy-source' : 'range';
  return ({ service, url, headers }) =>
    service === 's3' &&
    headers[header] !== undefined &&
    folders.some((folder) => readBucketPath(url).key.startsWith(`${folder}/`));
}
