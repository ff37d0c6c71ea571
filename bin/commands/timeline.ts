import type { TableConfig } from '../../lib/config/config.ts';
import { readVersions } from '../../lib/operations/read-rows.ts';
import type { TextRow } from '../../lib/ports.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { plural } from '../output/human.ts';
import { drawTimeline, keyTitle, type TimelineStyle } from '../output/timeline.ts';
import { visible } from '../output/visible.ts';
import { parseKey } from '../parse-key.ts';
import { withWorkspace } from '../with-workspace.ts';

const WIDTH = 80;

/** Draws the life of one key, or of each key that fits a part of a composite one. */
export async function timeline(
  cli: Cli,
  tableName: string,
  options: { key: readonly string[] },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const { columns, rows } = await readVersions(ws, table, { key: parseKey(options.key, table.keys) });
    const style = timelineStyle(cli, table, columns);
    let drawn = 0;
    for await (const life of byKey(rows, style)) {
      const title = `${visible(table.name)}  ${keyTitle(life[0]!, style)}`;
      const about = `${plural(life.length, 'version')}, times are UTC`;
      await cli.out.write(`${drawn > 0 ? '\n' : ''}${cli.paint.bold(title)}\n${cli.paint.dim(about)}\n\n`);
      await cli.out.write(drawTimeline(life, style));
      drawn += 1;
    }
    if (drawn === 0) cli.screen.note(`${table.name} has no version of this key.`);
  });
}

function timelineStyle(cli: Cli, table: TableConfig, columns: TimelineStyle['columns']): TimelineStyle {
  const { effectiveDate, endDate, current } = table.historyColumns;
  const width = cli.out.width ?? WIDTH;
  return { columns, keys: table.keys, effectiveDate, endDate, current, width, paint: cli.paint };
}

/** The rows of one key after the other; rows come in the order of their keys. */
async function* byKey(
  rows: AsyncIterable<readonly TextRow[]>,
  style: TimelineStyle,
): AsyncGenerator<readonly TextRow[]> {
  let life: TextRow[] = [];
  let key: string | null = null;
  for await (const block of rows) {
    for (const row of block) {
      const next = JSON.stringify(row.filter((_, at) => isKey(style, at)));
      if (key !== null && next !== key) {
        yield life;
        life = [];
      }
      key = next;
      life.push(row);
    }
  }
  if (life.length > 0) yield life;
}

function isKey({ columns, keys }: TimelineStyle, at: number): boolean {
  return keys.some((key) => key.toLowerCase() === columns[at]?.name.toLowerCase());
}
