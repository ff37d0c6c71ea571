import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Rooms whose tests wait for the one Spark, and files that take longer than half a minute; the longest first. */
const ON_SPARK = ['contract/databricks-history', 'cloud/ingest-faults', 'cloud/', 'warehouse/'];
const LONG = ['truth/', 'contract/duckdb-history', 'e2e/ingest/crash', 'e2e/export/', 'e2e/', 'contract/'];

const rank = ({ moduleId }: TestSpecification, parts: readonly string[]): number => {
  const at = parts.findIndex((part) => moduleId.includes(`/test/${part}`));
  return at < 0 ? parts.length : at;
};

/**
 * Runs the long files first, so that at the end no worker waits for the other, and files that wait for Spark beside
 * files that do not, so that they wait less. A rank is not a promise of order.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const ranked = (parts: readonly string[]) => sorted.toSorted((a, b) => rank(a, parts) - rank(b, parts));
    const onSpark = ranked(ON_SPARK).filter((file) => rank(file, ON_SPARK) < ON_SPARK.length);
    const others = ranked(LONG).filter((file) => !onSpark.includes(file));
    const each = Math.ceil(others.length / Math.max(1, onSpark.length));
    return [
      ...onSpark.flatMap((file, at) => [file, ...others.slice(at * each, (at + 1) * each)]),
      ...(onSpark.length === 0 ? others : []),
    ];
  }
}
