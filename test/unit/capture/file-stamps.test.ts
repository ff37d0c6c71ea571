import { describe, expect, it } from 'vitest';
import { nextFileNames } from '../../../lib/capture/file-stamps.ts';

const NOW = '2026-03-02T09:00:00.123456Z';

describe('nextFileNames', () => {
  it('names files after now, a millisecond apart', () => {
    expect(nextFileNames(2, NOW, '2026-03-02T08:00:00.000000Z')).toEqual({
      names: ['20260302-090000123.parquet', '20260302-090000124.parquet'],
      last: '2026-03-02T09:00:00.124000Z',
    });
  });

  it('goes on from the last name when the clock was set back', () => {
    expect(nextFileNames(1, NOW, '2026-03-02T10:59:59.999000Z')).toEqual({
      names: ['20260302-110000000.parquet'],
      last: '2026-03-02T11:00:00.000000Z',
    });
  });

  it('never gives a name twice within a millisecond', () => {
    const first = nextFileNames(1, NOW, '2026-01-01T00:00:00.000000Z');

    expect(nextFileNames(1, NOW, first.last).names).toEqual(['20260302-090000124.parquet']);
  });

  it('leaves the last stamp as it is when there is nothing to name', () => {
    expect(nextFileNames(0, NOW, NOW)).toEqual({ names: [], last: NOW });
  });
});
