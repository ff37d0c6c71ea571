import { expect, it } from 'vitest';
import { describeReport } from './describe-report.ts';
import { runSoak, type SoakReport } from './run-soak.ts';

const SEED = 20_260_501;

/** Each at least once, or the soak would prove less than it seems to. */
const MUST_BEFALL = [
  'ingest killed',
  'ingest failed',
  'ingest slow',
  'ingest rival',
  'ingest hurried',
  'event lost',
  'router killed',
  'router failed',
];

it(`loses nothing of an hour of 50 tables in which much goes wrong (seed ${SEED})`, async () => {
  const report: SoakReport = await runSoak({ seed: SEED, minutes: 60, everyMinutes: 30, tables: 50 });

  expect(report.problems, describeReport(report)).toEqual([]);
  expect(MUST_BEFALL.filter((mishap) => !report.mishaps[mishap])).toEqual([]);
  expect(report.rungBySweeps).toBeGreaterThan(0);
}, 300_000);
