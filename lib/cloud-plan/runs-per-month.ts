import type { AssumedNumbers } from './assumptions.ts';

const MINUTES: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };

/** How often a schedule in EventBridge's words calls in a month; none and `at(...)` never. */
export function runsPerMonth(schedule: string | null, assumed: AssumedNumbers): number {
  if (schedule === null) return 0;
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate) return (assumed.hoursPerMonth * 60) / (Number(rate[1]) * (MINUTES[rate[2] ?? ''] ?? 1));
  return schedule.startsWith('cron(') ? assumed.cronRunsPerMonth : 0;
}
