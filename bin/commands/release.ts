import { releaseFiles } from '../../lib/operations/release.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { isDeployed } from '../deployed.ts';
import { plural } from '../output/human.ts';
import { visible } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Puts rejected files back among those that wait: the named ones, or all. */
export async function release(cli: Cli, tableName: string, paths: readonly string[]): Promise<void> {
  await withWorkspace(cli, { readOnly: false }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const released = await releaseFiles(ws, table, paths.length > 0 ? paths : undefined);
    await cli.out.write(released.map((file) => `${visible(file.releasedTo)}\n`).join(''));
    const taken = isDeployed(ws.config)
      ? ' The pipeline hears of them and takes them up; "tidemark ingest --wait" waits for that.'
      : ' "tidemark ingest" takes them up.';
    const next = released.length > 0 ? taken : '';
    cli.screen.note(`${plural(released.length, 'file')} released.${next}`);
  });
}
