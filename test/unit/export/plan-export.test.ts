import { describe, expect, it } from 'vitest';
import type { ExportConfig, TableConfig } from '../../../lib/config/config.ts';
import { type ExportState, exportConfigHash, planExport } from '../../../lib/export/plan-export.ts';
import type { Watermark } from '../../../lib/ports.ts';

const STATE: ExportState = {
  historyId: 'history-1',
  configHash: 'hash-1',
  batchId: 7n,
  newestBatchId: 7n,
  asOf: null,
};
const MARK: Watermark = {
  historyId: 'history-1',
  configHash: 'hash-1',
  kind: 'current',
  asOf: null,
  batchId: 5n,
  exportedAt: '2024-05-06T07:08:09.123456Z',
};
const incremental = { mode: 'incremental' } as const;
const full = (reason: string | null, impossibleBatch: bigint | null = null) => ({
  mode: 'full',
  reason,
  impossibleBatch,
});

describe('planExport', () => {
  it.each([5n, 7n])('sends what changed after the watermark at batch %s', (batchId) => {
    expect(planExport(incremental, STATE, { ...MARK, batchId })).toEqual({ mode: 'delta', after: batchId });
  });

  it.each<[string, Watermark | null]>([
    ['the target has no watermark yet', null],
    ['the target was filled from another history', { ...MARK, historyId: 'history-2', batchId: 99n }],
    [
      'the target holds a snapshot of the past',
      { ...MARK, kind: 'as-of', asOf: '2024-01-01T00:00:00.000000Z' },
    ],
    ['the target was filled before the first batch', { ...MARK, batchId: 0n }],
    ['settings of the export or the table have changed', { ...MARK, configHash: 'hash-2' }],
  ])('sends everything because %s', (reason, watermark) => {
    expect(planExport(incremental, STATE, watermark)).toEqual(full(reason));
  });

  it('knows a batch that the history never had from one that came since it was pinned', () => {
    const ahead = { ...MARK, batchId: 8n };

    expect(planExport(incremental, STATE, ahead)).toEqual(full('the watermark is ahead of the history', 8n));
    expect(planExport(incremental, { ...STATE, newestBatchId: 8n }, ahead)).toEqual(
      full('the target already holds a newer batch'),
    );
  });

  it('gives no reason where all rows are what was asked for', () => {
    const asOf = '2024-01-01T00:00:00.000000Z';

    expect(planExport({ mode: 'full' }, STATE, MARK)).toEqual(full(null));
    expect(planExport({ mode: 'full' }, STATE, { ...MARK, batchId: 8n })).toEqual(full(null, 8n));
    expect(planExport(incremental, { ...STATE, asOf }, { ...MARK, kind: 'as-of', asOf })).toEqual(full(null));
  });
});

describe('exportConfigHash', () => {
  const settings = {
    removeMissing: true,
    nonFinite: 'null',
    columnCase: 'keep',
    connections: 4,
    mode: 'full',
  } as ExportConfig;
  const table = { columns: {} } as TableConfig;
  const id = { name: 'id', type: { kind: 'int', bits: 32 } } as const;
  const hash = (
    s: Partial<ExportConfig> = {},
    columns: TableConfig['columns'] = {},
    keys: readonly (typeof id | { name: string; type: typeof id.type })[] = [id],
  ) => exportConfigHash({ ...settings, ...s }, { ...table, columns }, keys);

  it('changes with every setting that changes what the target holds', () => {
    const hashes = [
      hash(),
      hash({ removeMissing: false }),
      hash({ nonFinite: 'error' }),
      hash({ columnCase: 'lower' }),
      hash({}, { id: { kind: 'uuid' } }),
      hash({}, { id: { kind: 'decimal', precision: 9, scale: 2 } }),
      hash({}, {}, [id, { ...id, name: 'part' }]),
    ];

    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('stays with settings that do not', () => {
    const wider = { ...id, type: { kind: 'int', bits: 64 } } as unknown as typeof id;

    expect(hash({ mode: 'incremental', connections: 1 })).toBe(hash());
    expect(hash({}, {}, [wider])).toBe(hash());
  });
});
