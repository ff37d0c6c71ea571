import { describe, expect, it } from 'vitest';
import {
  type Environment,
  environmentLookup,
  type ReferenceLookup,
} from '../../../lib/config/reference-lookup.ts';
import { isAwake, openRest } from '../../../lib/functions/open-rest.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { unityConfig } from '../catalog/scripted-unity.ts';

const TABLE = '{name: customer, keys: [id]}';

/** Gives these values, and remembers what it was asked for. */
function lookup(env: Environment): ReferenceLookup & { asked: string[] } {
  const asked: string[] = [];
  return {
    ...environmentLookup(env),
    asked,
    values: async (references) => {
      asked.push(...references.map(({ template }) => template));
      return env;
    },
  };
}

describe('openRest', () => {
  it('looks up what the engine refers to, and asks nothing yet', async () => {
    const references = lookup({ TOKEN: 'x' });

    const { httpPath } = await openRest(unityConfig(TABLE), references);

    expect(httpPath).toBe('/sql/1.0/warehouses/abc123');
    expect(references.asked).toEqual([
      'example.cloud.databricks.com',
      '/sql/1.0/warehouses/abc123',
      '${env:TOKEN}',
    ]);
  });

  it('says which secret is missing', async () => {
    await expect(openRest(unityConfig(TABLE), lookup({}))).rejects.toMatchObject({ code: 'SECRET_MISSING' });
  });

  it('refuses an engine that has none', async () => {
    const { config } = parseConfig(`name: shop\ntables: [${TABLE}]\n`, { baseDir: '/tmp' });

    await expect(openRest(config, lookup({}))).rejects.toMatchObject({ code: 'ENGINE_REFUSED' });
  });
});

describe('isAwake', () => {
  it('takes a server that is no Databricks for always running, without a look at secrets', async () => {
    const { engine, ...config } = unityConfig(TABLE);
    const references = lookup({});
    if (engine.kind !== 'databricks') throw new Error('a Databricks engine is asked for');

    const awake = await isAwake({ ...config, engine: { ...engine, server: 'open-spark' } }, references);

    expect(awake).toBe(true);
    expect(references.asked).toEqual([]);
  });
});
