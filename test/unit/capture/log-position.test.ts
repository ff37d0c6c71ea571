import { describe, expect, it } from 'vitest';
import { changeSeqOf, stampCommit } from '../../../lib/capture/log-position.ts';
import { instantToMicros } from '../../../lib/instant.ts';

const AT = '2026-03-02T09:00:00.000010Z';
const micros = instantToMicros(AT);

describe('stampCommit', () => {
  it('takes time and position of a commit that is later than the one before', () => {
    const stamp = stampCommit({ committedAt: AT, counter: 100n }, { micros: micros + 5n, lsn: 200n });

    expect(stamp).toEqual({ committedAt: '2026-03-02T09:00:00.000015Z', firstCounter: 200n });
  });

  it.each([
    ['at the same instant', 0n],
    ['earlier, after the clock was set back', -3_600_000_000n],
  ])('puts a commit a microsecond after the one before when it is %s', (_when, shift) => {
    const stamp = stampCommit({ committedAt: AT, counter: 100n }, { micros: micros + shift, lsn: 200n });

    expect(stamp.committedAt).toBe('2026-03-02T09:00:00.000011Z');
  });

  it('counts on where a large transaction has counted beyond the position of the next commit', () => {
    const stamp = stampCommit({ committedAt: AT, counter: 5000n }, { micros: micros + 1n, lsn: 200n });

    expect(stamp.firstCounter).toBe(5001n);
  });
});

describe('changeSeqOf', () => {
  it('has 35 digits whatever the position', () => {
    const stamp = { committedAt: AT, firstCounter: 1n };

    expect(changeSeqOf(stamp, 1n)).toBe('20260302090000000000000000000000001');
    expect(changeSeqOf(stamp, 2n ** 63n)).toBe('20260302090000009223372036854775808');
  });
});
