import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Faults,
  NO_FAULTS,
  type PartRows,
  SILENT_LOGGER,
  type SharedRun,
  type SnapshotSpec,
  type SnapshotTarget,
  type TextRow,
} from '../../lib/ports.ts';
import { createPostgresTarget } from '../../lib/targets/postgres/postgres-target.ts';
import { copyText } from '../helpers/copy-text.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { startTcpProxy } from '../helpers/tcp-proxy.ts';
import { readEverything } from '../e2e/export/harness.ts';
import { failure, faultAt, ID, markOf, runExport, source, specOf } from './target-contract.ts';

const NOTHING = async () => {};
let runs = 0;

/** A run that no other test knows. */
function newRun(parts: number): SharedRun {
  runs += 1;
  return { id: `run "${runs}"`, parts };
}

describe('shared exports of postgres', () => {
  let database: TestDatabase;
  let target: SnapshotTarget;
  const connect = (faults: Faults = NO_FAULTS, url = database.url, turnMs = 10_000) =>
    createPostgresTarget(
      { kind: 'url', url: { template: url }, verifyTls: true },
      { env: {}, logger: SILENT_LOGGER, faults, patience: { turnMs, recoverMs: 5_000 } },
    );
  beforeAll(async () => {
    database = await createTestDatabase();
    await database.query('create schema shop');
    target = await connect();
  });
  afterAll(async () => {
    await target?.close();
    await database?.close();
  });

  const rowsOf = async (table: string) =>
    (await database.query(`select id, name from shop."${table}" order by id`)).map(({ id, name }) => [
      id,
      name,
    ]);
  const staged = (spec: SnapshotSpec, rows: readonly TextRow[], gone?: readonly string[]): PartRows => ({
    rows: source(copyText(spec.columns, rows)),
    deletedKeys: gone
      ? source(
          copyText(
            [ID],
            gone.map((id) => [id]),
          ),
        )
      : null,
  });
  const load = (
    spec: SnapshotSpec,
    run: SharedRun,
    part: number,
    rows: readonly TextRow[],
    gone?: readonly string[],
  ) => target.shared.load(spec, run, part, staged(spec, rows, gone));
  const publish = (spec: SnapshotSpec, run: SharedRun, batchId = 1n) =>
    target.shared.publish(spec, run, markOf(batchId), NOTHING);
  /** A table with Ada and Bob in it. */
  async function filled(table: string): Promise<SnapshotSpec> {
    const spec = specOf(table);
    await runExport(target, { encode: copyText }, spec, [
      ['1', 'Ada'],
      ['2', 'Bob'],
    ]);
    return spec;
  }
  const BEFORE = [
    ['1', 'Ada'],
    ['2', 'Bob'],
  ];
  const silence = (table: string) =>
    database.query(
      `do $$ declare t text; begin
        for t in select format('shop.%I', c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = 'shop' and c.relname like '%progress' loop
          execute format('update %s set seen_at = seen_at - interval ''31 minutes'' where run_id = %L', t, '${table}');
        end loop; end $$`,
    );

  it('puts the parts together, in any order, and leaves nothing else behind', async () => {
    const spec = await filled('together');
    const run = newRun(3);

    await target.shared.begin(spec, run);
    expect(await load(spec, run, 2, [['3', 'Cy']])).toEqual({ rows: 1 });
    expect(await load(spec, run, 0, [['1', 'Eve']])).toEqual({ rows: 1 });
    expect(await load(spec, run, 1, [])).toEqual({ rows: 0 });
    expect(await rowsOf('together')).toEqual(BEFORE);

    expect(await publish(spec, run, 2n)).toEqual({ upserted: 2, removed: 1, unchanged: 0 });
    expect(await rowsOf('together')).toEqual([
      ['1', 'Eve'],
      ['3', 'Cy'],
    ]);
    expect(await target.watermark('shop', 'together')).toEqual(markOf(2n));
    expect((await readEverything(database)).filter((thing) => thing.includes('_tidemark_stage'))).toEqual([]);
  });

  it('makes a table that is not there, also an empty one, under the longest name', async () => {
    const name = 'ü'.repeat(31);
    const spec = specOf(name);
    const run = newRun(2);

    await target.shared.begin(spec, run);
    for (const part of [0, 1]) await load(spec, run, part, []);

    expect(await publish(spec, run)).toEqual({ upserted: 0, removed: 0, unchanged: 0 });
    expect(await rowsOf(name)).toEqual([]);
  });

  it('sends changes and removals of a delta in parts', async () => {
    await filled('delta_parts');
    const spec = specOf('delta_parts', { mode: 'delta' });
    const run = newRun(2);

    await target.shared.begin(spec, run);
    expect(await load(spec, run, 0, [['3', 'Cy']], ['1'])).toEqual({ rows: 2 });
    expect(await load(spec, run, 1, [], [])).toEqual({ rows: 0 });

    expect(await publish(spec, run, 2n)).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
    expect(await rowsOf('delta_parts')).toEqual([
      ['2', 'Bob'],
      ['3', 'Cy'],
    ]);
  });

  it('has a part once that was loaded twice, the second time', async () => {
    const spec = await filled('twice');
    const run = newRun(2);

    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'first']]);
    await load(spec, run, 1, [['2', 'Bob']]);
    await load(spec, run, 0, [['1', 'second']]);
    await publish(spec, run);

    expect(await rowsOf('twice')).toEqual([
      ['1', 'second'],
      ['2', 'Bob'],
    ]);
  });

  it('has a part once that two processes load at the same time', async () => {
    const spec = await filled('beside');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    async function* slow(name: string) {
      yield copyText(spec.columns, [['1', name]]);
      await new Promise((resolve) => setTimeout(resolve, 200));
      yield copyText(spec.columns, [['2', name]]);
    }
    const loads = ['one', 'two'].map((name) =>
      target.shared.load(spec, run, 0, { rows: slow(name), deletedKeys: null }),
    );

    expect(await Promise.all(loads)).toEqual([{ rows: 2 }, { rows: 2 }]);
    expect(await publish(spec, run)).toMatchObject({ upserted: 2 });
    expect(['one one', 'two two']).toContain((await rowsOf('beside')).map(([, name]) => name).join(' '));
  });

  it('keeps nothing of a part whose rows end early, and takes it again', async () => {
    const spec = await filled('broken_part');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    async function* broken() {
      yield copyText(spec.columns, [['1', 'Eve']]);
      throw new TypeError('the engine fell over');
    }

    const rows = { rows: broken(), deletedKeys: null };
    await expect(target.shared.load(spec, run, 0, rows)).rejects.toThrow('the engine fell over');
    expect(await failure(publish(spec, run))).toMatchObject({ kind: 'TerminalError', code: 'EXPORT_LOST' });
    expect(await rowsOf('broken_part')).toEqual(BEFORE);

    await load(spec, run, 0, [['1', 'Ada']]);
    expect(await publish(spec, run)).toEqual({ upserted: 0, removed: 1, unchanged: 1 });
  });

  it('is published once: the second time it says so and changes nothing', async () => {
    const spec = await filled('published_twice');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'Eve']]);

    expect(await publish(spec, run)).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
    const after = await readEverything(database);
    expect(await publish(spec, run)).toBeNull();
    expect(await readEverything(database)).toEqual(after);
  });

  it('begins anew under the same id, without what was staged', async () => {
    const spec = await filled('anew');
    const run = newRun(2);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'old']]);

    await target.shared.begin(spec, { ...run, parts: 1 });

    expect(await failure(publish(spec, { ...run, parts: 1 }))).toMatchObject({ code: 'EXPORT_LOST' });
    await load(spec, { ...run, parts: 1 }, 0, [['1', 'new']]);
    await publish(spec, { ...run, parts: 1 });
    expect(await rowsOf('anew')).toEqual([['1', 'new']]);
  });

  it('keeps every other export of the table from beginning, and none of another table', async () => {
    const spec = await filled('one_at_a_time');
    const other = await filled('another');
    const run = newRun(1);
    await target.shared.begin(spec, run);

    const underWay = { kind: 'TransientError', code: 'EXPORT_UNDER_WAY' };
    expect(await failure(target.shared.begin(spec, newRun(1)))).toMatchObject(underWay);
    expect(await failure(target.open(spec))).toMatchObject(underWay);
    expect(await target.shared.underWay('shop', 'one_at_a_time')).toBe(run.id);
    expect(await target.shared.underWay('shop', 'another')).toBeNull();
    expect(await target.shared.underWay('no such schema', 'another')).toBeNull();
    await (await target.open(other)).abort();

    await load(spec, run, 0, BEFORE);
    await publish(spec, run);
    expect(await target.shared.underWay('shop', 'one_at_a_time')).toBeNull();
    await (await target.open(spec)).abort();
  });

  it('is taken for dead after half an hour of silence, and finds that out', async () => {
    const spec = await filled('silent');
    const dead = newRun(2);
    await target.shared.begin(spec, dead);
    await load(spec, dead, 0, [['1', 'dead']]);
    await silence(dead.id);

    expect(await target.shared.underWay('shop', 'silent')).toBeNull();
    const next = newRun(1);
    await target.shared.begin(spec, next);
    const lost = { kind: 'TerminalError', code: 'EXPORT_LOST' };
    expect(await failure(load(spec, dead, 1, [['2', 'dead']]))).toMatchObject(lost);
    expect(await failure(publish(spec, dead))).toMatchObject(lost);
    await target.shared.abort('shop', 'silent', dead.id);

    await load(spec, next, 0, [['1', 'alive']]);
    await publish(spec, next);
    expect(await rowsOf('silent')).toEqual([['1', 'alive']]);
  });

  it('is alive for as long as a part loads, however long that takes', async () => {
    const spec = await filled('slow_part');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    let goOn = () => {};
    const loading = new Promise<void>((resolve) => (goOn = resolve));
    let began = () => {};
    const begun = new Promise<void>((resolve) => (began = resolve));
    async function* waiting() {
      began();
      await loading;
      yield copyText(spec.columns, [['1', 'Ada']]);
    }
    const slow = target.shared.load(spec, run, 0, { rows: waiting(), deletedKeys: null });
    await begun;
    await silence(run.id);

    expect(await target.shared.underWay('shop', 'slow_part')).toBe(run.id);
    goOn();
    await slow;
    expect(await publish(spec, run)).toMatchObject({ removed: 1 });
  });

  it('leaves everything as it was when it is aborted, once or twice, the schema it made too', async () => {
    const spec = specOf('aborted', { targetSchema: 'never "made"' });
    const before = await readEverything(database);
    const run = newRun(2);
    await target.shared.begin(spec, run);
    await target.shared.begin(spec, run);
    await load(spec, run, 1, [['1', 'Ada']]);

    await target.shared.abort('never "made"', 'aborted', run.id);
    await target.shared.abort('never "made"', 'aborted', run.id);

    expect(await readEverything(database)).toEqual(before);
  });

  it('keeps what it published when it is aborted afterwards', async () => {
    const spec = await filled('kept');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'Eve']]);
    await publish(spec, run);

    await target.shared.abort('shop', 'kept', run.id);

    expect(await rowsOf('kept')).toEqual([['1', 'Eve']]);
  });

  it('never overwrites a newer batch, and can still be aborted', async () => {
    const spec = specOf('newer');
    await runExport(target, { encode: copyText }, spec, BEFORE as TextRow[], { batchId: 7n });
    const before = await readEverything(database);
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'old']]);

    expect(await failure(publish(spec, run, 6n))).toMatchObject({
      kind: 'TerminalError',
      code: 'EXPORT_SUPERSEDED',
    });
    await target.shared.abort('shop', 'newer', run.id);
    expect(await readEverything(database)).toEqual(before);
  });

  it('publishes nothing when it is told not to in its turn, and everything when tried again', async () => {
    const spec = await filled('told');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'Eve']]);
    const refused = target.shared.publish(spec, run, markOf(1n), async () => {
      throw new TypeError('something was erased');
    });

    await expect(refused).rejects.toThrow('something was erased');
    expect(await rowsOf('told')).toEqual(BEFORE);
    expect(await publish(spec, run)).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
  });

  it('is lost when a key is erased meanwhile, so that the key does not come back', async () => {
    const spec = await filled('erased');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, BEFORE as TextRow[]);

    expect(await target.eraseKey('shop', 'erased', { id: '1' })).toBe(1);

    expect(await failure(publish(spec, run))).toMatchObject({ code: 'EXPORT_LOST' });
    expect(await rowsOf('erased')).toEqual([['2', 'Bob']]);
    expect(await target.shared.underWay('shop', 'erased')).toBeNull();
  });

  it('is lost when a crash of the server emptied what was staged', async () => {
    const spec = await filled('crashed');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'Eve']]);
    // What a server does to every unlogged table when it comes up after a crash.
    await database.query(`do $$ declare t text; begin
      for t in select format('shop.%I', relname) from pg_class where relpersistence = 'u' and relkind = 'r' loop
        execute 'truncate only ' || t; end loop; end $$`);

    expect(await failure(publish(spec, run))).toMatchObject({ code: 'EXPORT_LOST' });
    expect(await target.shared.underWay('shop', 'crashed')).toBeNull();
    expect(await rowsOf('crashed')).toEqual(BEFORE);
  });

  it.each(['export.part-staged', 'export.before-commit'])(
    'can be taken up after an end at %s',
    async (point) => {
      const spec = await filled(`ends ${point}`);
      const run = newRun(1);
      const faulty = await connect(faultAt(point));
      await target.shared.begin(spec, run);
      if (point === 'export.before-commit') await load(spec, run, 0, [['1', 'Eve']]);

      const step =
        point === 'export.before-commit'
          ? faulty.shared.publish(spec, run, markOf(1n), NOTHING)
          : faulty.shared.load(spec, run, 0, staged(spec, [['1', 'Eve']]));
      await expect(step).rejects.toThrow(point);
      await faulty.close();

      expect(await rowsOf(`ends ${point}`)).toEqual(BEFORE);
      if (point === 'export.part-staged') await load(spec, run, 0, [['1', 'Eve']]);
      expect(await publish(spec, run)).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
    },
  );

  it('knows after a lost reply to COMMIT that it is published', async () => {
    const spec = await filled('lost_reply');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    await load(spec, run, 0, [['1', 'Eve']]);
    const url = new URL(database.url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const weak = await connect(NO_FAULTS, url.href);
    proxy.rules = { onReply: (bytes) => (bytes.includes('COMMIT') ? 'cut' : 'pass') };

    const published = await weak.shared.publish(spec, run, markOf(1n), NOTHING);
    await weak.close();
    await proxy.close();

    expect(published).toEqual({ upserted: 1, removed: 1, unchanged: 0 });
    expect(await publish(spec, run)).toBeNull();
    expect(await rowsOf('lost_reply')).toEqual([['1', 'Eve']]);
  });

  it('ends its statements before whoever runs it is stopped', async () => {
    const spec = await filled('short_of_time');
    const run = newRun(1);
    await target.shared.begin(spec, run);
    const hurried = await createPostgresTarget(
      { kind: 'url', url: { template: database.url }, verifyTls: true },
      { env: {}, logger: SILENT_LOGGER, faults: NO_FAULTS, timeLeft: () => 1_500 },
    );
    async function* endless() {
      yield copyText(spec.columns, [['1', 'Eve']]);
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      yield copyText(spec.columns, [['2', 'Eve']]);
    }

    const error = await failure(hurried.shared.load(spec, run, 0, { rows: endless(), deletedKeys: null }));
    await hurried.close();

    expect(error).toMatchObject({ kind: 'TransientError', code: 'TARGET_CANCELLED' });
    expect(await load(spec, run, 0, [['1', 'Ada']])).toEqual({ rows: 1 });
    await target.shared.abort('shop', 'short_of_time', run.id);
  });
});
