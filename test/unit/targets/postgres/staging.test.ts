import { describe, expect, it } from 'vitest';
import { stagingNames, stagingPrefix } from '../../../../lib/targets/postgres/staging.ts';

describe('stagingNames', () => {
  it('differ for two exports of a table and share its prefix', () => {
    const [one, two] = [stagingNames('s', 't'), stagingNames('s', 't')];

    expect(one.rows).not.toBe(two.rows);
    expect(one.rows.startsWith(`"s"."${stagingPrefix('s', 't')}`)).toBe(true);
    expect(one.keys.startsWith(`"s"."${stagingPrefix('s', 't')}`)).toBe(true);
  });

  it('never share a prefix between tables, whatever their names begin with or where the dot is', () => {
    const long = 'n'.repeat(62);
    const prefixes = [
      stagingPrefix('s', `${long}1`),
      stagingPrefix('s', `${long}2`),
      stagingPrefix('a', 'b.c'),
      stagingPrefix('a.b', 'c'),
    ];

    expect(new Set(prefixes).size).toBe(prefixes.length);
  });
});
