import { grid } from '../bin/output/grid.ts';
import { PLAIN } from '../bin/output/paint.ts';
import type { Phase } from './change-feed.ts';
import type { CurrentRows } from './compare-current.ts';
import type { LoadResult, PhaseCost } from './warehouse-load.ts';
import { ARTICLE } from './warehouse-side.ts';
import type { SmallResult } from './warehouse-small.ts';

const MIB = 1024 ** 2;
const left = (title: string) => ({ title }) as const;
const right = (title: string) => ({ title, align: 'right' }) as const;
const number = (value: number): string => value.toLocaleString('en-US');
const cpuOf = ({ used }: PhaseCost): number | null => used?.cpuSeconds ?? null;

/**
 * Seconds, those of writing the history and CPU seconds, each as so many times the article's too, and statements.
 * Unknown ones are empty.
 */
function costCells(cost: PhaseCost, article: PhaseCost): string[] {
  const cpu = cpuOf(cost);
  const articleCpu = cpuOf(article);
  const times = (a: number, b: number) => `${(a / b).toFixed(2)}×`;
  return [
    cost.seconds.toFixed(1),
    times(cost.seconds, article.seconds),
    cost.writingSeconds.toFixed(1),
    times(cost.writingSeconds, article.writingSeconds),
    cpu === null ? '' : cpu.toFixed(1),
    cpu === null || articleCpu === null ? '' : times(cpu, articleCpu),
    number(cost.statements),
  ];
}

const COST_COLUMNS = [
  ...['seconds', 'of article', 'writing s', 'of article', 'Spark CPU s', 'of article'],
  'statements',
].map(right);

/** The load and the rounds of changes, a line per phase and side, then the current rows of each side. */
export function renderLoadResults(results: readonly LoadResult[], phases: readonly Phase[]): string {
  const article = results.find(({ side }) => side === ARTICLE)!;
  const rows = phases.flatMap(({ name, rows: count }, at) =>
    results.map(({ side, costs }) => [
      name,
      number(count),
      side,
      ...costCells(costs[at]!, article.costs[at]!),
    ]),
  );
  const columns = [left('phase'), right('rows'), left('side'), ...COST_COLUMNS];
  const current = results.map(({ side, current: found }) => `${side}: ${describeCurrent(found)}`);
  return [grid(columns, rows, PLAIN), ...current].join('\n');
}

/** How current rows compare with the right ones, in words. */
export function describeCurrent({ right: wanted, missing, extra, differing, doubled }: CurrentRows): string {
  const wrong = [
    [missing, 'missing'],
    [extra, 'too many'],
    [differing, 'with other values'],
    [doubled, 'current more than once'],
  ] as const;
  const found = wrong.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  const of = `${number(wanted)} current rows`;
  return found.length === 0 ? `all ${of} right` : `of ${of} ${found.join(', ')}`;
}

/** Small batches, a line per batch and side, then how the tables lay before. */
export function renderSmallResults(results: readonly SmallResult[], batches: readonly Phase[]): string {
  const article = results.find(({ side }) => side === ARTICLE)!;
  const rows = batches.flatMap(({ name }, at) =>
    results.map(({ side, batches: done }) => {
      const batch = done[at]!;
      return [
        name,
        side,
        ...costCells(batch, article.batches[at]!),
        batch.used === null ? '' : (batch.used.readBytes / MIB).toFixed(1),
        ...[batch.inserted, batch.updated, batch.copied, batch.filesRemoved, batch.filesAdded].map(number),
        ...[batch.deletionVectors, batch.changeFiles].map(number),
        (batch.bytesAdded / 1024).toFixed(0),
      ];
    }),
  );
  const written = ['inserted', 'updated', 'copied', 'files −', 'files +', 'vectors', 'change files', 'KiB +'];
  const columns = [left('batch'), left('side'), ...COST_COLUMNS, right('MiB read'), ...written.map(right)];
  const layouts = results.map(
    ({ side, layout: { files, bytes } }) => `${side}: ${files} files, ${(bytes / MIB).toFixed(1)} MiB before`,
  );
  return [grid(columns, rows, PLAIN), ...layouts].join('\n');
}
