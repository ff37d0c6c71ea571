import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteList, quoteQualified } from '../../../../lib/targets/postgres/quote.ts';

describe('quoteIdentifier', () => {
  it.each([
    ['plain', '"plain"'],
    ['a "b" c', '"a ""b"" c"'],
    ["'; drop table x; --", `"'; drop table x; --"`],
    ['ü'.repeat(31), `"${'ü'.repeat(31)}"`],
  ])('writes %j as %j', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted);
  });

  it.each([
    ['', 'cannot be empty'],
    ['a\0b', 'cannot hold a NUL'],
    ['ü'.repeat(32), 'has 64 bytes and Postgres keeps only 63'],
  ])('refuses %j', (name, reason) => {
    expect(() => quoteIdentifier(name)).toThrow(reason);
  });

  it('makes qualified names and lists', () => {
    expect(quoteQualified('s', 't"')).toBe('"s"."t"""');
    expect(quoteList(['a', 'b c'], 's.')).toBe('s."a", s."b c"');
  });
});
