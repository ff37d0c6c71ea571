import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMetricSink } from '../../../lib/aws/metric-sink.ts';
import { METRICS } from '../../../lib/metrics.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The lines that `work` writes, parsed. */
function written(work: () => void): Record<string, unknown>[] {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  work();
  const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)));
  write.mockRestore();
  return lines;
}
const emf = (dimensions: readonly string[], metrics: readonly (readonly [string, string])[]) => ({
  Timestamp: expect.any(Number),
  CloudWatchMetrics: [
    {
      Namespace: 'Tidemark',
      Dimensions: [dimensions],
      Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
    },
  ],
});

describe('createMetricSink', () => {
  it('publishes one line for the pipeline and one for each subject, and forgets what it published', () => {
    const sink = createMetricSink('shop');
    sink.add(METRICS.batchesApplied, 2, { table: 'customer' });
    sink.add(METRICS.sourceLag, 60.5, { table: 'customer' });
    sink.add(METRICS.sourceLag, 7, { table: 'caf\u00e9' });
    sink.add(METRICS.exportRows, 5, { export: 'serving' });
    sink.add(METRICS.filesRejected, 0);

    const lines = written(() => {
      sink.publish();
      sink.publish();
    });

    expect(lines).toEqual([
      {
        _aws: emf(
          ['Pipeline'],
          [
            ['BatchesApplied', 'Count'],
            ['SourceLag', 'Seconds'],
            ['ExportRows', 'Count'],
            ['FilesRejected', 'Count'],
          ],
        ),
        Pipeline: 'shop',
        BatchesApplied: 2,
        SourceLag: [60.5, 7],
        ExportRows: 5,
        FilesRejected: 0,
      },
      {
        _aws: emf(['Pipeline', 'Table'], [['SourceLag', 'Seconds']]),
        Pipeline: 'shop',
        Table: 'customer',
        SourceLag: 60.5,
      },
      {
        _aws: emf(['Pipeline', 'Table'], [['SourceLag', 'Seconds']]),
        Pipeline: 'shop',
        Table: 'caf%C3%A9',
        SourceLag: 7,
      },
      {
        _aws: emf(['Pipeline', 'Export'], [['ExportRows', 'Count']]),
        Pipeline: 'shop',
        Export: 'serving',
        ExportRows: 5,
      },
    ]);
  });

  it('loses no sample when there are more than one line can hold', () => {
    const lines = written(() => {
      const sink = createMetricSink('shop');
      for (let at = 0; at < 250; at += 1) sink.add(METRICS.rowsApplied, at);
      sink.publish();
    });

    expect(lines.map(({ Pipeline }) => Pipeline)).toEqual(lines.map(() => 'shop'));
    expect(lines.flatMap(({ RowsApplied }) => RowsApplied)).toEqual(
      Array.from({ length: 250 }, (_, index) => index),
    );
  });
});
