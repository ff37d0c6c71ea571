import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../lib/engines/duckdb/engine.ts';
import { TransientError } from '../../../lib/errors.ts';
import { addSeconds, secondsBetween } from '../../../lib/instant.ts';
import { createLedger, type Ledger } from '../../../lib/ledger/ledger.ts';
import type { AppliedBatch, LedgerFile } from '../../../lib/ledger/records.ts';
import { renderInsert, FILES, HEADS, ledgerRef } from '../../../lib/ledger/ledger-tables.ts';
import type { Engine } from '../../../lib/ports.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';

const PLACE = { catalog: 'lake', schema: 'main' };
const START = '2026-01-01T00:00:00.000000Z';

let engine: Engine;
let ledger: Ledger;
/** Seconds since START; every look at the clock is a microsecond later. */
let seconds = 0;
let ticks = 0;
const clock = {
  now: () => {
    ticks += 1;
    return addSeconds(START, seconds + ticks / 1e6);
  },
};

beforeEach(async () => {
  seconds = 0;
  ticks = 0;
  engine = await openDuckdb({ path: ':memory:', schema: 'main' });
  ledger = createLedger(engine, PLACE, clock);
  await ledger.prepare();
});
afterEach(() => engine.close());

const file = (path: string, more: Partial<LedgerFile> = {}): LedgerFile => ({
  path,
  version: `v of ${path}`,
  generation: 0,
  fullLoad: false,
  size: 10,
  rows: 1,
  firstCommit: START,
  lastCommit: START,
  arrivedAt: START,
  ...more,
});

const applied = (batchId: bigint, files: LedgerFile[]): AppliedBatch => ({
  batchId,
  kind: 'merge',
  files,
  rows: files.length,
  counts: { opened: 1, closed: 0, updated: 0, tombstones: 0, unchanged: 0, stale: 0 },
  ambiguous: 0,
  firstCommit: START,
  lastCommit: START,
  reloadInstant: null,
});

const TABLES = ['orders', `it's "quoted"`, 'Zwei Wörter 🌊', '%', 'values'];

