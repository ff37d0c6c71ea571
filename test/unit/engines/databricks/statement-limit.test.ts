import { describe, expect, it } from 'vitest';
import { guardMs, leftForTry, statementLimit } from '../../../../lib/engines/databricks/statement-limit.ts';

describe('statementLimit', () => {
  it.each([
    [1_500, null, 1_500],
    [1_500, 3_600_000, 1_500],
    [1_500, 900_000, 840],
    [1_500, 302_000, 300],
    [1_500, 301_999, 270],
    [1_500, 122_000, 120],
    [1_500, 60_000, 50],
    [1_500, 31_000, 25],
    [1_500, 8_000, 6],
    [1_500, 5_000, 3],
    [20, 900_000, 20],
    [20, 15_000, 10],
  ])('of %i s with %s ms left is %i s', (seconds, leftMs, limit) => {
    expect(statementLimit(seconds, leftMs)).toBe(limit);
  });

  it('never outlasts the time that is left, and changes seldom while that runs out', () => {
    const limits = Array.from({ length: 896 }, (_, second) => (900 - second) * 1_000).map((leftMs) => {
      const limit = statementLimit(1_500, leftMs);
      expect(limit * 1_000).toBeLessThanOrEqual(leftMs - 2_000);
      return limit;
    });

    expect(limits).toEqual([...limits].sort((a, b) => b - a));
    expect(new Set(limits).size).toBeLessThan(45);
  });

  it('refuses to begin with less than five seconds', () => {
    expect(() => statementLimit(1_500, 4_999)).toThrow(
      expect.objectContaining({ name: 'TransientError', code: 'TIME_IS_UP' }),
    );
  });
});

describe('leftForTry', () => {
  it.each([
    [900, 0, 900],
    [900, 4_999, 900],
    [900, 5_001, 894],
    [900, 450_000, 450],
    [20, 10_000, 10],
  ])('of %i s after %i ms are %i s', (seconds, spentMs, left) => {
    expect(leftForTry(seconds, spentMs)).toBe(left);
  });

  it('are none when more than half is over', () => {
    expect(() => leftForTry(900, 450_001)).toThrow(
      expect.objectContaining({ name: 'TransientError', code: 'TIME_IS_UP' }),
    );
  });
});

describe('guardMs', () => {
  it.each([
    [300, null, 305_000],
    [300, 900_000, 305_000],
    [3, 5_000, 4_000],
    [3, 500, 0],
  ])('of a limit of %i s with %s ms left is %i ms', (limit, leftMs, guard) => {
    expect(guardMs(limit, leftMs)).toBe(guard);
  });
});
