import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../../lib/engines/duckdb/engine.ts';
import { toDuckdbError, toOpenError } from '../../../../lib/engines/duckdb/errors.ts';
import { FileReadError, type PipelineError, TerminalError, TransientError } from '../../../../lib/errors.ts';
import { writeChangeFile } from '../../../helpers/change-files.ts';
import { damagePage } from '../../../e2e/ingest/damage-page.ts';

const SAMPLES = join(import.meta.dirname, '../../../samples');
const SECRET = 'a-value-nobody-may-see';

let folder: string;
let instance: DuckDBInstance;
let one: DuckDBConnection;
let other: DuckDBConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-errors-'));
  instance = await DuckDBInstance.create(join(folder, 'errors.duckdb'), {
    autoinstall_known_extensions: 'false',
  });
  one = await instance.connect();
  other = await instance.connect();
  await one.run('create table taken (i int not null)');
  await one.run('insert into taken values (1)');
  await one.run(`create table keyed (name varchar primary key)`);
  await one.run(`insert into keyed values ('${SECRET}')`);
  await copyFile(join(SAMPLES, 'bad-page.parquet'), join(folder, 'snappy.parquet'));
  await copyFile(join(SAMPLES, 'bad-truncated.parquet'), join(folder, 'truncated.parquet'));
  await copyFile(join(SAMPLES, 'bad-footer.parquet'), join(folder, 'footer.parquet'));
  await writeFile(join(folder, 'text.parquet'), 'Op,id\n');
  const changes = Array.from({ length: 500 }, (_, n) => ({
    op: 'I' as const,
    commitTime: '2026-01-01 00:00:00',
    seq: `${n}`,
    values: { name: `${SECRET} ${n * n}` },
  }));
  const columns = [{ name: 'name', type: { kind: 'string' } }] as const;
  for (const compression of ['gzip', 'zstd', 'uncompressed'] as const) {
    const path = await writeChangeFile(join(folder, `${compression}.parquet`), {
      columns,
      changes,
      options: { compression },
    });
    await damagePage(path, 'name');
  }
});
afterAll(async () => {
  one.closeSync();
  other.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true, force: true });
});

/** What a statement really throws. */
async function provoke(sql: string, on: DuckDBConnection = one): Promise<PipelineError> {
  try {
    await (await on.run(sql.replaceAll('$folder', folder))).getRows();
  } catch (error) {
    return toDuckdbError(error, 'do it');
  }
  throw new Error(`nothing went wrong: ${sql}`);
}

const read = (file: string): string =>
  `select max(sha256(cast(columns(*) as varchar))) from read_parquet(['$folder/${file}.parquet'])`;

describe('what DuckDB throws becomes one of our errors', () => {
  it.each<[what: string, sql: string, kind: new (...args: never[]) => PipelineError, code: string]>([
    ['a file that is gone', read('gone'), TransientError, 'FILE_VANISHED'],
    ['a file whose pages do not decompress (snappy)', read('snappy'), FileReadError, 'FILE_READ_FAILED'],
    ['a file whose pages do not decompress (gzip)', read('gzip'), FileReadError, 'FILE_READ_FAILED'],
    ['a file whose pages do not decompress (zstd)', read('zstd'), FileReadError, 'FILE_READ_FAILED'],
    ['a file whose pages are nonsense', read('uncompressed'), FileReadError, 'FILE_READ_FAILED'],
    ['a file cut short', read('truncated'), FileReadError, 'FILE_READ_FAILED'],
    ['a file with a damaged footer', read('footer'), FileReadError, 'FILE_READ_FAILED'],
    ['a file that is no parquet', read('text'), FileReadError, 'FILE_READ_FAILED'],
    ['a text that is no number', `select cast('${SECRET}' as int)`, FileReadError, 'FILE_READ_FAILED'],
    ['a number out of range', 'select cast(300 as tinyint)', FileReadError, 'FILE_READ_FAILED'],
    ['a sum out of range', 'select 9223372036854775807 + 1', FileReadError, 'FILE_READ_FAILED'],
    ['a decimal that does not fit', 'select cast(123.45 as decimal(4,2))', FileReadError, 'FILE_READ_FAILED'],
    ['a syntax error', 'selec 1', TerminalError, 'ENGINE_ERROR'],
    ['a table that is not there', 'select * from nowhere', TerminalError, 'ENGINE_ERROR'],
    ['a broken constraint', 'insert into taken values (null)', TerminalError, 'ENGINE_ERROR'],
    ['a key that is there', `insert into keyed values ('${SECRET}')`, TerminalError, 'ENGINE_ERROR'],
    ['a text that is not SQL', `select 1 '${SECRET}' 2`, TerminalError, 'ENGINE_ERROR'],
    [
      'a column missing beside a text',
      `select nope from taken where '${SECRET}' = 'x'`,
      TerminalError,
      'ENGINE_ERROR',
    ],
  ])('%s', async (_, sql, kind, code) => {
    const error = await provoke(sql);
    expect(error).toBeInstanceOf(kind);
    expect(error.code).toBe(code);
    expect(error.cause).toBeInstanceOf(Error);
    expect(error.message).not.toContain(SECRET);
    expect(inspect(error, { depth: 9 })).not.toContain(SECRET);
  });

  it('a column that a file lacks, though the statement reads parquet: no file is damaged', async () => {
    await writeChangeFile(join(folder, 'sound.parquet'), { columns: [], changes: [] });
    const error = await provoke(`select nope from read_parquet(['$folder/sound.parquet'])`);
    expect(error.code).toBe('ENGINE_ERROR');
    expect(error.message).toContain('nope');
  });

  it('two writers of one row', async () => {
    await one.run('begin');
    await other.run('begin');
    await one.run('update taken set i = 2');
    const error = await provoke('update taken set i = 3', other);
    await one.run('rollback');
    await other.run('rollback');
    expect(error).toBeInstanceOf(TransientError);
    expect(error.code).toBe('ENGINE_CONFLICT');
  });

  it('two makers of one view', async () => {
    await one.run('begin');
    await other.run('begin');
    await one.run('create view v as select 1 as a');
    const error = await provoke('create view v as select 2 as a', other);
    await one.run('rollback');
    await other.run('rollback');
    expect(error.code).toBe('ENGINE_CONFLICT');
  });

  it('too little memory', async () => {
    const small = await DuckDBInstance.create(':memory:', {
      memory_limit: '10MB',
      temp_directory: '',
      threads: '1',
    });
    const connection = await small.connect();
    const error = await provoke(
      'create table big as select i, hash(i) as h from range(5000000) as r(i)',
      connection,
    );
    connection.closeSync();
    small.closeSync();
    expect(error).toBeInstanceOf(TerminalError);
    expect(error.code).toBe('ENGINE_MEMORY');
    expect(error.message).toContain('batch.maxBytes');
  });

  it('a text from the file that is no text, without showing it', async () => {
    const columns = [{ name: 'name', type: { kind: 'string' } }] as const;
    // The quotes would end the quotation in the message, were it cut out by them.
    const values = { name: `" ${SECRET} "` };
    const changes = [{ op: 'I' as const, commitTime: '2026-01-01 00:00:00', seq: '1', values }];
    const path = join(folder, 'utf8.parquet');
    await writeChangeFile(path, { columns, changes, options: { compression: 'uncompressed' } });
    const bytes = await readFile(path);
    for (let at = bytes.indexOf(SECRET); at >= 0; at = bytes.indexOf(SECRET, at + 1)) bytes[at + 1] = 0xff;
    await writeFile(path, bytes);
    const error = await provoke(read('utf8'));
    expect(error.code).toBe('FILE_READ_FAILED');
    expect(error.message).toMatch(/Invalid string encoding/);
    expect(error.message).not.toMatch(/nobody|may-see/);
  });

  it('an error of ours stays what it is', () => {
    const ours = new TransientError('LEASE_LOST', 'gone');
    expect(toDuckdbError(ours, 'do it')).toBe(ours);
    expect(toOpenError(ours, '/x')).toBe(ours);
  });

  it('anything else is terminal and says what was being done', () => {
    expect(toDuckdbError('no error at all', 'run "select 1"')).toMatchObject({
      code: 'ENGINE_ERROR',
      message: 'DuckDB refused to run "select 1": no error at all',
    });
  });
});

