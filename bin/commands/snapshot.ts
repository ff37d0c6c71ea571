import { parseInstant } from '../../lib/operations/parse-instant.ts';
import { readSnapshot } from '../../lib/operations/read-rows.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { printRows } from '../output/print-rows.ts';
import type { RowFormat } from '../output/row-format.ts';
import { withWorkspace } from '../with-workspace.ts';

/** The rows a table has, or had at an instant. */
export async function snapshot(
  cli: Cli,
  tableName: string,
  options: { asOf?: string; format: RowFormat },
): Promise<void> {
  const at = options.asOf === undefined ? {} : { asOf: parseInstant(options.asOf) };
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    await printRows(cli, await readSnapshot(ws, table, at), options.format);
  });
}
