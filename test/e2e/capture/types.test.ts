import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SourceServer, startSourcePostgres } from '../../helpers/source-postgres.ts';
import { type CaptureLab, createLab } from './capture-lab.ts';

/** A type of the source, values as SQL, and what the history says of each, where that is not the source's own text. */
interface TypeCase {
  readonly type: string;
  readonly values: readonly (readonly [sql: string, text: string | null])[];
}

const same = (...texts: string[]): [string, string][] => texts.map((text) => [`'${text}'`, text]);

const CASES: readonly TypeCase[] = [
  {
    type: 'boolean',
    values: [
      ['true', 'true'],
      ['false', 'false'],
    ],
  },
  { type: 'smallint', values: same('-32768', '32767') },
  { type: 'integer', values: same('-2147483648', '2147483647') },
  { type: 'bigint', values: same('-9223372036854775808', '9223372036854775807') },
  { type: 'numeric(10,2)', values: [...same('-12345678.90', '0.01', '0.00'), ["'NaN'", null]] },
  { type: 'numeric(38,0)', values: same('99999999999999999999999999999999999999') },
  { type: 'numeric(3,-2)', values: same('12300', '-99900') },
  { type: 'numeric(2,4)', values: same('0.0012', '-0.0099') },
  { type: 'numeric(40,2)', values: [...same('99999999999999999999999999999999999999.99', 'NaN')] },
  {
    type: 'numeric',
    values: [
      ["'1.5'", '1.500000'],
      ["'-0.0000019'", '-0.000001'],
      ["'9999999999999999999999.9999999'", '9999999999999999999999.999999'],
      ["'1e22'", null],
      ["'Infinity'", null],
    ],
  },
  { type: 'real', values: same('3.4028235e+38', '0.1', 'NaN', '-Infinity') },
  { type: 'double precision', values: same('1e+300', '0.1', 'NaN', 'Infinity', '-Infinity') },
  { type: 'text', values: same('', 'ÿ 東京 🌊', '\\N', 'a\tb\r\nc', '"', '{"c1":1}') },
  { type: 'varchar(10)', values: same('ab ') },
  { type: 'char(5)', values: [["'ab'", 'ab   ']] },
  { type: 'name', values: same('a name') },
  { type: '"char"', values: same('x') },
  { type: 'uuid', values: same('52c1f757-a6f5-45a3-8916-70a7894dde25') },
  {
    type: 'date',
    values: [
      ...same('0001-01-01', '9999-12-31', '1582-10-15'),
      ["'infinity'", '9999-12-31'],
      ["'-infinity'", '0001-01-01'],
      ["'0044-03-15 BC'", '0001-01-01'],
      ["'12024-02-29'", '9999-12-31'],
    ],
  },
  {
    type: 'time',
    values: [...same('23:59:59.999999'), ["'24:00:00'", '23:59:59.999999'], ["'00:00'", '00:00:00.000000']],
  },
  { type: 'timetz', values: same('12:34:56.000001+02', '00:00:00-05:30') },
  {
    type: 'timestamp',
    values: [
      ...same('0001-01-01 00:00:00.000001', '9999-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999'),
      ["'infinity'", '9999-12-31 23:59:59.999999'],
      ["'-infinity'", '0001-01-01 00:00:00.000000'],
    ],
  },
  {
    type: 'timestamptz',
    values: [
      ["'2026-03-29 01:59:59.000001+02'", '2026-03-28T23:59:59.000001Z'],
      ["'infinity'", '9999-12-31T23:59:59.999999Z'],
      ["'0044-03-15 12:00:00+00 BC'", '0001-01-01T00:00:00.000000Z'],
    ],
  },
  { type: 'interval', values: same('1 year 2 mons 3 days 04:05:06.000007', '-00:00:01') },
  {
    type: 'bytea',
    values: [
      ["'\\x00ff10'", '00ff10'],
      ["''", ''],
    ],
  },
  { type: 'json', values: same('{"b": 1,  "a": [1.10, null]}') },
  { type: 'jsonb', values: same('{"a": [1.10, null], "b": "\\"x\\""}') },
  { type: 'integer[]', values: same('{1,NULL,3}', '{}') },
  { type: 'text[]', values: same('{a,"b c","\\"",NULL,"NULL"}') },
  { type: 'mood', values: same('sehr froh', 'sad') },
  {
    type: 'money',
    values: [
      ["'-$92,233,720,368,547,758.08'", '-92233720368547758.0800'],
      ["'1.5'", '1.5000'],
    ],
  },
  { type: 'inet', values: same('192.168.0.1/24', '::1') },
  { type: 'cidr', values: same('10.0.0.0/8') },
  { type: 'macaddr', values: same('08:00:2b:01:02:03') },
  { type: 'bit(4)', values: same('0101') },
  { type: 'varbit', values: same('1') },
  { type: 'xml', values: same('<a b="1">ü</a>') },
  { type: 'tsvector', values: same("'cat' 'dog':2").map(([, text]) => [`$$${text}$$`, text] as const) },
  { type: 'point', values: same('(1.5,-2)') },
  { type: 'int4range', values: same('[1,5)') },
  { type: 'oid', values: same('4294967295') },
  { type: 'pair', values: same('(1,"a b")') },
  { type: 'positive', values: same('5') },
  { type: 'price', values: same('12345678901234567.89') },
];

