import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, Stack } from 'aws-cdk-lib';
import { afterAll, describe, expect, it } from 'vitest';
import type { HandlerName } from '../../lib/infra/function-code.ts';
import { bundleModule } from '../../lib/infra/function-code-bundle.ts';
import { PipelineFunction } from '../../lib/infra/pipeline-function.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HANDLERS: readonly HandlerName[] = ['router', 'ingest', 'export', 'sweep', 'setup', 'dms-lifecycle'];

const scratch = mkdtempSync(join(tmpdir(), 'bundles-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A folder of sources, apart from ours. */
function sources(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function assets(config = cloudConfig(), files: Readonly<Record<string, string>> = {}) {
  process.env.CDK_VALIDATION = 'false';
  const app = new App();
  const stack = new Stack(app, 'test');
  for (const handler of HANDLERS)
    new PipelineFunction(stack, handler, { handler, description: handler, config, files });
  const { directory } = app.synth();
  const folders = readdirSync(directory).filter((name) => name.startsWith('asset.'));
  return new Map(
    folders.sort().map((folder) => {
      const inside = readdirSync(join(directory, folder)).sort();
      return [
        folder,
        Object.fromEntries(inside.map((name) => [name, readFileSync(join(directory, folder, name), 'utf8')])),
      ];
    }),
  );
}

const base = assets();

/** The files of one function. */
function filesOf(handler: HandlerName) {
  const entry = `../lambda/${handler}.ts`;
  const found = [...base.values()].find((files) => sourcesIn(files['index.mjs.map']!).includes(entry));
  return { 'index.mjs': found?.['index.mjs'] ?? '', 'index.mjs.map': found?.['index.mjs.map'] ?? '' };
}

function sourcesIn(sourceMap: string): readonly string[] {
  return (JSON.parse(sourceMap) as { sources: string[] }).sources;
}

describe('functionCode', () => {
  it('gives each function a folder of module, source map and configuration', () => {
    const config = cloudConfig();
    const made = [...base.values()];

    expect(made.map((files) => Object.keys(files))).toEqual(
      HANDLERS.map(() => ['config.json', 'index.mjs', 'index.mjs.map']),
    );
    expect(made.map((files) => JSON.parse(files['config.json']!))).toEqual(HANDLERS.map(() => config));
  });

  it('gives the same bytes under the same names again', () => {
    expect([...assets()]).toEqual([...base]);
  });

  it('gives other folders for another configuration or a further file', () => {
    const names = new Set([
      ...base.keys(),
      ...assets(cloudConfig({ tables: [{ name: 'customer', source: 'dbo.Customer', keys: ['id'] }] })).keys(),
      ...assets(cloudConfig(), { 'ca.pem': 'certificate' }).keys(),
    ]);

    expect(names.size).toBe(3 * HANDLERS.length);
  });

  it('refuses a further file that would lie elsewhere', () => {
    expect(() => assets(cloudConfig(), { '../ca.pem': '' })).toThrow(
      expect.objectContaining({ code: 'FUNCTION_FILE_NAME' }),
    );
  });
});

describe('bundleModule', () => {
  it.each(HANDLERS)('names no path of this machine in %s', (handler) => {
    const files = filesOf(handler);

    expect(files['index.mjs']).not.toBe('');
    expect(Object.values(files).filter((text) => text.includes(ROOT))).toEqual([]);
  });

  it('gives the same bytes again', () => {
    expect(bundleModule(ROOT, 'lambda/dms-lifecycle.ts')).toEqual(filesOf('dms-lifecycle'));
  });

  it('gives the same bytes for sources in another folder', () => {
    const files = {
      'lambda/one.ts': "import { two } from '../lib/two.ts';\nexport const handler = () => two;\n",
      'lib/two.ts': 'export const two: number = 2;\n',
    };

    expect(bundleModule(sources('here', files), 'lambda/one.ts')).toEqual(
      bundleModule(sources('some/where/else', files), 'lambda/one.ts'),
    );
  });

  it('lets a CommonJS package require, and know where it is', () => {
    const folder = sources('common', {
      'one.ts': "import old from './old.cjs';\nexport const handler = () => old();\n",
      'old.cjs':
        "const name = 'node:os';\nmodule.exports = () => [typeof require(name).cpus, typeof __dirname, typeof __filename];\n",
    });
    writeFileSync(join(folder, 'index.mjs'), bundleModule(folder, 'one.ts')['index.mjs']);
    writeFileSync(
      join(folder, 'main.mjs'),
      "import { handler } from './index.mjs';\nprocess.stdout.write(JSON.stringify(handler()));\n",
    );

    const said = execFileSync(process.execPath, [join(folder, 'main.mjs')], { encoding: 'utf8' });

    expect(JSON.parse(said)).toEqual(['function', 'string', 'string']);
  });

  it('refuses a package that must not be in a function, with the way there', () => {
    const folder = sources('forbidden', {
      'lambda/one.ts': "import { two } from '../lib/two.ts';\nexport const handler = two;\n",
      'lib/two.ts': "import { App } from 'aws-cdk-lib';\nexport const two = () => new App();\n",
      'node_modules/aws-cdk-lib/index.js': 'export class App {}\n',
      'node_modules/aws-cdk-lib/package.json': '{"name":"aws-cdk-lib","type":"module","main":"index.js"}',
    });

    expect(() => bundleModule(folder, 'lambda/one.ts')).toThrow(
      expect.objectContaining({
        code: 'BUNDLE_FORBIDDEN',
        context: { package: 'aws-cdk-lib', way: ['lambda/one.ts', 'lib/two.ts'] },
      }),
    );
  });
});
