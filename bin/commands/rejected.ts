import { listRejected, type RejectedEntry } from '../../lib/operations/rejected.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { humanBytes, humanInstant } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** The files that were put aside, each with the reason. */
export async function rejected(cli: Cli, tableName: string, options: { json?: boolean }): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const files = await listRejected(ws, table);
    if (options.json) return cli.out.write(toJson({ table: table.name, rejected: files }));
    if (files.length === 0) cli.screen.note(`${table.name} has no rejected files.`);
    await cli.out.write(files.map((file) => describeFile(file, cli.paint)).join(''));
  });
}

function describeFile({ path, size, code, message, rejectedAt }: RejectedEntry, paint: Paint): string {
  const when = rejectedAt === null ? '' : `  ${humanInstant(rejectedAt)}`;
  return `${paint.bold(visible(path))}  ${humanBytes(size)}${when}\n  ${paint.yellow(code)}: ${visibleLines(message)}\n`;
}
