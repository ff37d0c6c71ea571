import { readVersions } from '../../lib/operations/read-rows.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { printRows } from '../output/print-rows.ts';
import type { RowFormat } from '../output/row-format.ts';
import { parseKey } from '../parse-key.ts';
import { withWorkspace } from '../with-workspace.ts';

/** The versions of a table, or of one key, as people query them. */
export async function versions(
  cli: Cli,
  tableName: string,
  options: { key?: readonly string[]; format: RowFormat },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const key = parseKey(options.key ?? [], table.keys);
    await printRows(cli, await readVersions(ws, table, { key }), options.format);
  });
}
