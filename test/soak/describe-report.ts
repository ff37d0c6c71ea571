import type { SoakReport } from './run-soak.ts';

/** Problems that are shown; the others are counted. */
const SHOWN = 40;

/** What a soak came to, in lines for people. */
export function describeReport({
  files,
  calls,
  mishaps,
  rungBySweeps,
  minutes,
  heap,
  problems,
}: SoakReport): string {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} more`] : [];
  return [
    `files:   ${files}, all at rest after ${minutes} minutes`,
    `calls:   ${counts(calls)}`,
    `mishaps: ${counts(mishaps)}`,
    `sweeps:  rang for ${rungBySweeps} tables`,
    `heap:    ${megabytes(heap.atQuarter)} a quarter of the way, ${megabytes(heap.atEnd)} at the end`,
    problems.length === 0 ? 'Nothing was lost.' : `${problems.length} problem(s):`,
    ...problems.slice(0, SHOWN),
    ...more,
  ].join('\n');
}
