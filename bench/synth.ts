import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

/**
 * Seconds that the CDK app takes for 1, 50 and 200 tables, each in a process of its own as the CDK starts it: the median of
 * three. Most of it is the CDK's own validation of templates; `CDK_VALIDATION=false npm run bench:synth` goes without.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COUNTS = [1, 50, 200];
const RUNS = 3;

interface Example {
  readonly tables: readonly unknown[];
}

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-synth-'));
try {
  const example = parse(readFileSync(join(ROOT, 'examples/two-hundred-tables.yaml'), 'utf8')) as Example;
  const validates = process.env.CDK_VALIDATION !== 'false';
  console.log(`tables  seconds  templates KB   (validation of templates ${validates ? 'on' : 'off'})`);
  for (const count of COUNTS) {
    const config = join(scratch, `${count}.yaml`);
    writeFileSync(config, stringify({ ...example, tables: example.tables.slice(0, count) }));
    const runs = Array.from({ length: RUNS }, (_, run) => synth(config, join(scratch, `${count}-${run}`)));
    const [median] = runs
      .map(({ seconds }) => seconds)
      .sort((a, b) => a - b)
      .slice(Math.floor(RUNS / 2));
    const kb = Math.round(runs[0]!.bytes / 1024);
    console.log(
      `${String(count).padStart(6)}  ${median!.toFixed(1).padStart(7)}  ${String(kb).padStart(12)}`,
    );
  }
  console.log(`Node ${process.versions.node}, ${availableParallelism()} cores`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function synth(config: string, outdir: string): { seconds: number; bytes: number } {
  mkdirSync(outdir);
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bin/app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, config }),
    },
  });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(`The app ended with ${status}:\n${stderr}`);
  const templates = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
  return { seconds, bytes: templates.reduce((sum, name) => sum + statSync(join(outdir, name)).size, 0) };
}
