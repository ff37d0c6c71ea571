import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readShippedConfig } from '../../../lib/functions/shipped-config.ts';
import { shipConfig } from '../../../lib/infra/shipped-config.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-shipped-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Writes what a deploy ships, and reads it as a function does. */
function shipped(content: string, files: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(dir, 'config.json'), content);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return readShippedConfig(dir);
}

describe('readShippedConfig', () => {
  it('gives the configuration that was shipped', async () => {
    const { config } = shipConfig(cloudConfig());

    expect(await shipped(JSON.stringify(config))).toEqual(cloudConfig());
  });

  it('leaves the profile of a person behind', async () => {
    const { config } = shipConfig(cloudConfig({ cloud: { ...CLOUD_YAML.cloud, profile: 'anna' } }));

    expect(await shipped(JSON.stringify(config))).toEqual(cloudConfig());
  });

  it('names the authorities that were shipped with it by their whole path', async () => {
    const authority = join(dir, 'mine.pem');
    writeFileSync(authority, '-----BEGIN CERTIFICATE-----');
    const [serving] = CLOUD_YAML.exports;
    const { config, files } = shipConfig(
      cloudConfig({
        engine: { ...CLOUD_YAML.engine, caFile: authority },
        exports: [{ ...serving, connection: { ...serving.connection, caFile: authority } }],
      }),
    );
    const [name] = Object.keys(files);

    const read = await shipped(JSON.stringify(config), files);

    const path = join(dir, name!);
    expect(read.engine).toMatchObject({ caFile: path });
    expect(read.exports[0]?.connection).toMatchObject({ caFile: path });
  });

  it('takes the name and the region alone, which is all that some functions get', async () => {
    expect(await shipped('{"name":"shop","region":"eu-central-1"}')).toEqual({
      name: 'shop',
      region: 'eu-central-1',
    });
  });

  it.each(['', '{', 'null', '[]', '{}'])('says what to do about %j', async (content) => {
    await expect(shipped(content)).rejects.toMatchObject({
      code: 'CONFIG_NOT_SHIPPED',
      message: expect.stringContaining(join(dir, 'config.json')),
    });
  });

  it('says what to do when there is none', async () => {
    await expect(readShippedConfig(dir)).rejects.toMatchObject({ code: 'CONFIG_NOT_SHIPPED' });
  });
});
