import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storageTypeOf } from '../../../../lib/changes/type-fit.ts';
import { duckdbDialect as dialect } from '../../../../lib/engines/duckdb/dialect.ts';
import { openDuckdb } from '../../../../lib/engines/duckdb/engine.ts';
import type { Engine } from '../../../../lib/ports.ts';
import { annotateColumns, timeOfDay } from '../../../helpers/annotate-parquet.ts';
import { footerOf } from '../../../helpers/footer-of.ts';

let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await openDuckdb({ path: ':memory:', schema: 'main' });
  folder = await mkdtemp(join(tmpdir(), 'tidemark-times-'));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

const NAME = 'at the "time"';

/** A file of one column, as the history would have its value, and whether it is refused. */
async function read(sql: string, unit?: 'millis' | 'micros' | 'nanos'): Promise<(string | null)[]> {
  const path = join(folder, 'x.parquet');
  const name = dialect.quoteIdentifier(NAME);
  await engine.execute(`copy (select ${sql} as ${name}) to '${path}' (format parquet)`);
  if (unit) await annotateColumns(path, { [NAME]: timeOfDay(unit) });
  const { columns } = await footerOf(path);
  const { type } = columns[0]!;
  const to = storageTypeOf(type);
  const value = dialect.toText(dialect.castFromFile(name, type, to), to);
  const refused = `cast(${dialect.cannotCastFromFile(name, type, to)} as varchar)`;
  const [row] = await engine.query(
    `select ${value}, ${refused}, "file" from ${dialect.readFiles([path], columns, 'file')}`,
  );
  expect(row![2]).toBe(path);
  return row!.slice(0, 2);
}

describe('a wall-clock time in nanoseconds', () => {
  it.each([
    ['1969-12-31 23:59:59.999999999', '1969-12-31 23:59:59.999999'],
    ['1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999'],
    ['1970-01-01 00:00:00', '1970-01-01 00:00:00.000000'],
    ['1970-01-01 00:00:00.000001999', '1970-01-01 00:00:00.000001'],
    ['1677-09-21 00:12:43.145225001', '1677-09-21 00:12:43.145225'],
    ['2262-04-11 23:47:16.854775806', '2262-04-11 23:47:16.854775'],
  ])('%s is %s: digits below a microsecond are cut off, before 1970 too', async (text, expected) => {
    expect(await read(`'${text}'::timestamp_ns`)).toEqual([expected, 'false']);
  });

  it('stays null', async () => {
    expect(await read('null::timestamp_ns')).toEqual([null, 'false']);
  });
});

describe('a time of day', () => {
  it.each([
    ['millis', '0::integer', '00:00:00.000000'],
    ['millis', '86399999::integer', '23:59:59.999000'],
    ['micros', '86399999999::bigint', '23:59:59.999999'],
    ['nanos', '1999::bigint', '00:00:00.000001'],
    ['nanos', '86399999999999::bigint', '23:59:59.999999'],
    ['nanos', 'null::bigint', null],
  ] as const)('in %s, %s, is %s', async (unit, sql, expected) => {
    expect(await read(sql, unit)).toEqual([expected, 'false']);
  });

  it.each([
    ['millis', '-1::integer'],
    ['millis', '86400000::integer'],
    ['micros', '-1::bigint'],
    ['micros', '86400000000::bigint'],
    ['nanos', '-1999::bigint'],
    ['nanos', '86400000000000::bigint'],
  ] as const)('in %s, %s, is none, and refused', async (unit, sql) => {
    expect((await read(sql, unit))[1]).toBe('true');
  });
});
