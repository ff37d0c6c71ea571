import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../lib/config/load-config.ts';
import { withTable } from './parse.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tidemark-config-'));
});
afterAll(() => rm(dir, { recursive: true }));

describe('loadConfig', () => {
  it('reads a file, whose paths start from its own folder', async () => {
    await writeFile(join(dir, 'good.yaml'), withTable(''));

    const { config } = await loadConfig(join(dir, 'good.yaml'));

    expect(config.storage).toEqual({ kind: 'local', root: join(dir, 'files') });
  });

  it('says how to make one when there is none', async () => {
    const path = join(dir, 'none.yaml');

    await expect(loadConfig(path)).rejects.toMatchObject({
      code: 'CONFIG_NOT_FOUND',
      message: `There is no configuration ${path}. Run \`tidemark init\` to write one, or name another with --config.`,
    });
  });

  it('says so when it is a folder', async () => {
    await expect(loadConfig(dir)).rejects.toMatchObject({
      code: 'CONFIG_UNREADABLE',
      message: `The configuration ${dir} is a folder. Name a file in it.`,
    });
  });

  it('says so when a folder on the way is a file', async () => {
    await writeFile(join(dir, 'file'), '');

    await expect(loadConfig(join(dir, 'file', 'x.yaml'))).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
  });

  it('says so when it is not UTF-8', async () => {
    await writeFile(join(dir, 'utf16.yaml'), Buffer.from('\ufeffname: shop', 'utf16le'));

    await expect(loadConfig(join(dir, 'utf16.yaml'))).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it('names the file that has problems', async () => {
    const path = join(dir, 'bad.yaml');
    await writeFile(path, 'name: x');

    await expect(loadConfig(path)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/bad\.yaml has 1 problem\(s\):\n {2}tables \(line 1\): is missing\./),
    });
  });
});
