import { tableLocations } from '../../lib/config/paths.ts';
import { chooseTable } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { grid } from '../output/grid.ts';
import { toJson } from '../output/json.ts';
import { visible } from '../output/visible.ts';
import { readConfig } from '../with-workspace.ts';

/** Where the change files of a table wait, are kept and are put aside. */
export async function paths(cli: Cli, tableName: string, options: { json?: boolean }): Promise<void> {
  const config = await readConfig(cli);
  const places = tableLocations(config, chooseTable(config, tableName));
  if (options.json) return cli.out.write(toJson(places));
  const rows = Object.entries(places).map(([place, path]) => [place, visible(path)]);
  await cli.out.write(grid([{ title: 'place' }, { title: 'folder' }], rows, cli.paint));
}
