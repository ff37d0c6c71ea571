/** What writing to one table came to, summed over the versions it made. */
export interface Written {
  readonly versions: number;
  readonly inserted: number;
  readonly updated: number;
  /** Rows written anew only because others of their file changed. */
  readonly copied: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  /** Files for readers of the table's feed of changes. */
  readonly changeFiles: number;
  readonly deletionVectors: number;
  readonly bytesAdded: number;
}

/** One version of a table, as `describe history` shows it; the driver of the bench gives a map as JSON text. */
export interface TableVersion {
  readonly version?: unknown;
  readonly operationMetrics?: unknown;
}

function metricsOf(value: unknown): Readonly<Record<string, unknown>> {
  const map: unknown = typeof value === 'string' ? JSON.parse(value) : value;
  return typeof map === 'object' && map !== null ? (map as Record<string, unknown>) : {};
}

/** Sums what the versions after `since` wrote. */
export function sumWritten(versions: readonly TableVersion[], since: bigint): Written {
  const later = versions.filter(({ version }) => BigInt(String(version)) > since);
  const metrics = later.map(({ operationMetrics }) => metricsOf(operationMetrics));
  const sum = (name: string) => metrics.reduce((total, found) => total + Number(found[name] ?? 0), 0);
  return {
    versions: later.length,
    inserted: sum('numTargetRowsInserted'),
    updated: sum('numTargetRowsUpdated'),
    copied: sum('numTargetRowsCopied'),
    filesAdded: sum('numTargetFilesAdded'),
    filesRemoved: sum('numTargetFilesRemoved'),
    changeFiles: sum('numTargetChangeFilesAdded'),
    deletionVectors: sum('numTargetDeletionVectorsAdded'),
    bytesAdded: sum('numTargetBytesAdded'),
  };
}
