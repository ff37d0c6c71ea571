/** CloudWatch namespace of every metric of ours. */
export const METRIC_NAMESPACE = 'Tidemark';

/** Units as CloudWatch and its clients spell them. */
export type MetricUnit = 'Count' | 'Seconds';

/** Names of dimensions, as they stand in CloudWatch. */
export const METRIC_DIMENSIONS = { pipeline: 'Pipeline', table: 'Table', export: 'Export' } as const;

/**
 * Whom a metric tells about. Everything is published for the pipeline alone, which is what alarms read; `table` and
 * `export` are published once more with that dimension. Each table is a metric of its own on the bill, so this is for
 * what a person needs by table, and the number of tables is nobody's alarm.
 */
export type MetricScope = 'pipeline' | 'table' | 'export';

/** One metric: what its samples are called, and how those of a period are put together. */
export interface MetricDefinition {
  readonly name: string;
  readonly unit: MetricUnit;
  readonly scope: MetricScope;
  /** `Maximum` of a state that is looked at now and then, `Sum` of things that happened. */
  readonly statistic: 'Maximum' | 'Sum';
}

/**
 * Every metric that functions publish and alarms and dashboards read. A metric that its docstring does not call absent
 * is published by every run that it speaks of, 0 included.
 */
export const METRICS = {
  /**
   * Seconds that the oldest file has waited in an incoming folder, over all tables that are not paused; 0 when nothing
   * waits. By the sweep, which alone sees all tables. By table only of those above the alarm's threshold: absent there
   * means nothing to worry about. Absent for the pipeline: the sweep does not run, or could look at no table.
   */
  oldestWaitingFileAge: {
    name: 'OldestWaitingFileAge',
    unit: 'Seconds',
    scope: 'table',
    statistic: 'Maximum',
  },
  /**
   * Seconds from the newest commit that a run applied to the moment its rows could be read, never negative. By each run
   * of a table that applied something, pipeline and table. Absent: nothing was applied, which is right for a source
   * where nothing happens, and `oldestWaitingFileAge` tells where it is not. A released file or a reload brings old
   * commits: one high sample.
   */
  sourceLag: { name: 'SourceLag', unit: 'Seconds', scope: 'table', statistic: 'Maximum' },
  /** Batches applied by a run. Absent: no run; a run that found nothing says 0. */
  batchesApplied: { name: 'BatchesApplied', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Files applied by a run. Absent as above. */
  filesApplied: { name: 'FilesApplied', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Rows of the files that a run applied, each one change. Absent as above. */
  rowsApplied: { name: 'RowsApplied', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Changes that opened a version. Absent: no run, or the engine could not tell, as after a lost reply. */
  versionsOpened: { name: 'VersionsOpened', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Versions that a change closed. Absent as above. */
  versionsClosed: { name: 'VersionsClosed', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Rows in which only untracked columns changed, in place. Absent as above. */
  rowsUpdated: { name: 'RowsUpdated', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Deletes that closed nothing and are remembered. Absent as above. */
  tombstones: { name: 'Tombstones', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Changes that altered nothing. Absent as above. */
  changesUnchanged: { name: 'ChangesUnchanged', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Changes not later than what was seen of their key. Absent as above. */
  changesStale: { name: 'ChangesStale', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Different changes with one key, time and sequence, of which one was taken. Absent: no run. */
  changesAmbiguous: { name: 'ChangesAmbiguous', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Files put aside by a run for a fault of their own. By table only where it is not 0. Absent: no run. */
  filesRejected: { name: 'FilesRejected', unit: 'Count', scope: 'table', statistic: 'Sum' },
  /**
   * Runs of a table that ended with an error which a person has to mend. By table only where it is not 0. Absent: no
   * run ended at all, so it says nothing about a function that was killed: see its errors.
   */
  ingestFailures: { name: 'IngestFailures', unit: 'Count', scope: 'table', statistic: 'Sum' },
  /** Runs of a table that ended with an error which trying again may mend; the queue does. Absent as above. */
  ingestRetries: { name: 'IngestRetries', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /** Seconds that the run of a table took, whatever came of it. Absent: no run. */
  ingestSeconds: { name: 'IngestSeconds', unit: 'Seconds', scope: 'pipeline', statistic: 'Maximum' },
  /**
   * Seconds since the oldest batch was applied that an export has not sent yet, 0 when it sent everything: the greatest
   * of all exports, and by export. By the sweep, of exports with a schedule or `afterIngest` alone: nobody expects the
   * others. One that never succeeded counts from the first batch of its tables. Absent: no such export, no sweep, or one
   * that left the warehouse alone, which it does for hours; it asks before a lag would be worth an alarm.
   */
  exportAge: { name: 'ExportAge', unit: 'Seconds', scope: 'export', statistic: 'Maximum' },
  /** Seconds that a successful export took. Absent: none succeeded. */
  exportSeconds: { name: 'ExportSeconds', unit: 'Seconds', scope: 'export', statistic: 'Maximum' },
  /** Rows that a successful export sent. Absent: none succeeded. */
  exportRows: { name: 'ExportRows', unit: 'Count', scope: 'export', statistic: 'Sum' },
  /**
   * Exports that ended with an error which a person has to mend, or for the last time with another. Absent: none ended.
   * A successful one says 0.
   */
  exportFailures: { name: 'ExportFailures', unit: 'Count', scope: 'export', statistic: 'Sum' },
  /**
   * Broken promises that the sweep found in its sample, as `tidemark verify` counts them; 0 also of a sweep that took
   * none. Absent: no sweep.
   */
  sweepFindings: { name: 'SweepFindings', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /**
   * Files that were applied and still lay among those that wait when the sweep looked; the ring that it sends has them
   * moved. Absent: no sweep, or nobody could tell.
   */
  halfDoneMoves: { name: 'HalfDoneMoves', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
  /**
   * Tables with waiting files for which nobody had rung, until the sweep did. Absent: no sweep, or nobody could tell,
   * as when the warehouse did not answer.
   */
  missedBells: { name: 'MissedBells', unit: 'Count', scope: 'pipeline', statistic: 'Sum' },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/**
 * Name of the metric of tables that DMS gave up while it goes on with the others, `Sum` of `Count`: counted in the log
 * of the replication, which leaves no room for dimensions. Absent: it gave none up, or its log is not counted.
 */
export function suspendedTablesMetric(resourceIdentifier: string): string {
  return `SuspendedTables-${resourceIdentifier}`;
}

/** What a sample is about, by names of the configuration. */
export interface MetricSubject {
  readonly pipeline: string;
  readonly table?: string;
  readonly export?: string;
}

/** Longest value that CloudWatch takes. */
const MAX_VALUE_LENGTH = 1024;

/**
 * The dimensions of a sample. CloudWatch takes printable ASCII that does not begin with a colon: other characters, `%`
 * and a leading colon become `%` and the hexadecimal digits of their UTF-8, so that two names never share a metric
 * (unless both are longer than 1024 characters so).
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html
 */
export function metricDimensions(subject: MetricSubject): Record<string, string> {
  const names = ['pipeline', 'table', 'export'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = subject[name];
      return value === undefined ? [] : [[METRIC_DIMENSIONS[name], dimensionValue(value)]];
    }),
  );
}

function dimensionValue(name: string): string {
  const plain = name.replace(/[^ -~]|%|^[: ]/gu, (character) =>
    [...new TextEncoder().encode(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  return plain.slice(0, MAX_VALUE_LENGTH);
}
