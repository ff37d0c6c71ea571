import { isTransient } from '../errors.ts';
import type { TableReport } from '../ingest/report.ts';
import { METRICS, type MetricDefinition } from '../metrics.ts';
import type { MetricSink } from './function-scope.ts';

/** Metrics of every run, and what of the report each tells; null is not told. */
const OF_REPORT: readonly (readonly [MetricDefinition, (report: TableReport) => number | null])[] = [
  [METRICS.batchesApplied, ({ batches }) => batches],
  [METRICS.filesApplied, ({ files }) => files],
  [METRICS.rowsApplied, ({ rows }) => rows],
  [METRICS.versionsOpened, ({ opened }) => opened],
  [METRICS.versionsClosed, ({ closed }) => closed],
  [METRICS.rowsUpdated, ({ updated }) => updated],
  [METRICS.tombstones, ({ tombstones }) => tombstones],
  [METRICS.changesUnchanged, ({ unchanged }) => unchanged],
  [METRICS.changesStale, ({ stale }) => stale],
  [METRICS.changesAmbiguous, ({ ambiguous }) => ambiguous],
  [METRICS.ingestRetries, ({ error }) => (isTransient(error) ? 1 : 0)],
];

/**
 * Samples of one run of a table, as `METRICS` says when there is one.
 *
 * @param seconds how long it took
 */
export function reportMetrics(metrics: MetricSink, report: TableReport, seconds: number): void {
  const { table, lagSeconds, rejected, error } = report;
  for (const [metric, read] of OF_REPORT) {
    const value = read(report);
    if (value !== null) metrics.add(metric, value);
  }
  if (lagSeconds !== null) metrics.add(METRICS.sourceLag, lagSeconds, { table });
  addWhereAny(metrics, METRICS.filesRejected, rejected.length, table);
  addWhereAny(metrics, METRICS.ingestFailures, error !== null && !isTransient(error) ? 1 : 0, table);
  metrics.add(METRICS.ingestSeconds, seconds);
}

/** By table only where there is something to look at. */
function addWhereAny(metrics: MetricSink, metric: MetricDefinition, value: number, table: string): void {
  metrics.add(metric, value, value === 0 ? {} : { table });
}
