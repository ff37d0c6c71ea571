import { describe, expect, it } from 'vitest';
import { generationOf } from '../../../lib/ingest/batch-file.ts';
import { addCounts, emptyReport } from '../../../lib/ingest/report.ts';

describe('the load generation of a file', () => {
  const generations = [
    { generation: 1, instant: '2026-01-01T00:00:00.000000Z', status: 'completed' },
    { generation: 2, instant: '2026-02-01T00:00:00.000000Z', status: 'cancelled' },
    { generation: 3, instant: '2026-03-01T00:00:00.000000Z', status: 'requested' },
  ] as const;
  const load = (arrivedAt: string) => ({ fullLoad: true, arrivedAt });
  const none = { generation: 0, reloadedAt: null };

  it('is none for captured changes, whenever they arrived', () => {
    const file = { fullLoad: false, arrivedAt: '2026-04-01T00:00:00.000000Z' };
    expect(generationOf(file, generations, undefined)).toEqual(none);
  });

  it.each([
    ['before any reload', '2025-12-31T23:59:59.999999Z', 0, null],
    ['at the very instant of a reload', '2026-01-01T00:00:00.000000Z', 1, generations[0].instant],
    ['after a cancelled reload', '2026-02-15T00:00:00.000000Z', 1, generations[0].instant],
    ['after the newest', '2026-03-15T00:00:00.000000Z', 3, generations[2].instant],
  ])('that arrived %s', (_, arrivedAt, generation, reloadedAt) => {
    expect(generationOf(load(arrivedAt), generations, undefined)).toEqual({ generation, reloadedAt });
  });

  it('is the one it was rejected in, though a newer reload was requested since', () => {
    const arrivedAt = '2026-03-15T00:00:00.000000Z';
    expect(generationOf(load(arrivedAt), generations, 1)).toEqual({
      generation: 1,
      reloadedAt: generations[0].instant,
    });
    expect(generationOf(load(arrivedAt), generations, 0)).toEqual(none);
  });
});

describe('counts of a run', () => {
  const counts = { opened: 1, closed: 2, updated: 3, tombstones: 4, unchanged: 5, stale: 6 };

  it('are the sums of its batches', () => {
    const report = emptyReport('orders');
    addCounts(report, counts);
    addCounts(report, counts);
    expect(report).toMatchObject({
      opened: 2,
      closed: 4,
      updated: 6,
      tombstones: 8,
      unchanged: 10,
      stale: 12,
    });
  });

  it('are unknown once one batch could not tell', () => {
    const report = emptyReport('orders');
    addCounts(report, { ...counts, opened: null });
    addCounts(report, counts);
    expect(report).toMatchObject({ opened: null, closed: 4 });
  });
});
