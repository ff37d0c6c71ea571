import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { type SourceServer, startSourcePostgres } from '../../helpers/source-postgres.ts';
import { type CaptureLab, createLab } from './capture-lab.ts';

const TABLES = '[{name: orders, source: public.orders, keys: [id]}]';

let server: SourceServer;
beforeAll(async () => {
  server = await startSourcePostgres();
}, 120_000);
afterAll(() => server?.stop());

let lab: CaptureLab;
afterEach(() => lab?.close());

/** A source whose table has a row, and keys alone in the log. */
async function makeLab(): Promise<CaptureLab> {
  lab = await createLab(server, TABLES);
  await lab.db.query('create table orders (id int primary key, qty int); insert into orders values (1, 1)');
  return lab;
}

const slotOf = ({ db }: CaptureLab): string => new URL(db.url).pathname.slice(1);
const ids = async (from: CaptureLab) => (await from.rows('orders')).map(({ Op, id }) => [Op, id]);

describe('a capture whose source is changed under its hands', { timeout: 60_000 }, () => {
  it('ends at a new column whose large values the log may leave out, and goes on after what it prints', async () => {
    const { db } = await makeLab();
    const capture = await lab.start();
    await db.query("alter table orders add column note text; insert into orders values (2, 2, 'two')");

    const refused = await capture.ended.catch((error: Error) => error.message);
    const remedy = /Run: (alter table .*;)/.exec(String(refused))![1]!;
    await db.query(`${remedy} insert into orders values (3, 3, 'three')`);
    await (await lab.start()).idle();
    await lab.ingest();

    expect(remedy).toBe('alter table "public"."orders" replica identity full;');
    expect((await lab.snapshot('orders')).map(({ id, note }) => [id, note])).toEqual([
      ['1', null],
      ['2', 'two'],
      ['3', 'three'],
    ]);
  });

  it('follows a table that is renamed, also from before it was at the next start', async () => {
    const { db, root } = await makeLab();
    await (await lab.start()).stop();
    await db.query('insert into orders values (2, 2); alter table orders rename to "Orders of old"');
    await db.query('insert into "Orders of old" values (3, 3)');

    const { config } = parseConfig(
      `{name: shop, storage: {kind: local, root: .}, tables: ${TABLES.replace('public.orders', '"public.Orders of old"')}}`,
      { baseDir: root },
    );
    const capture = await lab.start({ config });
    await db.query('alter table "Orders of old" rename to orders; delete from orders where id = 2');
    await capture.idle();

    expect(await ids(lab)).toEqual([
      ['I', '1'],
      ['I', '2'],
      ['I', '3'],
      ['D', '2'],
    ]);
  });

  it.each([
    ['is dropped and made anew', 'drop table orders; create table orders (id int primary key)'],
    ['is taken out of the publication', 'alter publication "%" drop table orders'],
    ['gets a filter', 'alter publication "%" set table orders where (id > 1)'],
  ])('ends when a table %s, and does not begin again', async (_what, sql) => {
    const { db } = await makeLab();
    const capture = await lab.start();

    await db.query(sql.replace('%', slotOf(lab)));

    await expect(capture.ended).rejects.toMatchObject({ code: 'CAPTURE_PUBLICATION' });
    await expect(lab.start()).rejects.toMatchObject({ code: 'CAPTURE_PUBLICATION' });
  });

  it('takes a publication of the columns that are copied, and refuses one of fewer', async () => {
    const { db } = await makeLab();
    const publication = slotOf(lab);
    await db.query(`create publication ${publication} for table orders (id)`);
    const refused = await lab.start().catch((error: Error) => error.message);
    const remedies = [...String(refused).matchAll(/^ {2}(alter publication .*;)$/gm)].map(([, one]) => one!);
    for (const remedy of remedies) await db.query(remedy);

    await (await lab.start()).idle();

    expect(remedies).toEqual([
      `alter publication "${publication}" drop table only "public"."orders";`,
      `alter publication "${publication}" add table only "public"."orders";`,
    ]);
  });

  it.each([
    ['is gone', null],
    ['was made anew', "select pg_create_logical_replication_slot('%', 'pgoutput')"],
  ])('does not begin where the slot %s, since changes are lost', async (_what, remake) => {
    const { db } = await makeLab();
    await (await lab.start()).stop();
    const slot = slotOf(lab);

    await db.query('insert into orders values (2, 2)');
    await db.query('select pg_drop_replication_slot($1)', [slot]);
    if (remake) await db.query(remake.replace('%', slot));

    await expect(lab.start()).rejects.toMatchObject({ code: 'CAPTURE_STATE' });
  });

  it('takes no other database for the one it began with', async () => {
    await makeLab();
    await (await lab.start()).stop();
    const other = await server.database();
    await other.query('create table orders (id int primary key, qty int)');

    await expect(lab.start({ source: other.url })).rejects.toMatchObject({ code: 'CAPTURE_STATE' });
    expect(await other.query('select pubname from pg_publication')).toEqual([]);
    await other.close();
  });

  it('says where it cannot write, and goes on from there once it can', async () => {
    const { db, root } = await makeLab();
    const capture = await lab.start();
    await rm(join(root, 'orders_incoming'), { recursive: true });
    await writeFile(join(root, 'orders_incoming'), 'in the way');
    await db.query('insert into orders values (2, 2)');

    await expect(capture.ended).rejects.toThrow(join(root, 'orders_incoming'));
    await rm(join(root, 'orders_incoming'));
    await (await lab.start()).idle();

    expect(await ids(lab)).toEqual([['I', '2']]);
  });

  it('begins the load anew when a table was rewritten after the snapshot, where it looks empty', async () => {
    const { db } = await makeLab();
    const at = async (point: string): Promise<void> => {
      if (point === 'capture.slot-made') await db.query('alter table orders alter column qty type bigint');
    };

    await expect(lab.start({ faults: { at } })).rejects.toMatchObject({ code: 'CAPTURE_TABLE_REWRITTEN' });
    await (await lab.start()).idle();

    expect(await ids(lab)).toEqual([['I', '1']]);
  });

  it('leaves a table with generated columns fit to be updated, and the columns out', async () => {
    const { db } = await makeLab();
    await db.query(`alter table orders replica identity full;
alter table orders add column double int generated always as (qty * 2) stored`);

    const capture = await lab.start();
    await db.query('update orders set qty = 2; alter table orders add column more int default 5');
    await db.query('alter table orders add column triple int generated always as (qty * 3) stored');
    await db.query('update orders set qty = 3');
    await capture.idle();

    const rows = await lab.rows('orders');
    expect(rows.map(({ Op, qty, more }) => [Op, qty, more])).toEqual([
      ['I', '1', null],
      ['U', '2', null],
      ['U', '3', '5'],
    ]);
    expect(Object.keys(rows[0]!).filter((name) => ['double', 'triple'].includes(name))).toEqual([]);
  });
});
