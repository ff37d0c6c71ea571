import type { Config } from '../../lib/config/config.ts';
import { openWarehouse } from '../../lib/open-warehouse.ts';
import type { Engine } from '../../lib/ports.ts';
import type { Env } from './demo-place.ts';

/** Opens the warehouse of a configuration for `work` and closes it again. */
export async function withEngine<T>(
  { engine: settings }: Pick<Config, 'engine'>,
  env: Env,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (settings.kind !== 'databricks') throw new RangeError('the configuration names no warehouse');
  const engine = await openWarehouse(settings, { env });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
