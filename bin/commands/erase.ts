import { createInterface } from 'node:readline/promises';
import { eraseTargets } from '../../lib/export/erase-targets.ts';
import { type EraseReport, eraseKey } from '../../lib/operations/erase.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { plural } from '../output/human.ts';
import { visible } from '../output/visible.ts';
import { parseKey } from '../parse-key.ts';
import { UsageError } from '../usage-error.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Removes one key from history and exports, and says which files still hold it. */
export async function erase(
  cli: Cli,
  tableName: string,
  options: { key: readonly string[]; yes?: boolean },
): Promise<void> {
  if (!options.yes) await confirm(cli, tableName);
  await withWorkspace(cli, { readOnly: false }, async (ws) => {
    const table = chooseTable(ws.config, tableName);
    const key = parseKey(options.key, table.keys);
    const report = await eraseKey(ws, table, key, eraseTargets(ws, table));
    await cli.out.write(describeErasure(visible(table.name), report));
  });
}

async function confirm(cli: Cli, tableName: string): Promise<void> {
  if (!process.stdin.isTTY || !cli.screen.isTerminal) {
    throw new UsageError(
      'CONFIRMATION_NEEDED',
      'Erasing cannot be undone. Add --yes to do it without a question.',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `Erase this key of ${visible(tableName)} from the history and every export? This cannot be undone. [y/N] `;
    if (/^y(es)?$/i.test((await prompt.question(question)).trim())) return;
  } finally {
    prompt.close();
  }
  throw new UsageError('NOT_CONFIRMED', 'Nothing was erased.');
}

function describeErasure(table: string, { historyRows, targets, files, unreadable }: EraseReport): string {
  const lines = [
    `${table}: ${plural(historyRows, 'row')} erased from the history`,
    ...targets.map((t) => `${visible(t.export)}: ${plural(t.rows, 'row')} erased from ${visible(t.table)}`),
    ...files.map((f) => `${f.place}/${visible(f.path)} still holds ${plural(f.rows, 'row')} of this key`),
    ...unreadable.map((f) => `${f.place}/${visible(f.path)} cannot be read and may hold this key`),
  ];
  return `${lines.join('\n')}\n`;
}
