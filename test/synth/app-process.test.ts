import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { CLOUD_YAML, cloudYaml } from '../helpers/cloud-config.ts';
import { CONTEXT } from './synth-app.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'synth-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Run {
  readonly status: number | null;
  readonly stderr: string;
  /** What lies in the output folder. */
  readonly made: readonly string[];
}

/** Runs the app as the CDK's command line does, in a process that knows neither credentials nor a region. */
function runApp(config: string, env: Readonly<Record<string, string>> = {}): Run {
  const outdir = mkdtempSync(join(scratch, 'out-'));
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      HOME: scratch,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...CONTEXT, config }),
      ...env,
    },
  });
  return { status, stderr, made: readdirSync(outdir) };
}

function writeConfig(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

describe('bin/app.ts', () => {
  it('passes the validation of the CDK, without credentials, and tells what is allowed and risky', () => {
    const example = readFileSync(join(ROOT, 'examples/standard-existing.yaml'), 'utf8');
    const path = writeConfig(
      'risky.yaml',
      example.replace('replication: none', 'replication: none\n    sequence: commit-time'),
    );

    const { status, stderr, made } = runApp(path);

    expect(stderr).toMatch(/^warning tables\[2\].sequence \(line \d+\): .*\n$/);
    expect(status).toBe(0);
    expect(made.filter((file) => file.endsWith('.template.json')).sort()).toEqual([
      'warehouse-feed-pipeline.template.json',
      'warehouse-feed-replication-wms.template.json',
    ]);
  }, 240_000);

  it('refuses a wrong configuration before it makes anything, with every problem at once and no stack trace', () => {
    const [replication] = CLOUD_YAML.replications;
    const [first] = CLOUD_YAML.tables;
    const path = writeConfig(
      'wrong.yaml',
      cloudYaml({
        name: `a-name-${'much-'.repeat(8)}too-long`,
        replications: [
          {
            ...replication,
            source: { ...replication.source, edition: 'express' },
            serverless: { minUnits: 16, maxUnits: 2 },
            targetSettings: { DataFormat: 'csv' },
          },
          { ...replication, name: 'crm', source: { ...replication.source, engine: 'db2' } },
          { ...replication, name: 'wms', serverless: { minUnits: 3 } },
        ],
        tables: [
          { ...first, replication: 'erp' },
          { name: 'invoice', keys: [], replication: 'crm' },
          { ...first, source: 'dbo.Client', replication: 'wms' },
        ],
        exports: [{ name: 'serving', connection: '${env:SERVING_URL}' }],
      }),
    );

    const { status, stderr, made } = runApp(path);

    const [head, ...lines] = stderr.trimEnd().split('\n');
    expect(head).toBe(`error CONFIG_INVALID: ${path} has 9 problem(s):`);
    expect(lines.map((line) => line.trim().split(' (line ')[0]).sort()).toEqual([
      'exports[0].connection',
      'name',
      'replications[0].serverless.minUnits',
      'replications[0].source.edition',
      'replications[0].targetSettings.DataFormat',
      'replications[1].source.engine',
      'replications[2].serverless.minUnits',
      'tables[1].keys',
      'tables[2].name',
    ]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, made }).toEqual({ status: 2, made: [] });
  });
});
