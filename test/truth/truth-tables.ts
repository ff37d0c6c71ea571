import { pgsql } from '../../lib/sources/quote.ts';

/** A column of the source. */
export interface TruthColumn {
  readonly name: string;
  readonly type: string;
}

/** A table of the source, and what the configuration says of it. */
export interface TruthTable {
  /** In the configuration. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly keys: readonly TruthColumn[];
  readonly values: readonly TruthColumn[];
  /** A column that some transaction may add. */
  readonly later?: TruthColumn;
  /** The keys that rows have, and no others: few, so that they come and go. */
  readonly pool: readonly (readonly string[])[];
  readonly identity: 'full' | 'default';
  readonly contract?: Readonly<Record<string, string>>;
}

const TYPES = [
  ...['boolean', 'smallint', 'integer', 'bigint', 'numeric(38,18)', 'numeric(40,2)', 'numeric', 'real'],
  ...['double precision', 'text', 'varchar(10)', 'char(5)', 'uuid', 'date', 'time', 'timetz', 'timestamp'],
  ...['timestamptz', 'interval', 'bytea', 'json', 'jsonb', 'integer[]', 'text[]', 'mood', 'money', 'inet'],
  ...['bit(4)', 'xml', 'tsvector', 'int4range', 'pair', 'price'],
];

const UUIDS = ['0', '1', '7', 'a', 'f'].map((digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`);

/** Tables with every kind of key, of name and of value. */
export const TRUTH_TABLES: readonly TruthTable[] = [
  {
    name: 'Order lines',
    schema: 'Sales Üb"x',
    table: 'Order lines; --',
    keys: [
      { name: 'Order', type: 'bigint' },
      { name: 'line no', type: 'smallint' },
    ],
    values: [
      { name: 'select', type: 'text' },
      { name: 'price "net"', type: 'numeric(38,18)' },
      { name: "it's", type: 'integer' },
      { name: 'Größe', type: 'real' },
    ],
    later: { name: 'später; --', type: 'numeric(38,18)' },
    pool: ['1', '9223372036854775807'].flatMap((order) => ['1', '2', '-32768'].map((line) => [order, line])),
    identity: 'full',
  },
  {
    name: 'notes',
    schema: 'public',
    table: 'notes',
    keys: [{ name: 'title', type: 'text' }],
    values: [
      { name: 'body', type: 'text' },
      { name: 'written', type: 'timestamptz' },
    ],
    pool: [['a'], ['A'], [''], [' '], ["O'Brien\\"], ['東京 🌊'], ['e\u0301'], ['é'], ['NULL']],
    identity: 'full',
  },
  {
    name: 'devices',
    schema: 'public',
    table: 'user',
    keys: [{ name: 'id', type: 'uuid' }],
    values: [
      { name: 'state', type: 'jsonb' },
      { name: 'tags', type: 'text[]' },
      { name: 'firmware', type: 'bytea' },
      { name: 'active', type: 'boolean' },
    ],
    later: { name: 'Owner', type: 'text' },
    pool: UUIDS.map((id) => [id]),
    identity: 'full',
    contract: { id: 'uuid', state: 'jsonb', active: 'boolean' },
  },
  {
    name: 'membership',
    schema: 'public',
    table: 'membership',
    keys: [
      { name: 'person', type: 'integer' },
      { name: 'since', type: 'date' },
    ],
    values: [],
    later: { name: 'until', type: 'date' },
    pool: ['1', '2', '3'].flatMap((person) => ['1969-12-31', '2024-02-29'].map((since) => [person, since])),
    identity: 'default',
  },
  {
    name: 'counters',
    schema: 'public',
    table: 'counters',
    keys: [{ name: 'id', type: 'integer' }],
    values: [
      { name: 'n', type: 'bigint' },
      { name: 'at', type: 'timestamp' },
      { name: 'x', type: 'double precision' },
    ],
    pool: ['-2147483648', '0', '1', '2', '3', '4'].map((id) => [id]),
    identity: 'default',
  },
  {
    name: 'everything',
    schema: 'public',
    table: 'everything',
    keys: [{ name: 'id', type: 'integer' }],
    values: TYPES.map((type, i) => ({ name: `c${i}`, type })),
    later: { name: 'c99', type: 'timestamptz' },
    pool: ['1', '2', '3', '4'].map((id) => [id]),
    identity: 'full',
  },
];

/** Each transaction whose state is kept writes its number here: its row's time in the history is the commit's. */
export const SAMPLES: TruthTable = {
  name: 'samples',
  schema: 'public',
  table: 'samples',
  keys: [{ name: 'n', type: 'integer' }],
  values: [],
  pool: [],
  identity: 'default',
};

/** What the server calls it. */
export function sourceName({ schema, table }: TruthTable): string {
  return `${pgsql.name(schema)}.${pgsql.name(table)}`;
}

/** SQL that makes all tables in an empty database. */
export function makeTables(tables: readonly TruthTable[]): string {
  const make = (table: TruthTable): string => {
    const columns = [...table.keys, ...table.values].map(({ name, type }) => `${pgsql.name(name)} ${type}`);
    const keys = table.keys.map(({ name }) => pgsql.name(name)).join(', ');
    return `create schema if not exists ${pgsql.name(table.schema)};
create table ${sourceName(table)} (${columns.join(', ')}, primary key (${keys}));
alter table ${sourceName(table)} replica identity ${table.identity};`;
  };
  return `create type mood as enum ('sehr froh', 'sad');
create type pair as (a int, b text);
create domain amount as numeric(19,2);
create domain price as amount check (value > 0);
${tables.map(make).join('\n')}`;
}
