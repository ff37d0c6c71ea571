import { describe, expect, it } from 'vitest';
import { countParts, secondsFor } from '../../../lib/export/amount.ts';

const narrow = (rows: number) => ({ rows, bytes: rows * 100 });

describe('secondsFor', () => {
  it('goes by the rows where they are narrow, and by the bytes where they are wide', () => {
    expect(secondsFor({ rows: 1_000_000, bytes: 100_000_000 })).toBe(100);
    expect(secondsFor({ rows: 1_000, bytes: 5_000_000_000 })).toBe(500);
  });
});

describe('countParts', () => {
  it.each([
    ['nothing', 0, 4, 1],
    ['a few rows', 1_000, 4, 1],
    ['enough for two of four connections', 400_000, 4, 2],
    ['enough for all connections', 2_000_000, 4, 4],
    ['more than the connections take at once', 50_000_000, 4, 25],
    ['one connection', 1_000_000, 1, 1],
    ['more than there may be parts', 5_000_000_000, 4, 200],
  ])('is right for %s', (_, rows, connections, parts) => {
    expect(countParts(narrow(rows), connections)).toBe(parts);
  });
});
