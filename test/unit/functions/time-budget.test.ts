import { describe, expect, it } from 'vitest';
import { createTimeBudget } from '../../../lib/functions/time-budget.ts';

/** What the budget says at each moment, given as milliseconds left; the first is when the call begins. */
function answers(begin: number, ...moments: readonly number[]): boolean[] {
  let left = begin;
  const mayStart = createTimeBudget(() => left);
  return moments.map((moment) => {
    left = moment;
    return mayStart();
  });
}

describe('createTimeBudget', () => {
  it('lets batches begin while there is time for half as long again as the longest', () => {
    expect(answers(900_000, 900_000, 700_000, 600_000, 300_000, 299_999)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('begins none with less than a minute left', () => {
    expect(answers(900_000, 899_000, 60_000)).toEqual([true, false]);
    expect(answers(900_000, 60_000, 59_999)).toEqual([true, false]);
  });

  it('lets a call that is shorter than that use half of its time', () => {
    expect(answers(57_000, 56_000, 40_000, 28_000)).toEqual([true, true, false]);
  });
});
