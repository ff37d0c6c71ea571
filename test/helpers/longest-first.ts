import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take longer than half a minute, the longest first; the rooms whose every test waits for Spark after them. */
const LONG = [
  'test/cloud/ingest-faults',
  'test/contract/databricks-history',
  'test/cloud/',
  'test/contract/duckdb-history',
  'test/truth/',
  'test/warehouse/operations',
  'test/warehouse/',
  'test/e2e/ingest/crash',
  'test/e2e/',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONG.findIndex((part) => moduleId.includes(part));
  return at < 0 ? LONG.length : at;
};

/** Runs the long files first, so that at the end no worker waits for the other. A rank is not a promise of order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
