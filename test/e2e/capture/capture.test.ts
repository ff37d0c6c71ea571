import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TransientError } from '../../../lib/errors.ts';
import { completeReload, startReload } from '../../../lib/operations/reload.ts';
import { type SourceServer, startSourcePostgres } from '../../helpers/source-postgres.ts';
import { type CaptureLab, createLab } from './capture-lab.ts';

const ORDERS = '[{name: orders, source: public.orders, keys: [id], history: every-change}]';
const MAKE_ORDERS = `create table orders (id int primary key, note text);
alter table orders replica identity full`;

let server: SourceServer;
beforeAll(async () => {
  server = await startSourcePostgres();
}, 120_000);
afterAll(() => server?.stop());

let lab: CaptureLab;
afterEach(() => lab?.close());

const brief = (rows: readonly Record<string, string | null>[]) =>
  rows.map(({ Op, id, note, BI_id }) => [Op, id, note, BI_id]);

describe('startCapture', () => {
  it('loads every table at one state, and then writes the changes in the order of commits', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(`${MAKE_ORDERS}; insert into orders values (1, 'one'), (2, null)`);

    const capture = await lab.start();
    await lab.db.query("insert into orders values (3, 'ÿ 東京 ''\"\\')");
    await lab.db.query("update orders set note = '' where id = 1; update orders set id = 20 where id = 2");
    await lab.db.query('delete from orders where id = 3');
    await capture.idle();
    await capture.stop();

    const rows = await lab.rows('orders');
    expect(brief(rows)).toEqual([
      ['I', '1', 'one', null],
      ['I', '2', null, null],
      ['I', '3', 'ÿ 東京 \'"\\', null],
      ['U', '1', '', '1'],
      ['U', '20', null, '2'],
      ['D', '3', 'ÿ 東京 \'"\\', null],
    ]);
    expect(Object.keys(rows[0]!)).toEqual(['Op', 'id', 'note', 'tx_commit_time', 'change_seq', 'BI_id']);
    expect(rows.slice(0, 2).map(({ change_seq }) => change_seq)).toEqual([null, null]);
    const changes = rows.slice(2);
    expect(changes.every(({ change_seq }) => /^\d{35}$/.test(change_seq!))).toBe(true);
    expect(new Set(rows.map(({ tx_commit_time }) => tx_commit_time)).size).toBe(4);
    const times = rows.map(({ tx_commit_time }) => tx_commit_time!);
    expect(times).toEqual([...times].sort());
    expect(times.every((time) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/.test(time))).toBe(true);
  });

  it('takes the commit time of the source', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(MAKE_ORDERS);
    const capture = await lab.start();

    const clock = "select to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS.US') as now";
    const [before] = await lab.db.query(clock);
    await lab.db.query("insert into orders values (1, 'a')");
    const [after] = await lab.db.query(clock);
    await capture.idle();

    const [row] = await lab.rows('orders');
    expect(row!.tx_commit_time! > before!.now! && row!.tx_commit_time! < after!.now!).toBe(true);
  });

  it('gives an empty table no folder', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(MAKE_ORDERS);

    const capture = await lab.start();
    await capture.idle();

    expect(await lab.files('orders')).toEqual([]);
  });

  it('keeps the changes of interleaved transactions together and in the order of commits', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(`${MAKE_ORDERS}; insert into orders values (1, 'old'), (2, 'old')`);
    const capture = await lab.start();
    const [a, b, c] = [await lab.db.session(), await lab.db.session(), await lab.db.session()];

    await a.query("begin; update orders set note = 'a1' where id = 1");
    await b.query("begin; update orders set note = 'b1' where id = 2; savepoint s");
    await c.query("begin; insert into orders values (3, 'rolled back')");
    await a.query("update orders set note = 'a2' where id = 1");
    await b.query("update orders set note = 'undone' where id = 2; rollback to savepoint s");
    await b.query("update orders set note = 'b2' where id = 2; commit");
    await c.query('rollback');
    await a.query('commit');
    await capture.idle();
    await capture.stop();

    const rows = await lab.rows('orders', '2*.parquet');
    expect(rows.map(({ note }) => note)).toEqual(['b1', 'b2', 'a1', 'a2']);
    const [b1, b2, a1, a2] = rows.map(({ tx_commit_time }) => tx_commit_time!);
    expect([b1 === b2, a1 === a2, b1! < a1!]).toEqual([true, true, true]);
  });

  it('loses no transaction that is committed right after a confirmed one, over many restarts', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(MAKE_ORDERS);
    await (await lab.start()).stop();
    const [a, b] = [await lab.db.session(), await lab.db.session()];

    for (let i = 0; i < 5; i += 1) {
      const capture = await lab.start();
      await a.query(`begin; insert into orders values (${2 * i}, 'a')`);
      await b.query(`begin; insert into orders values (${2 * i + 1}, 'b')`);
      await a.query('commit');
      await capture.idle();
      await capture.stop();
      // Its commit is the very next record of the log.
      await b.query('commit');
    }
    const last = await lab.start();
    await last.idle();

    const rows = await lab.rows('orders');
    expect(new Set(rows.map(({ id }) => Number(id)))).toEqual(
      new Set(Array.from({ length: 10 }, (_, i) => i)),
    );
    expect(new Set(rows.map(({ change_seq }) => change_seq)).size).toBe(10);
  });

  it('begins a new file when the columns of a table change, and writes large values that did not', async () => {
    lab = await createLab(server, ORDERS);
    const large = "(select string_agg(md5(i::text), '') from generate_series(1, 5000) as i)";
    await lab.db.query(`${MAKE_ORDERS}; insert into orders values (1, ${large})`);
    const capture = await lab.start({ intervalMs: 60_000 });

    await lab.db.query("insert into orders values (2, 'b')");
    await lab.db.query('alter table orders add column qty bigint');
    await lab.db.query('update orders set qty = 9007199254740993 where id = 1');
    await lab.db.query('alter table orders drop column note');
    await lab.db.query('delete from orders where id = 2');
    await capture.idle();

    const [expected] = await lab.db.query(`select ${large} as text`);
    const files = await lab.files('orders');
    const kept: Awaited<ReturnType<CaptureLab['rows']>>[] = [];
    for (const name of files) kept.push(await lab.rows('orders', name));
    expect(files).toHaveLength(4);
    expect(kept.slice(0, 3).map((rows) => Object.keys(rows[0]!).slice(1, -3))).toEqual([
      ['id', 'note'],
      ['id', 'note', 'qty'],
      ['id', 'qty'],
    ]);
    expect(kept[1]!.map(({ note, qty }) => [note, qty])).toEqual([[expected!.text, '9007199254740993']]);
  });

  it('cuts a transaction that is larger than a file, and repeats the same sequences for the same log', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(MAKE_ORDERS);
    const first = await lab.start({ maxRows: 30, intervalMs: 60_000 });
    const sent = "insert into orders select i, 'x' from generate_series(1, 100) as i";
    let failing = 0;
    await first.stop();
    const broken = await lab.start({
      maxRows: 30,
      faults: {
        at: async (point) => {
          if (point === 'capture.position-saved') failing += 1;
          if (point === 'capture.files-placed' && failing >= 2) throw new Error('the disk is full');
        },
      },
    });
    await lab.db.query(sent);
    await expect(broken.idle()).rejects.toThrow('the disk is full');
    const again = await lab.start({ maxRows: 1000 });
    await again.idle();
    await again.stop();

    const rows = await lab.rows('orders');
    const bySequence = new Map(
      rows.map(({ change_seq, id, tx_commit_time }) => [change_seq, [id, tx_commit_time]]),
    );
    expect(rows).toHaveLength(190);
    expect(bySequence.size).toBe(100);
    expect([...bySequence.values()].map(([id]) => Number(id))).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(new Set(rows.map(({ tx_commit_time }) => tx_commit_time)).size).toBe(1);
    const files = await lab.files('orders');
    expect(files.map((name) => /^\d{8}-\d{9}\.parquet$/.test(name))).toEqual(files.map(() => true));
  });

  it('gives every commit an instant at which the history is what the source was right after it', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(
      `${MAKE_ORDERS}; insert into orders select i, 'loaded' from generate_series(1, 5) as i`,
    );
    const all = (): Promise<unknown[]> =>
      lab.db.query('select id::text, note from orders order by orders.id');
    const states = [await all()];
    const capture = await lab.start();
    for (let i = 0; i < 12; i += 1) {
      await lab.db.query(`update orders set id = ${100 + i}, note = '${i}' where id = ${(i % 5) + 1};
update orders set note = null where id = ${((i * 3) % 10) + 1}; delete from orders where id = ${107 - i};
insert into orders values (${(i % 5) + 1}, 'again') on conflict do nothing`);
      states.push(await all());
    }
    await capture.idle();
    const times = [...new Set((await lab.rows('orders')).map((row) => row.tx_commit_time!))].sort();
    await lab.ingest();

    const snapshots: unknown[] = [];
    for (const time of times) snapshots.push(await lab.snapshot('orders', `${time.replace(' ', 'T')}Z`));
    expect(snapshots).toEqual(states);
  });

  it('breaks when the source goes away, and goes on where it was at the next start', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(MAKE_ORDERS);
    const capture = await lab.start({ intervalMs: 60_000 });
    await lab.db.query("insert into orders values (1, 'a')");

    await lab.db.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()',
    );
    await expect(capture.ended).rejects.toBeInstanceOf(TransientError);
    await expect(capture.idle()).rejects.toBeInstanceOf(TransientError);
    const again = await lab.start();
    await again.idle();

    expect(brief(await lab.rows('orders'))).toEqual([['I', '1', 'a', null]]);
  });

  it('lets nobody else capture the slot, not even while it loads', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(`${MAKE_ORDERS}; insert into orders values (1, 'a')`);
    let refused: unknown;
    const capture = await lab.start({
      faults: {
        at: async (point) => {
          if (point === 'capture.loaded') refused = await lab.start().catch((error: unknown) => error);
        },
      },
    });
    await capture.idle();

    expect(refused).toMatchObject({ code: 'CAPTURE_BUSY' });
    expect(brief(await lab.rows('orders'))).toEqual([['I', '1', 'a', null]]);
  });

  it('loads a table again while its changes go on, which repairs a truncate', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(
      `${MAKE_ORDERS}; insert into orders select i, 'loaded' from generate_series(1, 9) as i`,
    );
    const capture = await lab.start();
    await capture.idle();
    await lab.ingest();
    await lab.db.query("truncate orders; insert into orders values (3, 'again'), (4, null)");
    await capture.idle();
    await lab.ingest();

    const reload = await lab.withWorkspace((ws) => startReload(ws, ws.table('orders')));
    await lab.db.query("update orders set note = 'meanwhile' where id = 4");
    const rows = await capture.reload('orders');
    await lab.db.query("insert into orders values (5, 'after')");
    await capture.idle();
    await lab.ingest();
    await lab.withWorkspace((ws) => completeReload(ws, ws.table('orders'), { rows }));

    expect([reload.generation > 0, rows]).toEqual([true, 2]);
    expect(await lab.snapshot('orders')).toEqual([
      { id: '3', note: 'again' },
      { id: '4', note: 'meanwhile' },
      { id: '5', note: 'after' },
    ]);
  });

  it('asks for the right to read the log', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(
      `${MAKE_ORDERS}; drop role if exists reader; create role reader login password 'secret'`,
    );
    const url = new URL(lab.db.url);
    url.username = 'reader';
    url.password = 'secret';

    const refused = await lab.start({ source: url.href }).catch((error: Error) => error.message);

    expect(refused).toContain('alter user <name> replication;');
    expect(refused).toContain('grant select on "public"."orders" to <name>;');
  });

  it('leaves out columns and folds names as the configuration says', async () => {
    lab = await createLab(
      server,
      '[{name: orders, source: public.Orders, keys: [id], columnNames: lower, excludeColumns: [Secret]}]',
    );
    await lab.db.query(`create table "Orders" ("ID" int primary key, "Secret" text, "Qty" int,
"Twice" int generated always as ("Qty" * 2) stored)`);
    const capture = await lab.start();
    await lab.db.query(`insert into "Orders" values (1, 'x', 2); update "Orders" set "ID" = 3`);
    await capture.idle();

    expect((await lab.rows('orders')).map(({ tx_commit_time: _t, change_seq: _s, ...row }) => row)).toEqual([
      { Op: 'I', id: '1', qty: '2', BI_id: null },
      { Op: 'U', id: '3', qty: '2', BI_id: '1' },
    ]);
  });

  it('warns of a truncate, which is not in the files', async () => {
    lab = await createLab(server, ORDERS);
    await lab.db.query(`${MAKE_ORDERS}; insert into orders values (1, 'a')`);
    const warnings: unknown[] = [];
    const capture = await lab.start({
      logger: { info: () => {}, warn: (_message, fields) => warnings.push(fields) },
    });

    await lab.db.query("insert into orders values (2, 'b')");
    await lab.db.query('truncate orders');
    await capture.idle();

    expect(warnings).toEqual([{ tables: ['orders'] }]);
    expect(brief(await lab.rows('orders'))).toEqual([
      ['I', '1', 'a', null],
      ['I', '2', 'b', null],
    ]);
  });

  it('gives a history whose snapshots are the source, with writes all along the load', async () => {
    lab = await createLab(
      server,
      `[{name: orders, source: public.orders, keys: [id], history: every-change},
        {name: lines, source: "Sales Üb.Order lines", keys: [Order, "line no"], history: every-change}]`,
    );
    await lab.db.query(`${MAKE_ORDERS}; create schema "Sales Üb";
create table "Sales Üb"."Order lines" ("Order" int, "line no" int, qty int, primary key ("Order", "line no"));
insert into orders select i, 'x' from generate_series(1, 500) as i;
insert into "Sales Üb"."Order lines" select i, 1, i from generate_series(1, 500) as i`);
    let writing = true;
    const writers = [1, 2].map(async (n) => {
      const session = await lab.db.session();
      for (let i = 0; writing; i += 1) {
        const id = ((i * 7 + n) % 500) + 1;
        await session.query(`begin; update orders set note = '${n}-${i}' where id = ${id};
update "Sales Üb"."Order lines" set "line no" = "line no" + 1, qty = ${i} where "Order" = ${id};
delete from orders where id = ${500 + (i % 9)}; insert into orders values (${1000 * n + 500 + i}, null)
on conflict do nothing; ${i % 3 === 0 ? 'rollback' : 'commit'}`);
      }
    });
    const capture = await lab.start();
    await new Promise((settle) => setTimeout(settle, 400));
    writing = false;
    await Promise.all(writers);
    await capture.idle();
    await lab.ingest();

    expect(await lab.snapshot('orders')).toEqual(
      await lab.db.query('select id::text, note from orders order by orders.id'),
    );
    expect(await lab.snapshot('lines')).toEqual(
      await lab.db.query(
        `select "Order"::text, "line no"::text, qty::text from "Sales Üb"."Order lines" as l order by l."Order", l."line no"`,
      ),
    );
  });
});
