import type { Column } from '../config/column-type.ts';
import {
  exportColumns,
  exportKeys,
  renderChangedLines,
  renderGoneLines,
  renderSnapshotLines,
} from '../history/export-rows.ts';
import type { SnapshotLoad, SqlSession } from '../ports.ts';
import { type ExportJob, inTargetCase } from './export-job.ts';
import type { ExportPlan } from './plan-export.ts';

/** Stages what the plan says. Returns rows sent, keys to remove included. */
export async function sendRows(job: ExportJob, load: SnapshotLoad, plan: ExportPlan): Promise<number> {
  const { settings, asOf, progress } = job;
  const { session, relation, table } = job.pinned;
  const { dialect } = session;
  const line = lineOf(job, exportColumns(table));
  if (plan.mode === 'full') {
    const at = asOf === null ? ({ kind: 'current' } as const) : ({ kind: 'as-of', instant: asOf } as const);
    const sql = renderSnapshotLines(dialect, table, at, relation, line);
    return (await load.load(blocks(session, sql, progress))).rows;
  }
  const changed = renderChangedLines(dialect, table, plan.after, relation, line);
  const { rows } = await load.load(blocks(session, changed, progress));
  if (!settings.removeMissing) return rows;
  const gone = renderGoneLines(dialect, table, plan.after, relation, lineOf(job, exportKeys(table)));
  return rows + (await load.loadDeletedKeys(blocks(session, gone, () => {}))).rows;
}

/** SQL that makes the target's text of one row. */
function lineOf({ settings, target, pinned }: ExportJob, columns: readonly Column[]): string {
  const { dialect } = pinned.session;
  return target.bulkText(
    dialect,
    columns.map((column) => ({
      expr: dialect.quoteIdentifier(column.name),
      name: inTargetCase(settings, column).name,
      type: column.type,
    })),
    settings.nonFinite,
  );
}

async function* blocks(
  session: SqlSession,
  sql: string,
  progress: (rows: number) => void,
): AsyncGenerator<string> {
  let rows = 0;
  for await (const block of session.stream(sql)) {
    yield `${block.map(([line]) => line).join('\n')}\n`;
    rows += block.length;
    progress(rows);
  }
}
