import { type MaintenanceResult, maintain } from '../../lib/catalog/maintain.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { exitCodeOf } from '../exit-code.ts';
import { type GridColumn, grid } from '../output/grid.ts';
import { humanCount, humanDuration } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Maintains the named tables, or all of them and the ledger. */
export async function maintainCommand(
  cli: Cli,
  tableNames: readonly string[],
  options: { dryRun?: boolean; json?: boolean },
): Promise<void> {
  const dryRun = options.dryRun ?? false;
  await withWorkspace(cli, { readOnly: dryRun }, async (ws) => {
    const tables = chooseTables(ws.config, tableNames);
    const results = await maintain(ws, { tables, withLedger: tableNames.length === 0, dryRun });
    for (const { error } of results) if (error) cli.raise(exitCodeOf(error));
    if (options.json) return cli.out.write(toJson({ statements: results }));
    if (dryRun) return cli.out.write(results.map(({ sql }) => `${visibleLines(sql)};\n`).join(''));
    await cli.out.write(grid(COLUMNS, results.map(resultRow), cli.paint));
    for (const { table, does, error } of results) {
      if (error) cli.screen.error(`${error.code}: ${does} ${table ?? ''}: ${error.message}`);
    }
  });
}

const COLUMNS: readonly GridColumn[] = [
  { title: 'table' },
  { title: 'statement' },
  { title: 'result' },
  { title: 'time', align: 'right' },
  { title: 'did' },
];

function resultRow({ table, does, done, seconds, metrics }: MaintenanceResult): string[] {
  return [
    visible(table ?? '-'),
    does,
    done ? 'done' : 'failed',
    seconds === null ? '-' : humanDuration(seconds),
    Object.entries(metrics ?? {})
      .map(([name, value]) => `${visible(name)} ${humanCount(value)}`)
      .join(', '),
  ];
}