const MAKE = `create type mood as enum ('sehr froh', 'sad');
create type pair as (a int, b text);
create domain positive as int check (value > 0);
create domain amount as numeric(19,2);
create domain price as amount check (value > 0)`;

/** The row ids, the column, and what the history should say: one row per value, all other columns null. */
const WANTED = CASES.flatMap(({ values }, i) =>
  values.map(([sql, text]) => ({ column: `c${i}`, sql, text })),
);

let server: SourceServer;
let lab: CaptureLab;
beforeAll(async () => {
  server = await startSourcePostgres();
  lab = await createLab(
    server,
    '[{name: loaded, source: public.loaded, keys: [id]}, {name: changed, source: public.changed, keys: [id]}]',
  );
}, 120_000);
afterAll(async () => {
  await lab?.close();
  await server?.stop();
});

describe('the types of a PostgreSQL source', () => {
  it('arrive in the history as its table of types says, loaded and captured alike', async () => {
    const columns = CASES.map(({ type }, i) => `c${i} ${type}`).join(', ');
    const fill = (table: string): string =>
      WANTED.map(({ column, sql }, id) => `insert into ${table} (id, ${column}) values (${id}, ${sql})`).join(
        ';\n',
      );
    for (const table of ['loaded', 'changed']) {
      await lab.db.query(`${table === 'loaded' ? `${MAKE};` : ''} create table ${table} (id int primary key, ${columns});
alter table ${table} replica identity full`);
    }
    await lab.db.query(fill('loaded'));
    const lossy: unknown[] = [];
    const capture = await lab.start({
      logger: { info: () => {}, warn: (_message, fields) => lossy.push(fields) },
    });

    await lab.db.query(fill('changed'));
    await capture.idle();
    await capture.stop();
    await lab.ingest();

    const expected = WANTED.map(({ column, text }) => [column, text]);
    for (const table of ['loaded', 'changed']) {
      const rows = (await lab.snapshot(table)).sort((a, b) => Number(a.id) - Number(b.id));
      const found = WANTED.map(({ column }, id) => [column, rows[id]?.[column] ?? null]);
      expect(found).toEqual(expected);
    }
    const told = ['numeric(10,2)', 'numeric', 'date', 'time', 'timestamp', 'timestamptz'];
    const columnsTold = told.map((type) => `c${CASES.findIndex((one) => one.type === type)}`);
    expect(lossy).toEqual(
      ['loaded', 'changed'].flatMap((table) => columnsTold.map((column) => ({ table, column }))),
    );
  });
});
