import { type TableStatus, tableStatus } from '../../lib/operations/status.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { eachTable } from '../each-table.ts';
import { type GridColumn, grid } from '../output/grid.ts';
import { humanBytes, humanCount, humanDuration, humanInstant } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import { visible } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** How every table stands. */
export async function status(
  cli: Cli,
  tableNames: readonly string[],
  options: { json?: boolean },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const tables = chooseTables(ws.config, tableNames);
    const all = await eachTable(cli, tables, (table) => tableStatus(ws, table));
    if (options.json) return cli.out.write(toJson({ tables: all }));
    await cli.out.write(grid(COLUMNS, all.map(statusRow), cli.paint));
    await cli.out.write(all.flatMap(describeOpenWork).join(''));
  });
}

const COLUMNS: readonly GridColumn[] = [
  { title: 'table' },
  { title: 'waiting', align: 'right' },
  { title: 'size', align: 'right' },
  { title: 'rejected', align: 'right' },
  { title: 'batch', align: 'right' },
  { title: 'applied at' },
  { title: 'lag', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'current', align: 'right' },
];

function statusRow(one: TableStatus): string[] {
  return [
    visible(one.table),
    humanCount(one.waiting),
    one.waiting === 0 ? '-' : humanBytes(one.waitingBytes),
    humanCount(one.rejected),
    one.lastBatch?.id ?? '-',
    one.lastBatch ? humanInstant(one.lastBatch.at).slice(0, 19) : '-',
    one.lagSeconds === null ? '-' : humanDuration(Math.max(0, one.lagSeconds)),
    humanCount(one.rows),
    humanCount(one.currentRows),
  ];
}

function describeOpenWork({ table, oldestWaitingAt, reload, startedBatch }: TableStatus): string[] {
  const name = visible(table);
  return [
    ...(oldestWaitingAt ? [`${name}: the oldest file waits since ${humanInstant(oldestWaitingAt)}\n`] : []),
    ...(startedBatch
      ? [`${name}: batch ${startedBatch} was started and not ended; the next ingest takes it up\n`]
      : []),
    ...(reload ? [`${name}: reload ${reload.generation} runs since ${humanInstant(reload.instant)}\n`] : []),
  ];
}
