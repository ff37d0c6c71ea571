import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type SourceDatabase,
  type SourceServer,
  startSourcePostgres,
} from '../../helpers/source-postgres.ts';
import { createProject, type Project } from '../cli-process.ts';

const CONFIG = `
name: The shop
tables:
  - {name: orders, source: public.orders, keys: [id], history: every-change}
  - {name: empty, source: public.empty, keys: [id]}
`;

let server: SourceServer;
let db: SourceDatabase;
let project: Project;
beforeAll(async () => {
  server = await startSourcePostgres();
}, 120_000);
afterAll(() => server?.stop());
beforeEach(async () => {
  db = await server.database();
  project = await createProject(CONFIG);
  await db.query(`create table orders (id int primary key, note text);
alter table orders replica identity full;
create table empty (id int primary key);
insert into orders select i, 'loaded' from generate_series(1, 20) as i`);
});
afterEach(async () => {
  await db.close();
  await project.remove();
});

const capture = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
  project.run(['dev', 'capture', '--slot', slot(), ...args], { TIDEMARK_SOURCE_URL: db.url, ...env });
const slot = (): string => new URL(db.url).pathname.slice(1);
const snapshot = async (): Promise<unknown[]> => {
  const { stdout } = await project.run(['snapshot', 'orders', '--format', 'ndjson']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
};
const source = async (): Promise<unknown[]> => {
  const rows = await db.query('select id, note from orders order by id');
  return rows.map(({ id, note }) => ({ id: Number(id), note }));
};

describe('tidemark dev capture', { timeout: 120_000 }, () => {
  it.each([
    ['capture.slot-made'],
    ['capture.loaded'],
    ['capture.load-placed'],
    ['capture.file-placed'],
    ['capture.files-placed'],
    ['capture.position-saved'],
  ])('goes on after a kill at %s, and nothing is lost', async (point) => {
    if (!point.includes('load') && !point.includes('slot')) await capture(['--once']);
    await db.query("update orders set note = 'changed' where id = 1");

    const killed = await capture(['--once'], { TIDEMARK_FAULT: point });
    await db.query("delete from orders where id = 2; insert into orders values (21, 'late')");
    const again = await capture(['--once']);
    const ingested = await project.run(['ingest']);

    expect(killed.signal).toBe('SIGKILL');
    expect([again.code, ingested.code]).toEqual([0, 0]);
    expect(await snapshot()).toEqual(await source());
    const verified = await project.run(['verify']);
    expect(verified.code).toBe(0);
  });

  it('follows the source until it is told to stop, and then has everything it saw in files', async () => {
    const { child, ended } = project.start(['dev', 'capture', '--slot', slot(), '--interval', '1'], {
      TIDEMARK_SOURCE_URL: db.url,
    });
    await said(child.stderr, 'Capturing');
    await db.query("update orders set note = 'seen'");
    await said(child.stderr, '20 changes');
    child.kill('SIGTERM');

    expect(await ended).toMatchObject({ code: 0, signal: null, stdout: '' });
    expect(await project.run(['ingest'])).toMatchObject({ code: 0 });
    expect(await snapshot()).toEqual(await source());
    expect(await project.files('files/empty_incoming')).toEqual([]);
  });

  it('takes away what it made at the source, and begins anew with a load', async () => {
    await capture(['--once']);
    const left = 'select slot_name from pg_replication_slots where database = current_database()';
    expect(await db.query(left)).toHaveLength(1);

    const dropped = await capture(['--drop']);
    const again = await capture(['--drop']);

    expect(dropped.stdout).toBe(`slot ${slot()}: dropped\npublication ${slot()}: dropped\n`);
    expect(again.stdout).toBe(`slot ${slot()}: was not there\npublication ${slot()}: was not there\n`);
    expect(await db.query(left)).toEqual([]);
    expect(await db.query('select pubname from pg_publication')).toEqual([]);
    expect(await project.files('files/orders_incoming')).toEqual(['LOAD00000001.parquet']);
    expect(await capture(['--once'])).toMatchObject({ code: 0 });
  });

  it('refuses a source whose changes it could not have whole, with every remedy, and makes nothing there', async () => {
    await db.query(`drop table empty; alter table orders replica identity default`);

    const { code, stderr } = await capture(['--once']);

    expect(code).toBe(4);
    expect(stderr).toContain('alter table "public"."orders" replica identity full;');
    expect(stderr).toContain('Table empty: "public"."empty" is not in the database.');
    expect(await db.query('select pubname from pg_publication')).toEqual([]);
    expect(await db.query('select slot_name from pg_replication_slots')).toEqual([]);
  });

  it('runs every remedy it prints', async () => {
    await db.query(
      `alter table orders replica identity nothing; alter table empty drop constraint empty_pkey`,
    );
    const refused = await capture(['--once']);
    const remedies = [...refused.stderr.matchAll(/Run: (alter table .*;)/g)].map(([, sql]) => sql!);
    for (const sql of remedies) await db.query(sql);

    expect(remedies).toHaveLength(2);
    expect(await capture(['--once'])).toMatchObject({ code: 0 });
  });

  it('refuses a slot that its folder knows nothing of', async () => {
    await capture(['--once']);
    const other = await createProject(CONFIG);

    const stranger = await other.run(['dev', 'capture', '--once', '--slot', slot()], {
      TIDEMARK_SOURCE_URL: db.url,
    });
    await other.remove();

    expect(stranger.code).toBe(4);
    expect(stranger.stderr).toContain('tidemark dev capture --drop');
  });

  it('never shows the password', async () => {
    const url = new URL(db.url);
    const secret = decodeURIComponent(url.password);
    url.port = '1';

    const { code, stdout, stderr } = await project.run(['dev', 'capture', '--source', url.href, '--debug']);

    expect(code).toBe(5);
    expect(stdout + stderr).not.toContain(secret);
  });

  it('asks for a source where none is named', async () => {
    const { code, stderr } = await project.run(['dev', 'capture']);

    expect(code).toBe(2);
    expect(stderr).toContain('TIDEMARK_SOURCE_URL');
  });
});

function said(stream: NodeJS.ReadableStream | null, text: string): Promise<void> {
  let all = '';
  return new Promise((settle) => {
    stream?.on('data', (some: string) => {
      all += some;
      if (all.includes(text)) settle();
    });
  });
}