describe('a statement that fails', () => {
  it('is told by its first words, without the key that it names', async () => {
    const engine = await openDuckdb({ path: ':memory:', schema: 'main' });
    const failing = [
      `delete from "main"."gone" where "email" = '${SECRET}'`,
      'delete from "main"."gone" where "id" = 471147114711',
    ].map((sql) => engine.execute(sql).catch((error: unknown) => error as PipelineError));
    const [text, number] = (await Promise.all(failing)) as PipelineError[];
    await engine.close();

    expect(text!.message).toContain('run "delete from "main"."gone" where "email" = …"');
    expect(number!.message).toContain('run "delete from "main"."gone" where "id" = …"');
    expect(inspect([text, number], { depth: 9 })).not.toMatch(/a-value|4711/);
  });

  it('while a stream is read is told so too', async () => {
    const engine = await openDuckdb({ path: ':memory:', schema: 'main' });
    const error = await engine.transaction(async (session) => {
      const rows = session
        .stream('select cast(i as varchar) from range(9999) as r(i)')
        [Symbol.asyncIterator]();
      await rows.next();
      const refused = await session.query(`select '${SECRET}'`).catch((e: unknown) => e);
      await rows.return?.();
      return refused;
    });
    await engine.close();

    expect(error).toMatchObject({
      code: 'STREAM_OPEN',
      message: expect.stringMatching(/^"select …" cannot/),
    });
  });
});

describe('opening a database', () => {
  it('that another process has open is worth another try', async () => {
    const path = join(folder, 'locked.duckdb');
    const holder = await DuckDBInstance.create(path);
    const script = [
      `import { openDuckdb } from ${JSON.stringify(join(import.meta.dirname, '../../../../lib/engines/duckdb/engine.ts'))};`,
      `await openDuckdb({ path: ${JSON.stringify(path)}, schema: 'main' }).then(() => console.log('open'), (e) => console.log(e.name, e.code));`,
    ].join('\n');
    const ran = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    holder.closeSync();
    expect(ran.stdout.trim()).toBe('TransientError ENGINE_BUSY');
  });

  it.each([
    ['not a database', async (path: string) => writeFile(path, 'x'.repeat(20_000))],
    ['a folder', async (path: string) => mkdir(path)],
  ])('that is %s is terminal and names it', async (what, make) => {
    const path = join(folder, `${what}.duckdb`);
    await make(path);
    await expect(openDuckdb({ path, schema: 'main' })).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'ENGINE_ERROR',
      message: expect.stringContaining(path),
    });
  });

  it('for reading that is not there is terminal: no file is made', async () => {
    const path = join(folder, 'absent.duckdb');
    await expect(openDuckdb({ path, schema: 'main', readOnly: true })).rejects.toBeInstanceOf(TerminalError);
  });
});
