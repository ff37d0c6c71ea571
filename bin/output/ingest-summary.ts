import type { TableReport } from '../../lib/ingest/report.ts';
import { type GridColumn, grid } from './grid.ts';
import { humanCount, humanDuration, plural } from './human.ts';
import type { Paint } from './paint.ts';
import { visible, visibleLines } from './visible.ts';

const COLUMNS: readonly GridColumn[] = [
  { title: 'table' },
  ...['files', 'rows', 'opened', 'closed', 'unchanged', 'stale', 'ambiguous', 'rejected', 'lag'].map(
    (title) => ({ title, align: 'right' }) as const,
  ),
];

/** What an ingest did: a line for each table, then what was rejected, what still waits and what failed. */
export function describeIngest(reports: readonly TableReport[], paint: Paint): string {
  const rows = reports.map((report) => [
    visible(report.table),
    humanCount(report.files),
    humanCount(report.rows),
    humanCount(report.opened),
    humanCount(report.closed),
    humanCount(report.unchanged),
    humanCount(report.stale),
    humanCount(report.ambiguous),
    humanCount(report.rejected.length),
    report.lagSeconds === null ? '-' : humanDuration(report.lagSeconds),
  ]);
  const notes = reports.flatMap((report) => describeTable(report, paint));
  return grid(COLUMNS, rows, paint) + (notes.length > 0 ? `\n${notes.join('\n')}\n` : '');
}

function describeTable(report: TableReport, paint: Paint): string[] {
  const table = visible(report.table);
  const { rejected, waiting, alreadyApplied, error } = report;
  return [
    ...rejected.map(
      ({ path, code, message }) =>
        `${table}: ${paint.yellow('rejected')} ${visible(path)}: ${code}\n  ${visibleLines(message)}`,
    ),
    ...(alreadyApplied > 0
      ? [`${table}: ${plural(alreadyApplied, 'file')} applied before and only moved`]
      : []),
    ...(error ? [`${table}: ${paint.red('error')} ${error.code}: ${visibleLines(error.message)}`] : []),
    ...(waiting > 0 ? [`${table}: ${plural(waiting, 'file')} still waiting`] : []),
  ];
}
