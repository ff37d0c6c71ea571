import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../lib/config/config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import { createIncoming } from './incoming.ts';

/** Folder of a table's captured files below the root. */
export const capturedFolder = (config: Config, root: string, table: Config['tables'][number]): string =>
  join(root, tableFolders(config, table).incoming);

/**
 * Sends captured files to where the configuration has them wait, in the order of their names. One is taken away only
 * after it arrived; cut off in between, it is sent once more, which changes nothing.
 */
export async function sendOn(config: Config, root: string): Promise<void> {
  const put = createIncoming(config, process.env);
  for (const table of config.tables) {
    const folder = capturedFolder(config, root, table);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => !one.startsWith('.')).sort()) {
      await put(table.name, name, (path) => copyFile(join(folder, name), path));
      await rm(join(folder, name));
    }
  }
}
