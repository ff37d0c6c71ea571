import { describe, expect, it, vi } from 'vitest';
import { TerminalError, TransientError } from '../../lib/errors.ts';
import { retry, type RetryOptions } from '../../lib/retry.ts';

const busy = (context = {}) => new TransientError('BUSY', 'busy', { context });

/** Time that passes only while `retry` waits. */
function clockwork(options: RetryOptions = {}) {
  const waits: number[] = [];
  let time = 0;
  const sleep = async (ms: number) => {
    waits.push(ms);
    time += ms;
  };
  return { waits, passed: () => time, options: { sleep, now: () => time, random: () => 1, ...options } };
}

describe('retry', () => {
  it('gives what the first try that succeeds gives', async () => {
    const { waits, options } = clockwork();
    const work = vi
      .fn()
      .mockRejectedValueOnce(busy())
      .mockRejectedValueOnce(busy())
      .mockResolvedValue('done');

    expect(await retry(work, options)).toBe('done');
    expect(waits).toEqual([500, 1_000]);
  });

  it('waits a random part of a time that doubles up to half a minute', async () => {
    const { waits, options } = clockwork({ maxMs: 200_000, random: () => 0.5 });

    await expect(retry(() => Promise.reject(busy()), options)).rejects.toThrow('busy');

    expect(waits.slice(0, 9)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it('waits at least as long as the error asks, and a little differently each time', async () => {
    const { waits, options } = clockwork({ random: () => 0.5 });
    const work = vi
      .fn()
      .mockRejectedValueOnce(busy({ retryAfterMs: 7_000 }))
      .mockResolvedValue('done');

    await retry(work, options);

    expect(waits).toEqual([7_250]);
  });

  it('gives up within five minutes unless told otherwise, with the last error', async () => {
    const { passed, options } = clockwork();
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw busy({ tries });
    };

    const error = await retry(work, options).catch((thrown) => thrown);

    expect(error.context).toEqual({ tries });
    expect(passed()).toBeGreaterThan(200_000);
    expect(passed()).toBeLessThan(300_000);
  });

  it.each<[string, RetryOptions]>([
    ['whoever runs us is stopped before', { timeLeft: () => 499 }],
    ['the longest time is shorter', { maxMs: 499 }],
    ['the shorter of two ends counts', { maxMs: 10_000, timeLeft: () => 400 }],
    ['a try would have too little time', { timeLeft: () => 5_500, leastMs: 5_000 }],
  ])('does not wait when %s', async (_, budget) => {
    const { waits, options } = clockwork(budget);

    await expect(retry(() => Promise.reject(busy()), options)).rejects.toThrow('busy');

    expect(waits).toEqual([]);
  });

  it.each([
    ['terminal', new TerminalError('NO', 'no')],
    ['foreign', new Error('what?')],
  ])('throws a %s error at once', async (_, error) => {
    const { waits, options } = clockwork();

    await expect(retry(() => Promise.reject(error), options)).rejects.toBe(error);

    expect(waits).toEqual([]);
  });

  it('asks whether to try again, and tells before it waits', async () => {
    const onRetry = vi.fn();
    const shouldRetry = (error: unknown) => error === 1;
    const { options } = clockwork({ onRetry, shouldRetry });
    const work = vi.fn().mockRejectedValueOnce(1).mockRejectedValueOnce(2);

    await expect(retry(work, options)).rejects.toBe(2);

    expect(onRetry.mock.calls).toEqual([[1, 500]]);
  });
});
