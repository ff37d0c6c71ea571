import { pgsql } from '../../lib/sources/quote.ts';
import type { Random } from './random.ts';
import { randomValue } from './source-values.ts';
import { sourceName, type TruthColumn, type TruthTable } from './truth-tables.ts';

/** A statement and its parameters as the server reads them. */
export interface Step {
  readonly sql: string;
  readonly params: readonly (string | null)[];
}

type Key = readonly string[];

/** Statements of one kind, in their order, in one transaction. */
type Kind = (table: TruthTable, random: Random) => Step[];

const insert: Kind = (table, random) => [insertOf(table, pickKey(table, random), random, 'do nothing')];

const upsert: Kind = (table, random) => {
  const set = table.values.map(({ name }) => `${pgsql.name(name)} = excluded.${pgsql.name(name)}`).join(', ');
  const action = set === '' ? 'do nothing' : `do update set ${set}`;
  return [insertOf(table, pickKey(table, random), random, action)];
};

const update: Kind = (table, random) => updateOf(table, pickKey(table, random), random);

/** Several changes of one row. */
const updates: Kind = (table, random) => {
  const key = pickKey(table, random);
  return [1, 2, 3].flatMap(() => updateOf(table, key, random));
};

/** Rows that are written again as they are. */
const touch: Kind = (table, random) => {
  const { name } = random.pick([...table.values, ...table.keys]);
  const where = random.oneIn(2) ? whereKey(table, pickKey(table, random)) : { sql: 'true', params: [] };
  return [
    {
      sql: `update ${sourceName(table)} set ${pgsql.name(name)} = ${pgsql.name(name)} where ${where.sql}`,
      params: where.params,
    },
  ];
};

const updateMany: Kind = (table, random) => {
  const [column] = random.shuffled(table.values);
  if (!column) return touch(table, random);
  const set = `${pgsql.name(column.name)} = ${cast(1, column)}`;
  return [{ sql: `update ${sourceName(table)} set ${set}`, params: [randomValue(column.type, random)] }];
};

const remove: Kind = (table, random) => [deleteOf(table, pickKey(table, random))];

const removeMany: Kind = (table, random) => {
  const { name, type } = random.pick(table.keys);
  const at = table.keys.findIndex((key) => key.name === name);
  const bound = pickKey(table, random)[at]!;
  return [
    {
      sql: `delete from ${sourceName(table)} where ${pgsql.name(name)} > ${cast(1, { name, type })}`,
      params: [bound],
    },
  ];
};

const insertAndDelete: Kind = (table, random) => {
  const key = pickKey(table, random);
  return [insertOf(table, key, random, 'do nothing'), deleteOf(table, key)];
};

const deleteAndInsert: Kind = (table, random) => {
  const key = pickKey(table, random);
  return [deleteOf(table, key), insertOf(table, key, random, 'do nothing')];
};

const rename: Kind = (table, random) => {
  const [from, to] = random.shuffled(table.pool);
  return [renameOf(table, from!, to!)];
};

/** a to b, then b to c. */
const renameTwice: Kind = (table, random) => {
  const [from, by, to] = random.shuffled(table.pool);
  return [renameOf(table, from!, by!), ...updateOf(table, by!, random), renameOf(table, by!, to!)];
};

/** Two keys change places through a third. */
const swap: Kind = (table, random) => {
  const [a, b, by] = random.shuffled(table.pool);
  return [renameOf(table, a!, by!), renameOf(table, b!, a!), renameOf(table, by!, b!)];
};

/** A column more, and a value in it; in many transactions, of which some are rolled back, the first to commit adds it. */
const extend: Kind = (table, random) => {
  if (!table.later) return update(table, random);
  const { name, type } = table.later;
  const where = whereKey(table, pickKey(table, random));
  const column = pgsql.name(name);
  return [
    { sql: `alter table ${sourceName(table)} add column if not exists ${column} ${type}`, params: [] },
    {
      sql: `update ${sourceName(table)} set ${column} = ${cast(where.params.length + 1, table.later)} where ${where.sql}`,
      params: [...where.params, randomValue(type, random)],
    },
  ];
};

const KINDS: readonly Kind[] = [
  ...[insert, insert, upsert, upsert, update, update, update, updates, touch, updateMany, remove],
  ...[removeMany, insertAndDelete, deleteAndInsert, rename, renameTwice, swap, extend],
];

/** A few statements against one table. */
export function randomSteps(table: TruthTable, random: Random): Step[] {
  return random.pick(KINDS)(table, random);
}

/** Statements that fill a table with a row for every other key. */
export function firstRows(table: TruthTable, random: Random): Step[] {
  return table.pool.filter((_, i) => i % 2 === 0).map((key) => insertOf(table, key, random, 'do nothing'));
}

function pickKey(table: TruthTable, random: Random): Key {
  return random.pick(table.pool);
}

function insertOf(table: TruthTable, key: Key, random: Random, onConflict: string): Step {
  const columns = [...table.keys, ...table.values];
  const names = columns.map(({ name }) => pgsql.name(name)).join(', ');
  const values = columns.map((column, i) => cast(i + 1, column)).join(', ');
  const keys = table.keys.map(({ name }) => pgsql.name(name)).join(', ');
  return {
    sql: `insert into ${sourceName(table)} (${names}) values (${values}) on conflict (${keys}) ${onConflict}`,
    params: [...key, ...table.values.map(({ type }) => randomValue(type, random))],
  };
}

function updateOf(table: TruthTable, key: Key, random: Random): Step[] {
  const columns = random.shuffled(table.values).slice(0, 1 + random.below(3));
  if (columns.length === 0) return [];
  const where = whereKey(table, key);
  const set = columns.map((column, i) => `${pgsql.name(column.name)} = ${cast(key.length + i + 1, column)}`);
  return [
    {
      sql: `update ${sourceName(table)} set ${set.join(', ')} where ${where.sql}`,
      params: [...where.params, ...columns.map(({ type }) => randomValue(type, random))],
    },
  ];
}

function deleteOf(table: TruthTable, key: Key): Step {
  const where = whereKey(table, key);
  return { sql: `delete from ${sourceName(table)} where ${where.sql}`, params: where.params };
}

/** Nothing where the new key is taken. */
function renameOf(table: TruthTable, from: Key, to: Key): Step {
  const old = whereKey(table, from);
  const taken = whereKey(table, to, from.length);
  const set = table.keys.map((key, i) => `${pgsql.name(key.name)} = ${cast(from.length + i + 1, key)}`);
  return {
    sql: `update ${sourceName(table)} set ${set.join(', ')} where ${old.sql}
and not exists (select 1 from ${sourceName(table)} where ${taken.sql})`,
    params: [...from, ...to],
  };
}

function whereKey(table: TruthTable, key: Key, after = 0): Step {
  const terms = table.keys.map((column, i) => `${pgsql.name(column.name)} = ${cast(after + i + 1, column)}`);
  return { sql: terms.join(' and '), params: key };
}

function cast(n: number, { type }: TruthColumn): string {
  return `$${n}::text::${type}`;
}
