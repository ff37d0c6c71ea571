import { describe, expect, it } from 'vitest';
import { dollarQuoted, mysql, pgsql, plsql, tableName, tsql } from '../../../lib/sources/quote.ts';

describe('names and texts in SQL', () => {
  it('of SQL Server keep brackets and quotes to themselves', () => {
    expect(tableName(tsql, { schema: 'a.b', table: `c]d"e'f` })).toBe(`[a.b].[c]]d"e'f]`);
    expect(tsql.literal(`it's [here]`)).toBe(`N'it''s [here]'`);
  });

  it('of PostgreSQL keep quotes and backslashes to themselves', () => {
    expect(tableName(pgsql, { schema: 'a.b', table: `c"d'e` })).toBe(`"a.b"."c""d'e"`);
    expect(pgsql.literal(`it's`)).toBe(`'it''s'`);
    expect(pgsql.literal(`back\\'slash`)).toBe(`E'back\\\\''slash'`);
  });

  it('of MySQL keep backticks, quotes and backslashes to themselves', () => {
    expect(tableName(mysql, { schema: 'a.b', table: 'c`d' })).toBe('`a.b`.`c``d`');
    expect(mysql.literal(`it's \\'`)).toBe(`'it''s \\\\'''`);
  });

  it('of Oracle keep quotes to themselves, and refuse the one that no name can have', () => {
    expect(tableName(plsql, { schema: 'A.B', table: `c'd` })).toBe(`"A.B"."c'd"`);
    expect(plsql.literal(`it's`)).toBe(`'it''s'`);
    expect(() => plsql.name('a"b')).toThrow(
      expect.objectContaining({
        code: 'NAME_UNUSABLE',
        message:
          'The name "a\\"b" has a double quote in it, which no name in Oracle can have. Correct it in the configuration.',
      }),
    );
  });

  it.each([tsql, pgsql, mysql, plsql])('refuse what no server takes', (quoting) => {
    expect(() => quoting.name('')).toThrow('The name "" is empty');
    expect(() => quoting.name('a\0b')).toThrow('has a NUL character in it');
    expect(() => quoting.literal('a\0b')).toThrow('has a NUL character in it');
  });

  it('of a block choose marks that do not end it early', () => {
    expect(dollarQuoted('begin end')).toBe('$sql$\nbegin end\n$sql$');
    expect(dollarQuoted('a $sql$ b $sql1$')).toBe('$sql2$\na $sql$ b $sql1$\n$sql2$');
  });
});