describe('a claim', () => {
  it.each(TABLES)('of table %s is one worker’s until it is given back', async (table) => {
    const lease = await ledger.claim(table, 'one');
    await expect(ledger.claim(table, 'two')).rejects.toMatchObject({
      code: 'TABLE_BUSY',
      name: 'TransientError',
    });
    await ledger.claim('another table', 'two');
    await ledger.release(lease);
    const next = await ledger.claim(table, 'two');
    expect(next.fence).toBe(lease.fence + 1n);
    expect(next.historyId).toBe(lease.historyId);
  });

  it('expires after a quarter of an hour, which every batch begins anew', async () => {
    const lease = await ledger.claim('orders', 'one');
    seconds = 14 * 60;
    await ledger.hold(engine, lease);
    seconds = 28 * 60;
    await expect(ledger.claim('orders', 'two')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
    seconds = 30 * 60;
    const taken = await ledger.claim('orders', 'two');
    await expect(ledger.hold(engine, lease)).rejects.toMatchObject({
      code: 'LEASE_LOST',
      name: 'TransientError',
    });
    await ledger.hold(engine, taken);
  });

  it('knows the last batch id given out', async () => {
    const lease = await ledger.claim('orders', 'one');
    expect(lease.batchId).toBe(0n);
    await ledger.started(engine, lease, 1n, 'merge', [file('a')]);
    expect((await ledger.head('orders'))!.batchId).toBe(1n);
    await ledger.started(engine, lease, 2n, 'merge', [file('b')]);
    await ledger.release(lease);
    expect((await ledger.claim('orders', 'two')).batchId).toBe(2n);
  });

  describe('on an engine whose statements commit one by one', () => {
    const alone = () => createLedger(withoutTransactions(engine), PLACE, clock, { leaseSeconds: () => 600 });

    it('is extended only when less than half of its time is left', async () => {
      const lease = await alone().claim('orders', 'one');
      const expiry = async () => (await ledger.head('orders'))!.expiresAt;
      const first = await expiry();
      seconds = 299;
      await alone().hold(engine, lease);
      expect(await expiry()).toBe(first);
      seconds = 301;
      await alone().hold(engine, lease);
      expect((await expiry()) > addSeconds(first, 300)).toBe(true);
    });

    it('ends with the call that it is made for, however late in it that is', async () => {
      const ofCall = createLedger(engine, PLACE, clock, { leaseSeconds: () => 960 - seconds });
      await ofCall.claim('early', 'one');
      const early = (await ledger.head('early'))!.expiresAt;
      seconds = 300;
      await ofCall.claim('late', 'one');
      expect(secondsBetween(early, (await ledger.head('late'))!.expiresAt)).toBeLessThan(1);
    });

    it('is lost to whoever took it over when it expired, whichever process that is', async () => {
      const lease = await alone().claim('orders', 'one');
      seconds = 601;
      await alone().claim('orders', 'two');
      await expect(alone().hold(engine, lease)).rejects.toMatchObject({ code: 'LEASE_LOST' });
    });

    it('of another process holds until it expires', async () => {
      await alone().claim('orders', 'one');
      await engine.execute(`update "_tidemark_heads" set owner = 'another-process/worker'`);
      await expect(alone().claim('orders', 'two')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
    });
  });

  it('that was lost gives nothing back that is another’s', async () => {
    const lease = await ledger.claim('orders', 'one');
    seconds = 16 * 60;
    await ledger.claim('orders', 'two');
    await ledger.release(lease);
    await expect(ledger.claim('orders', 'three')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
  });

  it('whose answer was lost does not keep the table from the next worker', async () => {
    const failing: Engine = {
      ...engine,
      execute: async (sql) => {
        const result = await engine.execute(sql);
        if (sql.startsWith('update'))
          throw new TransientError('CONNECTION_LOST', 'the answer did not arrive');
        return result;
      },
    };
    await expect(createLedger(failing, PLACE, clock).claim('orders', 'one')).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
    });
    expect((await ledger.claim('orders', 'two')).fence).toBe(2n);
  });

  it('of a table that was given back is another’s who was quicker', async () => {
    await ledger.release(await ledger.claim('orders', 'one'));
    const slow: Engine = {
      ...engine,
      execute: async (sql) => {
        if (sql.startsWith('update')) await ledger.claim('orders', 'quick');
        return engine.execute(sql);
      },
    };
    await expect(createLedger(slow, PLACE, clock).claim('orders', 'slow')).rejects.toMatchObject({
      code: 'TABLE_BUSY',
    });
    await expect(ledger.claim('orders', 'third')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
  });
});

/** As two workers leave it who claim a table for the first time at once, where inserts do not meet. */
describe('a table with two heads', () => {
  const insertHead = (historyId: string) =>
    engine.execute(
      renderInsert(engine.dialect, ledgerRef(PLACE.catalog, PLACE.schema, HEADS), HEADS, [
        { table_name: 'orders', history_id: historyId, fence: 0, owner: null, expires_at: START },
      ]),
    );
  const lake = () => createLedger(withoutTransactions(engine), PLACE, clock);

  it('is one worker’s at a time, and has one identity', async () => {
    await insertHead('b');
    await insertHead('a');

    const lease = await lake().claim('orders', 'one');
    await expect(lake().claim('orders', 'two')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
    await lake().hold(engine, lease);
    await lake().release(lease);

    expect(await lake().claim('orders', 'two')).toMatchObject({ fence: 2n, historyId: lease.historyId });
  });

  it('stays with whoever claimed it before the other one was there', async () => {
    await insertHead('b');
    const lease = await lake().claim('orders', 'one');
    await insertHead('a');

    await expect(lake().claim('orders', 'two')).rejects.toMatchObject({ code: 'TABLE_BUSY' });
    await lake().hold(engine, lease);
  });
});

describe('the batch begun last', () => {
  it('is none, then open with its files, then ended', async () => {
    const lease = await ledger.claim('orders', 'one');
    expect(await ledger.lastStarted('orders')).toBeNull();

    const hostile = `dbo/it's \\ [a]*?/ü "x"\t🌊.parquet`;
    await ledger.started(engine, lease, 1n, 'merge', [file('a'), file(hostile, { generation: 3 })]);
    const unread = { rows: null, firstCommit: null, lastCommit: null };
    expect(await ledger.lastStarted('orders')).toEqual({
      batchId: 1n,
      kind: 'merge',
      ended: false,
      files: [file('a', unread), file(hostile, { ...unread, generation: 3 })],
    });

    await ledger.applied(engine, lease, applied(1n, [file('a')]));
    expect(await ledger.lastStarted('orders')).toMatchObject({ batchId: 1n, ended: true });
    expect(await ledger.lastStarted('people')).toBeNull();
  });

  it('begun twice has the files of the second time', async () => {
    const lease = await ledger.claim('orders', 'one');
    await ledger.started(engine, lease, 1n, 'first-load', [file('a'), file('b')]);
    await ledger.started(engine, lease, 1n, 'merge', [file('b')]);
    expect(await ledger.lastStarted('orders')).toMatchObject({
      kind: 'merge',
      files: [{ path: 'b' }],
      ended: false,
    });
  });

  it('of ten thousand files is begun whole, and none of them is forgotten', async () => {
    const lease = await ledger.claim('orders', 'one');
    const files = Array.from({ length: 10_000 }, (_, n) => file(`file ${n}`));
    await ledger.started(engine, lease, 1n, 'merge', files);
    const last = await ledger.lastStarted('orders');
    expect(new Set(last!.files.map(({ path }) => path)).size).toBe(10_000);
    expect(last!.files).toHaveLength(10_000);
  });

  it.each(['abandoned', 'timed-out'] as const)('is ended when it was %s', async (status) => {
    const lease = await ledger.claim('orders', 'one');
    await ledger.started(engine, lease, 1n, 'merge', [file('a')]);
    await ledger.ended(lease, 1n, status, { kind: 'merge', files: [file('a')] });
    expect(await ledger.lastStarted('orders')).toMatchObject({ ended: true });
    expect(await ledger.batches('orders')).toEqual([]);
  });

  it('is not ended by an export that has sent it before it was recorded as applied', async () => {
    const lease = await ledger.claim('orders', 'one');
    await ledger.started(engine, lease, 1n, 'merge', [file('a')]);
    await ledger.exported({ export: 'crm', table: 'orders' }, 1n);
    expect(await ledger.lastStarted('orders')).toMatchObject({ ended: false });
  });

  it('that took too long leaves its size for a day, the smallest of them', async () => {
    const lease = await ledger.claim('orders', 'one');
    await ledger.claim('people', 'one');
    const timedOut = async (table: string) => (await ledger.head(table))!.timedOut;
    expect(await timedOut('orders')).toBeNull();
    await ledger.ended(lease, 1n, 'timed-out', { kind: 'merge', files: [file('a'), file('b')] });
    await ledger.ended(lease, 2n, 'timed-out', { kind: 'merge', files: [file('a')] });
    expect(await timedOut('orders')).toEqual({ files: 1, bytes: 10 });
    expect(await timedOut('people')).toBeNull();
    seconds = 24 * 3600 + 1;
    expect(await timedOut('orders')).toBeNull();
  });

  it('applied twice in the ledger, after a lost answer, is one batch', async () => {
    const lease = await ledger.claim('orders', 'one');
    await ledger.applied(engine, lease, applied(1n, [file('a')]));
    await ledger.applied(engine, lease, applied(1n, [file('a')]));
    expect(await ledger.batches('orders')).toHaveLength(1);
    expect(await ledger.appliedIn('orders', 1n)).toHaveLength(1);
  });
});

describe('files', () => {
  it('applied are found by path, with every version and generation', async () => {
    const lease = await ledger.claim('orders', 'one');
    const hostile = `dbo/it's [a]*?/ü "x".parquet`;
    const files = [
      file(hostile),
      file('b'),
      file('b', { version: 'other' }),
      file('b', { generation: 2, fullLoad: true }),
    ];
    await ledger.applied(engine, lease, applied(1n, files));
    const found = await ledger.appliedFiles('orders', [hostile, 'b', 'c']);
    expect(
      found.map(({ path, version, generation, batchId }) => [path, version, generation, batchId]).sort(),
    ).toEqual(
      [
        [hostile, `v of ${hostile}`, 0, 1n],
        ['b', 'v of b', 0, 1n],
        ['b', 'other', 0, 1n],
        ['b', 'v of b', 2, 1n],
      ].sort(),
    );
    expect(await ledger.appliedFiles('people', ['b'])).toEqual([]);
    expect(await ledger.appliedFiles('orders', [])).toEqual([]);
  });

  it('in their thousands are recorded and found in statements of bounded size', async () => {
    const lease = await ledger.claim('orders', 'one');
    const longest: number[] = [];
    const measured: Engine = {
      ...engine,
      execute: (sql) => {
        longest.push(sql.length);
        return engine.execute(sql);
      },
    };
    const files = Array.from({ length: 1_201 }, (_, n) => file(`file ${n}`));
    await ledger.applied(measured, lease, applied(1n, files));
    expect(Math.max(...longest)).toBeLessThan(500_000);
    const found = await ledger.appliedFiles(
      'orders',
      files.map(({ path }) => path),
    );
    expect(new Set(found.map(({ path }) => path)).size).toBe(1_201);
    expect((await ledger.appliedIn('orders', 1n)).length).toBe(1_201);
  });

  it('rejected are told with code and message, newest last, whatever is in the text', async () => {
    const event = { status: 'rejected', code: 'NULL_KEY', message: `it's "bad"\nline two` } as const;
    await ledger.fileEvent('orders', file('a'), event);
    await ledger.fileEvent('orders', file('b'), { ...event, code: 'NOT_PARQUET' });
    expect(
      (await ledger.rejections('orders')).map(({ file: { path }, code, message }) => [path, code, message]),
    ).toEqual([
      ['a', 'NULL_KEY', `it's "bad"\nline two`],
      ['b', 'NOT_PARQUET', `it's "bad"\nline two`],
    ]);
  });
});

it('an insert names every column, and what a row does not say is null', () => {
  const sql = renderInsert(engine.dialect, ledgerRef('lake', 'main', FILES), FILES, [
    { table_name: `it's`, path: 'a\\b', size: 9007199254740993n, full_load: true, arrived_at: START },
  ]);
  expect(sql).toMatchInlineSnapshot(`
    "insert into "main"."_tidemark_files" ("table_name", "path", "version", "generation", "status", "batch_id", "full_load", "size", "rows", "first_commit", "last_commit", "arrived_at", "code", "message", "recorded_at")
    values
      ('it''s', 'a\\b', cast(null as varchar), cast(null as bigint), cast(null as varchar), cast(null as bigint), cast(true as boolean), cast(9007199254740993 as bigint), cast(null as bigint), cast(null as timestamptz), cast(null as timestamptz), timestamptz '2026-01-01T00:00:00.000000Z', cast(null as varchar), cast(null as varchar), cast(null as timestamptz))"
  `);
});
