import { describe, expect, it } from 'vitest';
import { firstWords, type Quotes } from '../../../lib/engines/first-words.ts';

const DUCKDB: Quotes = { name: '"', backslash: false };
const SPARK: Quotes = { name: '`', backslash: true };

describe('the beginning of a statement, for a message', () => {
  it.each<[dialect: string, quotes: Quotes, sql: string, words: string]>([
    ['DuckDB', DUCKDB, '  merge into "s"."it\'s"\n  using x', 'merge into "s"."it\'s" using x'],
    [
      'DuckDB',
      DUCKDB,
      `delete from "t" where "a""b" = 'sec''ret' and j`,
      'delete from "t" where "a""b" = … and j',
    ],
    // A backslash is nothing special there: the text ends before the second one begins.
    ['DuckDB', DUCKDB, String.raw`select 'secret\', "c", 'secret'`, 'select …, "c", …'],
    ['Spark', SPARK, "  merge into `c`.`s`.`it's`\n  using x", "merge into `c`.`s`.`it's` using x"],
    [
      'Spark',
      SPARK,
      "delete from t where k = 'se\\'cret' and j = 'sec''ret'",
      'delete from t where k = … and j = …',
    ],
  ])('in %s keeps names and leaves texts out (%#)', (_, quotes, sql, words) => {
    expect(firstWords(sql, quotes)).toBe(words);
  });

  it.each([
    ['delete from "t2" where "id" = 4711 and 3', 'delete from "t2" where "id" = … and …'],
    ['select cast(-12.5e3 as double), x1, 0xff', 'select cast(-… as double), x1, …'],
    ['select 4711L', 'select …'],
  ])('leaves numbers out: %s', (sql, words) => {
    expect(firstWords(sql, DUCKDB)).toBe(words);
  });

  it('shows nothing of a text or a name whose end is far away', () => {
    expect(firstWords(`insert into t values ('${'x'.repeat(700)}')`, DUCKDB)).toBe('insert into t values (…');
    expect(firstWords(`insert into t values ('${'x'.repeat(700)}')`, SPARK)).toBe('insert into t values (…');
    expect(firstWords(`select "${'x'.repeat(590)}'secret'`, DUCKDB)).toBe(`select "${'x'.repeat(52)}`);
  });

  it('ends after sixty characters', () => {
    expect(firstWords('x'.repeat(100), SPARK)).toBe('x'.repeat(60));
  });
});
