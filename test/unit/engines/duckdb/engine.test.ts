import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../../lib/engines/duckdb/engine.ts';
import type { Engine, SqlSession } from '../../../../lib/ports.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckdb({ path: ':memory:', schema: 'main' });
});
afterAll(() => engine.close());

const numbers = (count: number): string => `select cast(i as varchar) from range(${count}) as r(i)`;

async function count(session: SqlSession, sql: string, between?: () => Promise<unknown>): Promise<number> {
  let rows = 0;
  for await (const block of session.stream(sql)) {
    rows += block.length;
    await between?.();
  }
  return rows;
}

describe('a stream', () => {
  it('gives every row, whatever else runs meanwhile', async () => {
    const rows = await count(engine, numbers(50_000), async () => {
      await engine.execute('create or replace temp table t as select 1 as a');
      await engine.query(numbers(10));
    });
    expect(rows).toBe(50_000);
  });

  it('gives every row when several are read at once', async () => {
    const all = await Promise.all([1, 2, 3].map((n) => count(engine, numbers(n * 10_000))));
    expect(all).toEqual([10_000, 20_000, 30_000]);
  });

  it('comes in blocks, not at once', async () => {
    const sizes: number[] = [];
    for await (const block of engine.stream(numbers(10_000))) sizes.push(block.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2048);
  });

  it('left before its end frees its session', async () => {
    await engine.transaction(async (session) => {
      for await (const block of session.stream(numbers(50_000))) {
        expect(block.length).toBeGreaterThan(0);
        break;
      }
      expect(await session.query(numbers(2))).toEqual([['0'], ['1']]);
    });
  });

  it('in a transaction refuses another statement until it has ended, rather than lose rows in silence', async () => {
    await engine.transaction(async (session) => {
      const reading = count(session, numbers(50_000), () => session.query(numbers(1)));
      await expect(reading).rejects.toMatchObject({ code: 'STREAM_OPEN' });
      expect(await count(session, numbers(50_000))).toBe(50_000);
    });
  });

  it('of columns that are not text is refused', async () => {
    await expect(engine.query('select 1')).rejects.toMatchObject({ code: 'QUERY_NOT_TEXT' });
    await expect(count(engine, 'select 1')).rejects.toMatchObject({ code: 'QUERY_NOT_TEXT' });
  });
});

describe('a transaction', () => {
  it('commits all of its statements or none', async () => {
    await engine.execute('create table kept (i int)');
    const failing = engine.transaction(async (session) => {
      await session.execute('insert into kept values (1)');
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await engine.query('select cast(count(*) as varchar) from kept')).toEqual([['0']]);
    await engine.transaction((session) => session.execute('insert into kept values (1), (2)'));
    expect(await engine.query('select cast(count(*) as varchar) from kept')).toEqual([['2']]);
  });

  it('is not seen by others before it commits, and a pinned reader sees what was', async () => {
    await engine.execute('create table seen as select 1 as i');
    await engine.pinned(async (reader, relation) => {
      const from = await relation({ catalog: 'x', schema: 'main', name: 'seen' });
      const look = () => reader.query(`select cast(count(*) as varchar) from ${from}`);
      expect(await look()).toEqual([['1']]);
      await engine.execute('insert into seen values (2)');
      expect(await look()).toEqual([['1']]);
    });
    expect(await engine.query('select cast(count(*) as varchar) from seen')).toEqual([['2']]);
  });
});

describe('the columns of a table', () => {
  it('are null where there is none, and found without case', async () => {
    const ref = { catalog: 'x', schema: 'main', name: 'Shape' };
    expect(await engine.columns(ref)).toBeNull();
    await engine.execute(
      'create table shape (a decimal(18,4), b timestamp with time zone, c blob, d varchar)',
    );
    expect(await engine.columns(ref)).toEqual([
      { name: 'a', type: { kind: 'decimal', precision: 18, scale: 4 } },
      { name: 'b', type: { kind: 'timestamptz' } },
      { name: 'c', type: { kind: 'binary' } },
      { name: 'd', type: { kind: 'string' } },
    ]);
  });

  it('of a type no history has are refused: somebody else made that table', async () => {
    await engine.execute('create table foreign_one (a struct(b int))');
    await expect(engine.columns({ catalog: 'x', schema: 'main', name: 'foreign_one' })).rejects.toMatchObject(
      {
        code: 'COLUMN_TYPE_FOREIGN',
      },
    );
  });
});

it('every session reads and writes times in UTC', async () => {
  const zone = `select current_setting('TimeZone')`;
  expect(await engine.query(zone)).toEqual([['UTC']]);
  expect(await engine.transaction((session) => session.query(zone))).toEqual([['UTC']]);
  const streamed: unknown[] = [];
  for await (const block of engine.stream(zone)) streamed.push(...block);
  expect(streamed).toEqual([['UTC']]);
});

describe('an engine that is closed', () => {
  const slow = 'select cast(count(*) as varchar) from range(2000000) as r(i) where hash(i) % 3 = 5';

  it('waits for statements that nobody waits for', async () => {
    const own = await openDuckdb({ path: ':memory:', schema: 'main' });
    const statements = [own.query(slow), own.query(slow)];

    await own.close();

    expect(await Promise.all(statements)).toEqual([[['0']], [['0']]]);
  });

  it('and a transaction do so too, when another statement beside them failed', async () => {
    const own = await openDuckdb({ path: ':memory:', schema: 'main' });
    let beside: Promise<unknown> = Promise.resolve();
    const transaction = own.transaction(async (session) => {
      beside = session.query(slow);
      await session.query('select nothing');
    });

    await expect(transaction).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
    expect(await beside).toEqual([['0']]);
    await own.close();
  });
});
