import { describe, expect, it } from 'vitest';
import { once } from '../../lib/once.ts';

describe('once', () => {
  it('does the work once for all who ask, before and after it is done', async () => {
    let times = 0;
    const work = once(async (by: number) => {
      times += by;
      return times;
    });

    expect(await Promise.all([work(1), work(5)])).toEqual([1, 1]);
    expect(await work(7)).toBe(1);
  });

  it('does it again only after it failed', async () => {
    let times = 0;
    const work = once(async () => {
      times += 1;
      if (times === 1) throw new Error('away');
      return times;
    });

    await expect(Promise.all([work(), work()])).rejects.toThrow('away');
    expect(await work()).toBe(2);
    expect(await work()).toBe(2);
  });
});
