import { planTable, type TablePlan } from '../../lib/operations/plan.ts';
import type { PlannedBatch } from '../../lib/operations/planned-batch.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { eachTable } from '../each-table.ts';
import { humanBytes, humanCount, plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { UsageError } from '../usage-error.ts';
import { withWorkspace } from '../with-workspace.ts';
import { type CloudPlanArguments, planCloudCommand } from './plan-cloud.ts';

export interface PlanArguments extends CloudPlanArguments {
  /** The deployment in place of the next ingest. */
  readonly cloud?: boolean;
}

/** What ingest would do now, and the SQL it would run; or what a deploy would make. Touches nothing. */
export async function plan(cli: Cli, tableName: string | undefined, options: PlanArguments): Promise<void> {
  if (options.cloud) {
    if (tableName === undefined) return planCloudCommand(cli, options);
    throw new UsageError('ARGUMENT_ALONE', 'A table does not go with --cloud, which is about all of them.');
  }
  if (options.warehouse ?? options.price ?? options.assume) {
    throw new UsageError('OPTION_ALONE', '--warehouse, --price and --assume go with --cloud only.');
  }
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const tables = chooseTables(ws.config, tableName === undefined ? [] : [tableName]);
    const plans = await eachTable(cli, tables, (table) => planTable(ws, table));
    if (options.json) return cli.out.write(toJson({ tables: plans }));
    for (const one of plans) await cli.out.write(describePlan(one, cli.paint));
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
    ...(plan.batches.length > 0 ? [paint.dim('  values and pages are looked at by ingest only')] : []),
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

/** Longer lists are for `--json`. */
const FILES_SHOWN = 20;

function describeBatch(batch: PlannedBatch, paint: Paint): string[] {
  const { schema, files } = batch;
  const size = `${plural(files.length, 'file')}, ${humanBytes(batch.bytes)}, ${plural(batch.rows, 'row')}`;
  const more = files.length - FILES_SHOWN;
  return [
    `  ${paint.bold(`batch ${batch.id}`)}  ${batch.kind}, ${size}`,
    ...files.slice(0, FILES_SHOWN).map((file) => `    ${visible(file.path)}  ${plural(file.rows, 'row')}`),
    ...(more > 0 ? [`    and ${humanCount(more)} more`] : []),
    ...(schema.create ? [`    create with ${names(schema.create)}`] : []),
    ...(schema.added.length > 0 ? [`    add ${names(schema.added)}`] : []),
    ...schema.widened.map(({ name, from, to }) => `    widen ${visible(name)} from ${from} to ${to}`),
    ...describeSql(batch.sql, paint),
  ];
}

function describeSql(sql: PlannedBatch['sql'], paint: Paint): string[] {
  const statements = [
    ...sql.schema.map((text) => ['schema', text]),
    ['check the rows of each file', sql.check],
    ['decide', sql.stage],
    ['apply', sql.apply],
    ['count', sql.counts],
    ['clean up', sql.cleanup],
  ] as const;
  return statements
    .filter(([, text]) => text !== null)
    .map(([label, text]) => `\n${paint.dim(`-- ${label}`)}\n${visibleLines(text ?? '')};`);
}

function names(columns: readonly { name: string; type: string }[]): string {
  return columns.map(({ name, type }) => `${visible(name)} ${type}`).join(', ');
}
