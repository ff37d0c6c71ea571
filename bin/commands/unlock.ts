import { findHolder, unlockTable } from '../../lib/operations/unlock.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { describeHolder } from '../output/holder.ts';
import { toJson } from '../output/json.ts';
import { visible } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

export interface UnlockArguments {
  /** The claim to end. Without it nothing is changed. */
  readonly claim?: string;
  readonly json?: boolean;
}

/** Tells who has a table; takes it from him when his claim is named. */
export async function unlock(cli: Cli, tableName: string, { claim, json }: UnlockArguments): Promise<void> {
  await withWorkspace(cli, { readOnly: claim === undefined }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const holder = claim === undefined ? await findHolder(ws, table) : await unlockTable(ws, table, claim);
    const unlocked = claim !== undefined && holder !== null;
    if (json) return cli.out.write(toJson({ table: table.name, holder, unlocked }));
    await cli.out.write(`${visible(table.name)}: ${describeHolder(holder, unlocked)}\n`);
    if (holder === null || unlocked) return;
    cli.screen.note(
      holder.alive
        ? 'That process runs on this machine. Let it come to its end, or end it.'
        : `If you are sure that it is dead, run: tidemark unlock ${table.name} --claim ${holder.claim}`,
    );
  });
}
