import type { Config } from '../../lib/config/config.ts';
import type { Env } from './demo-place.ts';
import { openWorkspace } from '../../lib/open-workspace.ts';
import type { Workspace } from '../../lib/workspace.ts';

/** The shop's configuration, and the environment in which it can be used. */
export interface Shop {
  readonly config: Config;
  readonly env: Env;
}

/** Opens the shop's histories for `work` and closes them again, so that commands find them free in between. */
export async function withShop<T>(
  { config, env }: Shop,
  purpose: 'look' | 'change',
  work: (ws: Workspace) => Promise<T>,
): Promise<T> {
  const ws = await openWorkspace(config, { env, readOnly: purpose === 'look' });
  try {
    return await work(ws);
  } finally {
    await ws.close();
  }
}
