import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, startProgram } from '../helpers/program.ts';
import { type SourceDatabase, type SourceServer, startSourcePostgres } from '../helpers/source-postgres.ts';
import { createProject } from './cli-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(ROOT, 'bin/tidemark.mjs');

interface Block {
  readonly language: string;
  readonly text: string;
}

type Ran = Block & Ended;

let server: SourceServer;
let db: SourceDatabase;
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tidemark-try-it-'));
  server = await startSourcePostgres();
  db = await server.database();
}, 120_000);
afterAll(async () => {
  await db?.close();
  await server?.stop();
  await rm(home, { recursive: true, force: true });
});

async function blocksOf(file: string): Promise<Block[]> {
  const text = await readFile(join(ROOT, file), 'utf8');
  return [...text.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, body]) => ({
    language: language!,
    text: body!,
  }));
}

/** Runs a block where the one before it ended: same folder, same variables. `npx` is the program of this checkout. */
async function runShell(block: Block): Promise<Ran> {
  const [state, folder] = [join(home, 'state.sh'), join(home, 'folder')];
  const script = `
npx() { shift; "${process.execPath}" "${PROGRAM}" "$@"; }
. "${state}"; cd "$(cat "${folder}")"
trap '{ declare -p then 2>/dev/null || true; } > "${state}"; pwd > "${folder}"' EXIT
${block.text.replace(/^export TIDEMARK_SOURCE_URL=.*$/m, ':')}`;
  const { NO_COLOR: _no, FORCE_COLOR: _force, TIDEMARK_CONFIG: _config, ...inherited } = process.env;
  const env = { ...inherited, TIDEMARK_SOURCE_URL: db.url };
  const shell = startProgram('bash', ['-e', '-c', script], { cwd: home, env });
  shell.said('Press Ctrl-C').then(shell.interrupt, () => {});
  return { ...block, ...(await shell.ended) };
}

/** Each statement is a transaction of its own, as where it is typed. */
async function runSql(text: string): Promise<void> {
  for (const statement of text.split(/;$/m)) await db.query(statement);
}

describe('docs/try-it.md', () => {
  let ran: Ran[];
  beforeAll(async () => {
    await writeFile(join(home, 'state.sh'), '');
    await writeFile(join(home, 'folder'), home);
    const [clone, ...blocks] = await blocksOf('docs/try-it.md');
    expect(clone!.text).toContain('git clone');
    ran = [];
    for (const block of blocks) {
      if (block.language === 'sql') await runSql(block.text);
      else ran.push(await runShell(block));
    }
  }, 120_000);
  const outputOf = (command: string): string => ran.find(({ text }) => text.includes(command))?.stdout ?? '';

  it('works as it stands: one capture is refused, with what the reader is told to run', () => {
    const refused = ran.filter(({ code }) => code !== 0);

    expect(refused.map(({ code, text }) => ({ code, text }))).toEqual([
      { code: 4, text: 'npx tidemark dev capture --once\n' },
    ]);
    for (const table of ['orders', 'order_lines']) {
      expect(refused[0]?.stderr).toContain(`alter table "public"."${table}" replica identity full;`);
    }
  });

  it('shows the life of a row, its versions, and the table as it was', () => {
    const instant = /\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g;
    const lines = outputOf('timeline')
      .split('\n')
      .filter((line) => /→|^ *\d+ {2}/.test(line))
      .map((line) => line.replaceAll(instant, '@').trim().replace(/\s+/g, ' '));

    expect(lines).toEqual([
      '│ status new → paid',
      '│ status paid → shipped',
      '│ total 12.50 → 13.00',
      '1 Ada new 12.50 false @ @',
      '1 Ada paid 12.50 false @ @',
      '1 Ada shipped 13.00 true @ ∅',
      '1 Ada new 12.50',
      '2 Björn new 7.00',
    ]);
  });

  it('ends with every promise kept, and nothing left at the source but the tables', async () => {
    const left = await db.query(`select slot_name as name from pg_replication_slots
union all select pubname from pg_publication
union all select relname || ' full' from pg_class where relkind = 'r' and relreplident = 'f'`);

    expect(outputOf('verify')).not.toMatch(/broken/);
    expect(outputOf('--drop')).toMatch(/^slot \w+: dropped\npublication \w+: dropped\n$/);
    expect(left).toEqual([]);
  });
});

describe('tidemark init --from', { timeout: 60_000 }, () => {
  it('writes a configuration of whatever a source has, which capture then takes', async () => {
    const other = await server.database();
    const project = await createProject(null);
    await other.query(`create schema "Old: ""Stock""";
create table "Old: ""Stock""".items ("b key" int, "A" uuid, flag boolean, primary key ("A", "b key"));
create table items (id int primary key);
create table log (line text);
create table "with.dot" (id int primary key);
create view seen as select 1 as id;
create table parts (id int primary key) partition by range (id);
create table part partition of parts for values from (0) to (9);
create unlogged table scratch (id int primary key);
alter table "Old: ""Stock""".items replica identity full`);
    const env = { TIDEMARK_SOURCE_URL: other.url };

    const made = await project.run(['init', 'mine', '--from'], env);
    const captured = await project.run(['dev', 'capture', '--once', '--slot', 'mine'], env);
    const written = await readFile(join(project.dir, 'tidemark.yaml'), 'utf8');
    await project.remove();
    await other.close();

    expect([made.code, captured.code, captured.stderr]).toEqual([0, 0, '']);
    const tables = /^tables:\n([\s\S]*?)^#/m.exec(written)?.[1]?.trimEnd();
    expect(tables).toBe(`  - name: "Old: \\"Stock\\"_items"
    source: "Old: \\"Stock\\".items"
    keys: [A, "b key"]
    history: every-change
    columns: {A: uuid, flag: boolean}
  - name: public_items
    source: public.items
    keys: [id]
    history: every-change
  # Left out: "public.log", it has no primary key.
  # Left out: "public.parts", it is partitioned; name its partitions instead, if each is to have a history.
  # Left out: "public.scratch", it is unlogged, so its changes are not in the log.
  # Left out: "public.with.dot", there is a dot in its name.`);
  });

  it('writes nothing where there is no table, no source or no such folder, and never shows the URL', async () => {
    const empty = await server.database();
    const project = await createProject(null);
    const asked = [
      await project.run(['init', '--from', empty.url]),
      await project.run(['init', '--from']),
      await project.run(['init', '--from', 'embedded:./nowhere']),
    ];
    const files = await project.files('.');
    await project.remove();
    await empty.close();

    expect(files).toEqual([]);
    expect(
      asked.map(({ code, stdout, stderr }) => [code, stdout, /^error (\w+):/.exec(stderr)?.[1]]),
    ).toEqual([
      [2, '', 'NO_TABLES'],
      [2, '', 'NO_SOURCE'],
      [2, '', 'NO_SOURCE'],
    ]);
    expect(asked.map(({ stderr }) => stderr).join('')).not.toContain(new URL(empty.url).password);
  });
});
