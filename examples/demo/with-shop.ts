import type { Config } from '../../lib/config/config.ts';
import { openWorkspace, type Workspace } from '../../lib/workspace.ts';

/** Opens the shop's histories for `work` and closes them again, so that commands find them free in between. */
export async function withShop<T>(
  config: Config,
  purpose: 'look' | 'change',
  work: (ws: Workspace) => Promise<T>,
): Promise<T> {
  const ws = await openWorkspace(config, { readOnly: purpose === 'look' });
  try {
    return await work(ws);
  } finally {
    await ws.close();
  }
}
