import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createSecretLookup } from '../../lib/aws/secret-lookup.ts';
import type { DatabricksEngineConfig } from '../../lib/config/config.ts';
import type { Environment } from '../../lib/config/reference-lookup.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { secondsBetween } from '../../lib/instant.ts';
import { createStores } from '../../lib/open-store.ts';
import { type KeptWarehouse, keepWarehouse } from '../../lib/warehouse-workspace.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lake-AbCdEf:secret';

describeWithWarehouse('a warehouse that is kept for one call after another', (warehouse) => {
  const schema = freshSchema();
  const dir = mkdtempSync(join(tmpdir(), 'tidemark-kept-'));
  const values: string[] = [];
  let reads = 0;
  let kept: KeptWarehouse | undefined;

  const open = async (auth: object): Promise<KeptWarehouse> => {
    const { host, port, path: httpPath } = warehouse();
    const engine = { kind: 'databricks', server: 'open-spark', host, port, httpPath, caFile: 'ca.pem', auth };
    const yaml = {
      name: 'shop',
      catalog: 'spark_catalog',
      schema,
      engine: { ...engine, volumes: join(dir, 'volumes') },
      tables: [{ name: 'orders', keys: ['id'] }],
    };
    const { config } = parseConfig(stringify(yaml), { baseDir: dir });
    const references = createSecretLookup({
      env: {},
      read: async () => {
        reads += 1;
        return values[reads - 1] ?? values.at(-1) ?? '';
      },
    });
    const stores = (env: Environment) => createStores(config, env);
    kept = await keepWarehouse(config, config.engine as DatabricksEngineConfig, { references, stores });
    return kept;
  };
  const principal = () => ({ clientId: warehouse().oauth.clientId, clientSecret: SECRET });
  const one = (from: KeptWarehouse, timeLeft: () => number) =>
    from.within(timeLeft).engine.query("select 'x'");

  beforeAll(() => writeFileSync(join(dir, 'ca.pem'), warehouse().ca));
  afterEach(async () => {
    await kept?.close();
    values.length = 0;
    reads = 0;
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('has statements end before the call that they run for', async () => {
    values.push(warehouse().oauth.clientSecret);
    const opened = await open(principal());

    expect(await one(opened, () => 60_000)).toEqual([['x']]);
    await expect(one(opened, () => 4_000)).rejects.toMatchObject({ code: 'TIME_IS_UP' });
    expect(await one(opened, () => 60_000)).toEqual([['x']]);
    expect(reads).toBe(1);
  }, 120_000);

  it('claims a table for as long as the call lasts', async () => {
    values.push(warehouse().oauth.clientSecret);
    const ws = (await open(principal())).within(() => 540_000);
    const deps = ws.ingestDeps(ws.table('orders'));
    await deps.ready?.();

    const before = ws.clock.now();
    const lease = await ws.ledger.claim('orders', deps.worker);
    const head = await ws.ledger.head('orders');
    await ws.ledger.release(lease);

    expect(secondsBetween(before, head?.expiresAt ?? '')).toBeGreaterThanOrEqual(600);
    expect(secondsBetween(before, head?.expiresAt ?? '')).toBeLessThan(660);
  }, 120_000);

  it('reads the secret of its service principal once more when it is refused', async () => {
    values.push('rotated-away', warehouse().oauth.clientSecret);
    const opened = await open(principal());

    expect(await one(opened, () => 60_000)).toEqual([['x']]);
    expect(reads).toBe(2);
  }, 120_000);

  it('reads an access token once more when it is refused', async () => {
    values.push('rotated-away', warehouse().token);
    const opened = await open({ token: SECRET });

    expect(await one(opened, () => 60_000)).toEqual([['x']]);
    expect(reads).toBe(2);
  }, 120_000);

  it('is refused when the secret is still the same', async () => {
    values.push('wrong');
    const opened = await open({ token: SECRET });

    await expect(one(opened, () => 60_000)).rejects.toMatchObject({ code: 'LOGIN_REFUSED' });
  }, 120_000);
});
