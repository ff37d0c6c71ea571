import type { ExportConfig } from '../../lib/config/config.ts';
import { type PipelineError, toPipelineError } from '../../lib/errors.ts';
import { type ExportReport, type RunExportOptions, runExport } from '../../lib/export/run-export.ts';
import { parseInstant } from '../../lib/operations/parse-instant.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { chooseExports } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { isDeployed, refuseWithoutHere } from '../deployed.ts';
import { exitCodeOf } from '../exit-code.ts';
import { type GridColumn, grid } from '../output/grid.ts';
import { humanCount, plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { createProgress } from '../output/progress.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { readConfig, withWorkspace } from '../with-workspace.ts';
import { ringForExports } from './ring.ts';

export interface ExportArguments {
  readonly asOf?: string;
  readonly replace?: boolean;
  readonly full?: boolean;
  readonly json?: boolean;
  /** The work is done by this process, also where a pipeline is deployed. */
  readonly here?: boolean;
}

/** What became of one export: its tables, or why its target could not be reached. */
interface Outcome {
  readonly name: string;
  readonly tables: readonly ExportReport[];
  readonly error: PipelineError | null;
}

/** Sends snapshots to the databases that want them, or has the deployed pipeline do so. */
export async function exportCommand(
  cli: Cli,
  name: string | undefined,
  options: ExportArguments,
): Promise<void> {
  const asOf = options.asOf === undefined ? null : parseInstant(options.asOf);
  const config = await readConfig(cli);
  const chosen = chooseExports(config, name);
  if (isDeployed(config) && !options.here) {
    const { replace, full } = options;
    refuseWithoutHere({ '--as-of': options.asOf, '--replace': replace, '--full': full });
    return await ringForExports(cli, config, name === undefined ? null : chosen, options);
  }
  await withWorkspace(cli, { readOnly: true, config }, async (ws) => {
    const progress = await createProgress(cli);
    const outcomes: Outcome[] = [];
    try {
      for (const settings of chosen) {
        outcomes.push(
          await runOne(ws, settings, {
            asOf,
            replace: options.replace ?? false,
            full: options.full ?? false,
            onProgress: ({ table, rows }) => {
              const label = `${settings.name} ${table}`;
              progress.show({ label, done: rows, total: null, text: `${plural(rows, 'row')} sent` });
            },
          }),
        );
      }
    } finally {
      progress.stop();
    }
    for (const error of outcomes.flatMap(errorsOf)) cli.raise(exitCodeOf(error));
    await cli.out.write(options.json ? toJson({ exports: outcomes }) : describeExports(outcomes, cli.paint));
  });
}

/** A target that cannot be reached must not keep the next from its rows. */
async function runOne(ws: Workspace, settings: ExportConfig, options: RunExportOptions): Promise<Outcome> {
  try {
    return { name: settings.name, tables: await runExport(ws, settings, options), error: null };
  } catch (error) {
    return { name: settings.name, tables: [], error: toPipelineError(error) };
  }
}

function errorsOf({ tables, error }: Outcome): PipelineError[] {
  return [error, ...tables.map((table) => table.error)].filter((e) => e !== null);
}

const COLUMNS: readonly GridColumn[] = [
  { title: 'export' },
  { title: 'target' },
  { title: 'mode' },
  ...['sent', 'upserted', 'removed', 'unchanged', 'batch'].map(
    (title) => ({ title, align: 'right' }) as const,
  ),
];

function describeExports(outcomes: readonly Outcome[], paint: Paint): string {
  const rows = outcomes.flatMap(({ tables }) =>
    tables
      .filter(({ error, empty }) => error === null && !empty)
      .map((table) => [
        visible(table.export),
        visible(table.target),
        table.mode,
        humanCount(table.rows),
        humanCount(table.upserted),
        humanCount(table.removed),
        humanCount(table.unchanged),
        table.batchId,
      ]),
  );
  const notes = outcomes.flatMap(({ name, tables, error }) => [
    ...(error ? [failed(visible(name), error, paint)] : []),
    ...tables.flatMap((table) => describeTable(table, paint)),
  ]);
  return (rows.length > 0 ? grid(COLUMNS, rows, paint) : '') + notes.map((note) => `${note}\n`).join('');
}

function describeTable(table: ExportReport, paint: Paint): string[] {
  const where = `${visible(table.export)}: ${visible(table.table)}`;
  if (table.error) return [failed(where, table.error, paint)];
  if (table.empty) return [`${where}: nothing to send: the table has no history yet`];
  return table.reason === null ? [] : [`${where}: all rows were sent: ${visible(table.reason)}`];
}

const failed = (where: string, { code, message }: PipelineError, paint: Paint): string =>
  `${where}: ${paint.red('error')} ${code}: ${visibleLines(message)}`;
