import type { Amount } from './amount.ts';
import type { Column } from '../config/column-type.ts';
import {
  exportColumns,
  exportKeys,
  renderChangedLines,
  renderGoneLines,
  renderAmount,
  renderSnapshotLines,
} from '../history/export-rows.ts';
import { type KeyPart, WHOLE } from '../history/key-part.ts';
import type { SnapshotAt } from '../history/snapshot.ts';
import type { PartRows, SnapshotTarget, SqlSession } from '../ports.ts';
import { inTargetCase, type OpenRun } from './table-run.ts';

/**
 * The rows and keys of a run, or of a part of it, as a target takes them. Nothing is read before they are taken; one
 * after the other, since a transaction streams one query at a time.
 */
export function readRun(
  open: OpenRun,
  target: Pick<SnapshotTarget, 'bulkText'>,
  session: SqlSession,
  part: KeyPart = WHOLE,
  progress: (rows: number) => void = () => {},
): PartRows {
  const { run, settings, history } = open;
  const { dialect } = session;
  const source = { relation: run.relation, part };
  const line = (columns: readonly Column[]) => lineOf(open, target, session, columns);
  const all = line(exportColumns(history));
  if (run.rows.mode === 'full') {
    const sql = renderSnapshotLines(dialect, history, instantOf(open), source, all);
    return { rows: blocks(session, sql, progress), deletedKeys: null };
  }
  const after = BigInt(run.rows.after);
  const changed = renderChangedLines(dialect, history, after, source, all);
  const gone = settings.removeMissing
    ? renderGoneLines(dialect, history, after, source, line(exportKeys(history)))
    : null;
  return {
    rows: blocks(session, changed, progress),
    deletedKeys: gone === null ? null : blocks(session, gone, () => {}),
  };
}

/** About how much a run sends: never far less than it does. */
export async function measureRun(
  open: OpenRun,
  target: Pick<SnapshotTarget, 'bulkText'>,
  session: SqlSession,
): Promise<Amount> {
  const { run, history } = open;
  const after = run.rows.mode === 'delta' ? BigInt(run.rows.after) : null;
  const line = lineOf(open, target, session, exportColumns(history));
  const sql = renderAmount(session.dialect, history, instantOf(open), after, run.relation, line);
  const [row] = await session.query(sql);
  const rows = Number(row![0]);
  return { rows, bytes: rows * Number(row![1] ?? 0) };
}

function instantOf({ run: { asOf } }: OpenRun): SnapshotAt {
  return asOf === null ? { kind: 'current' } : { kind: 'as-of', instant: asOf };
}

/** SQL that makes the target's text of one row. */
function lineOf(
  { settings }: OpenRun,
  target: Pick<SnapshotTarget, 'bulkText'>,
  { dialect }: SqlSession,
  columns: readonly Column[],
): string {
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
