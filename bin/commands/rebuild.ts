import { rebuildTable } from '../../lib/operations/rebuild.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { humanCount, plural } from '../output/human.ts';
import { createProgress } from '../output/progress.ts';
import { visible } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Makes a history anew from the files that were processed. */
export async function rebuild(cli: Cli, tableName: string): Promise<void> {
  await withWorkspace(cli, { readOnly: false }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const progress = await createProgress(cli);
    const done = await rebuildTable(ws, table, {
      onProgress: ({ filesDone, filesTotal, rows }) =>
        progress.show({
          label: table.name,
          done: filesDone,
          total: filesTotal,
          text: `${humanCount(filesDone)} of ${plural(filesTotal, 'file')}, ${plural(rows, 'row')}`,
        }),
    }).finally(() => progress.stop());
    const size = `${plural(done.files, 'file')} in ${plural(done.batches, 'batch', 'batches')}, ${plural(done.rows, 'row')}`;
    await cli.out.write(`${visible(table.name)}: rebuilt from ${size}\n`);
  });
}
