import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Config } from '../../lib/config/config.ts';
import { loadConfig } from '../../lib/config/load-config.ts';
import { deployFindings } from '../../lib/infra/deploy-problems.ts';
import { buildApp, type TidemarkStacks } from '../../lib/infra/tidemark-app.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The flags of cdk.json. */
export const CONTEXT = (
  JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
).context;

/** Names of the examples that are configurations. */
export const EXAMPLES = readdirSync(join(ROOT, 'examples'))
  .filter((name) => name.endsWith('.yaml'))
  .sort();

export async function exampleConfig(name: string): Promise<Config> {
  const { config } = await loadConfig(join(ROOT, 'examples', name), { also: deployFindings });
  return config;
}

export interface Resource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

export interface SynthesizedStack {
  readonly name: string;
  readonly text: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

export interface SynthesizedApp {
  readonly app: App;
  readonly made: TidemarkStacks;
  readonly stacks: readonly SynthesizedStack[];
  /** Files of the functions and everything else that is uploaded, by their path. */
  readonly assets: ReadonlyMap<string, string>;
}

const known = new Map<string, SynthesizedApp>();

/**
 * `synthApp`, once in a file for each configuration. Nothing may be added to what it gives. Of a large asset it has the
 * hash, not the text: many apps are held at the same time.
 */
export function synthesizedApp(config: Config): SynthesizedApp {
  const key = JSON.stringify(config);
  const found = known.get(key) ?? withShortAssets(synthApp(config));
  known.set(key, found);
  return found;
}

function withShortAssets(made: SynthesizedApp): SynthesizedApp {
  return { ...made, assets: new Map([...made.assets].map(([path, text]) => [path, shortened(text)])) };
}

/** The app of a configuration, without the CDK's own validation of templates. Throws when something would be looked up. */
export function synthApp(config: Config): SynthesizedApp {
  process.env.CDK_VALIDATION = 'false';
  const app = new App({ context: CONTEXT });
  const made = buildApp(app, config);
  const { stacks, directory, manifest } = app.synth();
  if (manifest.missing !== undefined) throw new Error(`looked up: ${JSON.stringify(manifest.missing)}`);
  return { app, made, stacks: stacks.map(synthesizedStack), assets: filesBelow(directory, 'asset.') };
}

/** What cdk-nag's AwsSolutions finds in a whole app and nobody acknowledged, as `rule at path`. */
export function findingsOf(app: App): string[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
  );
}

/** The stack whose name ends so. */
export function stackOf({ stacks }: SynthesizedApp, ending: string): SynthesizedStack {
  const found = stacks.find(({ name }) => name.endsWith(ending));
  if (!found) throw new Error(`no stack ends in ${ending}: ${stacks.map(({ name }) => name).join(', ')}`);
  return found;
}

/** Logical ids of resources that are not the same in both, or in one only. */
export function changedResources(before: SynthesizedStack, after: SynthesizedStack): string[] {
  const ids = new Set([...Object.keys(before.resources), ...Object.keys(after.resources)]);
  return [...ids]
    .filter((id) => JSON.stringify(before.resources[id]) !== JSON.stringify(after.resources[id]))
    .sort();
}

function synthesizedStack({
  stackName,
  template,
}: {
  stackName: string;
  template: unknown;
}): SynthesizedStack {
  const { Resources } = template as { Resources: Record<string, Resource> };
  return { name: stackName, text: JSON.stringify(template, null, 1), resources: Resources };
}

function filesBelow(directory: string, prefix: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(
    paths
      .map((path): [string, string] => [path.slice(directory.length + 1), path])
      .filter(([path]) => path.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, whole]) => [path, readFileSync(whole, 'latin1')]),
  );
}

function shortened(text: string): string {
  return text.length < 100_000 ? text : createHash('sha256').update(text).digest('hex');
}
