import { readHistory } from '../../lib/operations/read-rows.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { printRows } from '../output/print-rows.ts';
import type { RowFormat } from '../output/row-format.ts';
import { parseKey } from '../parse-key.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Every row of a history, or of one key. */
export async function history(
  cli: Cli,
  tableName: string,
  options: { key?: readonly string[]; format: RowFormat },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const key = parseKey(options.key ?? [], table.keys);
    await printRows(cli, await readHistory(ws, table, { key }), options.format);
  });
}
