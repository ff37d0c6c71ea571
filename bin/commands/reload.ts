import { cancelReload, completeReload, startReload } from '../../lib/operations/reload.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { humanInstant, plural } from '../output/human.ts';
import { visible } from '../output/visible.ts';
import { UsageError } from '../usage-error.ts';
import { withWorkspace } from '../with-workspace.ts';

export interface ReloadArguments {
  readonly complete?: boolean;
  readonly cancel?: boolean;
  /** Rows the source says it sent. */
  readonly rows?: number;
}

/** Begins a reload of a table, completes it, or calls it off. */
export async function reload(cli: Cli, tableName: string, options: ReloadArguments): Promise<void> {
  if (options.rows !== undefined && !options.complete) {
    throw new UsageError('OPTION_ALONE', '--rows goes with --complete only.');
  }
  await withWorkspace(cli, { readOnly: false }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const name = visible(table.name);
    if (options.cancel) {
      const { generation } = await cancelReload(ws, table);
      await cli.out.write(`${name}: reload ${generation} is called off; nothing was closed\n`);
    } else if (options.complete) {
      const done = await completeReload(ws, table, options.rows === undefined ? {} : { rows: options.rows });
      const closed = `${plural(done.closed, 'row')} it did not bring closed at ${humanInstant(done.instant)}`;
      await cli.out.write(
        `${name}: reload ${done.generation} is complete: ${plural(done.rows, 'row')} read, ${closed}\n`,
      );
    } else {
      const { generation, instant } = await startReload(ws, table);
      await cli.out.write(`${name}: reload ${generation} begins at ${humanInstant(instant)}\n`);
      cli.screen.note(
        `Now let the source send the table again. When all LOAD files are ingested, run "tidemark reload ${table.name} --complete".`,
      );
    }
  });
}
