import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { tableFolders } from '../../lib/config/paths.ts';
import { cdcFileName, change } from '../helpers/change-files.ts';
import type { AwsRequest } from './aws-front.ts';
import { readBucketPath } from './bucket-request.ts';
import type { ObjectCreated } from './bucket-events.ts';
import type { CloudLab } from './cloud-lab.ts';
import { describeWithCloud } from './describe-with-cloud.ts';
import type { Outcome } from './execution-environment.ts';
import { expectModel } from './expect-model.ts';
import { COLUMNS, feedOf, type FeedFile } from './feed.ts';
import { faultPoints, KILLED, killAt } from './kill-at.ts';
import { withLimits } from './statement-limits.ts';

const every = { keys: ['id'], history: 'every-change' };

const TABLES = [
  { ...every, name: 'killed', source: 'dbo.Killed' },
  { ...every, name: 'rung', source: 'dbo.Rückstand' },
  { ...every, name: 'lost', source: 'dbo.Lost' },
  { ...every, name: 'restarted', source: 'dbo.Restarted' },
  { keys: ['id'], name: 'timed', source: 'dbo.Timed' },
  { ...every, name: 'twice', source: 'dbo.Twice' },
  { ...every, name: 'mixed', source: 'dbo.Mixed' },
  { keys: ['id'], name: 'shaken', source: 'dbo.Shaken' },
  { ...every, name: 'refused', source: 'dbo.Refused' },
  { ...every, name: 'backlog', source: 'dbo.Backlog', batch: { maxFiles: 1 } },
];

const LONG_MS = 900_000;
const HOUR_MS = 60 * 60_000;

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
    'rows 1 and 2: killed at each step, one call after the other, the last one ends what was begun',
    async () => {
      const { events, functions, pipeline } = lab();
      const feed = feedOf({ seed: 11, files: 8, changesPerFile: 6 });
      const outcomes = new Map<string, Outcome>();
      const kill = async (...points: string[]): Promise<void> => {
        for (const point of points) {
          outcomes.set(point, await killAt(functions.ingest, point, { Records: [recordFor('killed')] }));
        }
      };
      events.hold();
      await put('killed', feed.slice(0, 2));
      await kill('ingest.claimed', 'ingest.started', 'ingest.schema-ready');
      await kill('ingest.staged', 'ingest.merged', 'ingest.before-commit');
      await put('killed', feed.slice(2, 3));
      await kill('ingest.applied');
      await put('killed', feed.slice(3, 4));
      await kill('ingest.before-moves');
      await put('killed', feed.slice(4, 6));
      await kill('ingest.moved-one');
      await put('killed', feed.slice(6, 7));
      await kill('ingest.moved-all');
      await lab().put('killed', cdcFileName(70), await readFile(TRUNCATED));
      await kill('ingest.rejected-recorded', 'ingest.rejected-explained', 'ingest.rejected-moved');
      await put('killed', feed.slice(7, 8));
      await kill('ingest.started');
      await lab().take('killed', feed[7]!.name);
      await put('killed', feed.slice(8));
      await kill('ingest.abandoned');
      await put('killed', feed.slice(7, 8));
      await events.release(() => []);
      await pipeline.ring('{"ring":["killed"]}');
      await pipeline.settle(LONG_MS);

      expect(Object.fromEntries(outcomes)).toEqual(
        Object.fromEntries(faultPoints('ingest').map((point) => [point, KILLED])),
      );
      await expectModel(lab(), 'killed', feed);
      expect(await lab().files('killed', 'rejected')).toEqual([
        cdcFileName(70),
        `${cdcFileName(70)}.reason.json`,
      ]);
      expect(await lab().deadLetters()).toEqual([]);
    },
    2 * LONG_MS,
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
      const record = recordFor('twice');

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
    'rows 7 to 9: a warehouse that is restarted in the middle of a merge has every change once',
    async () => {
      const { warehouse, functions, pipeline } = lab();
      const feed = feedOf({ seed: 19 });
      const merges = () => warehouse.statements.filter(({ sql }) => /^merge into \S+`restarted`/i.test(sql));
      await put('restarted', feed.slice(0, 1));
      await pipeline.settle(LONG_MS);
      const calls = functions.ingest.outcomes.length;
      await put('restarted', feed.slice(1));
      const isMerging = () => merges().some(({ outcome }) => outcome === 'running');
      await expect.poll(isMerging, { interval: 10, timeout: 120_000 }).toBe(true);
      // Time for Spark to have begun.
      await sleep(300);
      warehouse.power.stop();
      await warehouse.loseSessions();
      await pipeline.settle(LONG_MS);

      const outcomes = merges().map(({ outcome }) => outcome);
      expect(outcomes.length).toBeGreaterThan(1);
      expect([outcomes[0] === 'finished', outcomes.at(-1)]).toEqual([false, 'finished']);
      expect(functions.ingest.outcomes.slice(calls).filter(({ kind }) => kind !== 'answered')).toEqual([]);
      await expectModel(lab(), 'restarted', feed);
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 9: no statement may take longer than the call that sends it',
    async () => {
      const { events, warehouse, functions } = lab();
      const { timeoutMs } = functions.ingest;
      const feed = feedOf({ seed: 20 });
      events.hold();
      await put('timed', feed);
      await events.release(() => []);
      await functions.ingest.arm();
      const sent = warehouse.statements.length;
      functions.ingest.timeoutMs = 120_000;
      const endMs = Date.now() + functions.ingest.timeoutMs;
      const outcome = await functions.ingest.invoke({ Records: [recordFor('timed')] });
      functions.ingest.timeoutMs = timeoutMs;

      expect(outcome).toEqual({ kind: 'answered', payload: { batchItemFailures: [] } });
      const limited = withLimits(warehouse.statements.slice(sent));
      expect(limited.length).toBeGreaterThan(5);
      expect(limited.filter(({ startedAt, limitMs }) => startedAt + limitMs > endMs)).toEqual([]);
      await expectModel(lab(), 'timed', feed);
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
    'rows 10 and 12: schedule and sweep find files whose events were lost, and those of what was mended',
    async () => {
      const { events, functions, pipeline } = lab();
      const lose = async (files: readonly FeedFile[]): Promise<void> => {
        events.hold();
        await put('lost', files);
        await events.release(() => []);
        await pipeline.settle();
        expect(await lab().files('lost', 'incoming')).toHaveLength(files.length);
      };
      await lose(lost.slice(0, 2));
      await pipeline.ring('{"ring":"all"}');
      await pipeline.settle(LONG_MS);
      await lose(lost.slice(2));
      await functions.sweep.skipTime(HOUR_MS);
      const swept = await functions.sweep.invoke({});
      await pipeline.settle(LONG_MS);

      expect(swept.kind).toBe('answered');
      const said = functions.sweep.lines.map(({ message, table }) => `${message}: ${table}`);
      expect(said).toContain('Nobody had rung: lost');
      await expectModel(lab(), 'lost', lost);
      await expectModel(lab(), 'refused', refused);
      expect(await lab().deadLetters()).toEqual([]);
    },
    2 * LONG_MS,
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

/** A message as the queue of tables hands it over the first time. */
function recordFor(table: string) {
  return {
    messageId: 'm',
    body: JSON.stringify({ table }),
    attributes: { ApproximateReceiveCount: '1' },
  };
}

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
