import { type PlannedBatch, planTable, type TablePlan } from '../../lib/operations/plan.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { humanBytes, humanCount, plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** What ingest would do now, and the SQL it would run. Touches nothing. */
export async function plan(
  cli: Cli,
  tableName: string | undefined,
  options: { json?: boolean },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const plans: TablePlan[] = [];
    for (const table of chooseTables(ws.config, tableName === undefined ? [] : [tableName])) {
      const one = await planTable(ws, table);
      plans.push(one);
      if (!options.json) await cli.out.write(describePlan(one, cli.paint));
    }
    if (options.json) await cli.out.write(toJson({ tables: plans }));
  });
}

function describePlan(plan: TablePlan, paint: Paint): string {
  const waiting = `${plural(plan.waiting, 'file')} waiting, ${humanBytes(plan.waitingBytes)}`;
  const lines = [
    `${paint.bold(visible(plan.table))}  ${waiting}, ${plural(plan.batches.length, 'batch', 'batches')}`,
    ...describeStarted(plan),
    ...plan.alreadyApplied.map((path) => `  only move ${visible(path)}: it was applied before`),
    ...plan.rejections.map(
      ({ path, code, message }) =>
        `  ${paint.red('reject')} ${visible(path)}: ${code}\n    ${visibleLines(message)}`,
    ),
    ...plan.batches.flatMap((batch) => describeBatch(batch, paint)),
  ];
  return `${lines.join('\n')}\n\n`;
}

function describeStarted({ startedBatch }: TablePlan): string[] {
  if (!startedBatch) return [];
  const { id, files, missing } = startedBatch;
  const gone = missing.map((path) => `    ${visible(path)} is gone`);
  return [
    `  batch ${id} was started and not ended: ${plural(files.length, 'file')} would be taken up again`,
    ...gone,
  ];
}

function describeBatch(batch: PlannedBatch, paint: Paint): string[] {
  const { schema, sql } = batch;
  const size = `${plural(batch.files.length, 'file')}, ${humanBytes(batch.bytes)}, ${plural(batch.rows, 'row')}`;
  const statements = [...sql.schema, sql.check, sql.stage, sql.apply, sql.counts, sql.cleanup];
  return [
    `  ${paint.bold(`batch ${batch.id}`)}  ${batch.kind}, ${size}`,
    ...batch.files.map((file) => `    ${visible(file.path)}  ${humanCount(file.rows)}`),
    ...(schema.create ? [`    create with ${names(schema.create)}`] : []),
    ...(schema.added.length > 0 ? [`    add ${names(schema.added)}`] : []),
    ...schema.widened.map(({ name, from, to }) => `    widen ${visible(name)} from ${from} to ${to}`),
    ...statements.filter((text) => text !== null).map((text) => `\n${paint.dim(visibleLines(text))};`),
  ];
}

function names(columns: readonly { name: string; type: string }[]): string {
  return columns.map(({ name, type }) => `${visible(name)} ${type}`).join(', ');
}
