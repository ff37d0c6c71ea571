import { describe, expect, it } from 'vitest';
import { chooseBatch } from '../../../lib/changes/choose-batch.ts';

const captured = (second: number, size: number) => ({ path: `20260101-1200${second}000.parquet`, size });
const loaded = (counter: number, size: number) => ({ path: `LOAD0000000${counter}.parquet`, size });

describe('chooseBatch', () => {
  it('takes the oldest files up to the number of files', () => {
    const files = [captured(10, 1), captured(11, 1), captured(12, 1)];

    expect(chooseBatch(files, { maxFiles: 2, maxBytes: 100 })).toEqual({
      batch: files.slice(0, 2),
      rest: files.slice(2),
    });
  });

  it('takes the oldest files up to the bytes, the bound included, and never skips one that is too large', () => {
    const files = [captured(10, 40), captured(11, 60), captured(12, 50), captured(13, 1)];

    expect(chooseBatch(files, { maxFiles: 10, maxBytes: 100 }).batch).toEqual(files.slice(0, 2));
    expect(chooseBatch(files.slice(2), { maxFiles: 10, maxBytes: 50 }).batch).toEqual([files[2]]);
  });

  it('takes a file larger than the bound as a batch of its own', () => {
    const files = [captured(10, 500), captured(11, 1)];

    expect(chooseBatch(files, { maxFiles: 10, maxBytes: 100 })).toEqual({
      batch: [files[0]],
      rest: [files[1]],
    });
  });

  it('keeps full-load files apart from captured changes', () => {
    const files = [loaded(1, 1), loaded(2, 1), captured(10, 1)];

    expect(chooseBatch(files, { maxFiles: 10, maxBytes: 100 })).toEqual({
      batch: files.slice(0, 2),
      rest: files.slice(2),
    });
  });

  it('chooses nothing from nothing', () => {
    expect(chooseBatch([], { maxFiles: 10, maxBytes: 100 })).toEqual({ batch: [], rest: [] });
  });
});
