import type { Random } from './random.ts';

const TEXTS = [
  '',
  ' ',
  'plain',
  'ÿ 東京 🌊',
  "O'Brien",
  '\\N',
  'a\tb\r\nc',
  '"q", `t`',
  'NULL',
  '{"c1":1}',
  'é',
  '\\',
];
const REALS = ['NaN', 'Infinity', '-Infinity', '0', '-0', '0.1', '-1.5'];
const DAYS = ['0001-01-01', '9999-12-31', '1582-10-15', '1969-12-31', 'infinity', '-infinity', '12024-02-29'];
const TIMES = ['24:00:00', '23:59:59.999999', '00:00:00', '12:34:56.5'];
const INSTANTS = [
  '0001-01-01 00:00:00.000001',
  '9999-12-31 23:59:59.999999',
  '1969-12-31 23:59:59.999999',
  '1900-01-01 00:00:00.123456',
  '2024-02-29 12:00:00',
  'infinity',
  '-infinity',
  '0044-03-15 12:00:00 BC',
];

/** Values at the edges of a type, as the source reads them. What a type of the source is not named by is not made. */
const EDGES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  smallint: ['-32768', '32767', '0', '1', '7'],
  integer: ['-2147483648', '2147483647', '0', '1', '42'],
  bigint: ['-9223372036854775808', '9223372036854775807', '9007199254740993', '0'],
  'numeric(38,18)': [
    '99999999999999999999.999999999999999999',
    '-99999999999999999999.999999999999999999',
    '0.000000000000000001',
    '-0.5',
    '0',
    'NaN',
  ],
  'numeric(40,2)': ['99999999999999999999999999999999999999.99', '-0.01', 'NaN'],
  numeric: ['1.5', '-0.0000019', '9999999999999999999999.9999999', '1e22', 'NaN', 'Infinity', '-12.3456789'],
  real: [...REALS, '3.4028235e38', '1e-45'],
  'double precision': [...REALS, '1.7976931348623157e308', '5e-324', '0.30000000000000004'],
  text: TEXTS,
  'varchar(10)': ['', 'ab ', '東京', 'ten chars!'],
  'char(5)': ['', 'ab', '東京'],
  uuid: ['00000000-0000-0000-0000-000000000000', '52c1f757-a6f5-45a3-8916-70a7894dde25'],
  date: [...DAYS, '0044-03-15 BC'],
  time: TIMES,
  timetz: ['12:34:56.000001+02', '00:00:00-05:30'],
  timestamp: INSTANTS,
  timestamptz: [...INSTANTS, '2026-03-29 01:59:59.000001+02'],
  interval: ['1 year 2 mons 3 days 04:05:06.000007', '-00:00:01', '0'],
  bytea: ['\\x', '\\x00ff10', '\\x5c'],
  json: ['{"b": 1,  "a": [1.10, null]}', '"é"', 'null'],
  jsonb: ['{"b": 1,  "a": [1.10, null]}', '{"東": "🌊"}', 'null', '[]'],
  'integer[]': ['{1,NULL,3}', '{}', '{{1,2},{3,4}}'],
  'text[]': ['{a,"b c","\\"",NULL,"NULL"}', '{}', '{""}'],
  mood: ['sehr froh', 'sad'],
  money: ['-92233720368547758.08', '1.5', '0'],
  inet: ['192.168.0.1/24', '::1'],
  'bit(4)': ['0101', '1111'],
  xml: ['<a b="1">ü</a>'],
  tsvector: ["'cat' 'dog':2"],
  int4range: ['[1,5)', 'empty'],
  pair: ['(1,"a b")', '(,)'],
  price: ['12345678901234567.89', '0.01'],
};

/** Characters that make the server keep a value apart from its row. */
const LARGE_DIGITS = 5_000;

/** A value of a type as the source reads it, often one at an edge; null one time in six. */
export function randomValue(type: string, random: Random): string | null {
  if (random.oneIn(6)) return null;
  if (type === 'text' && random.oneIn(8)) return random.hex(LARGE_DIGITS);
  if (type === 'bytea' && random.oneIn(8)) return `\\x${random.hex(LARGE_DIGITS)}`;
  if (type === 'jsonb' && random.oneIn(8)) return JSON.stringify({ large: random.hex(LARGE_DIGITS) });
  if (type === 'integer' && random.oneIn(2)) return String(random.below(1000));
  const edges = EDGES[type];
  if (!edges) throw new Error(`There are no values of type ${type}.`);
  return random.pick(edges);
}
