import { App } from 'aws-cdk-lib';
import { loadConfig } from '../lib/config/load-config.ts';
import { problemPlace, toPipelineError } from '../lib/errors.ts';
import { deployFindings } from '../lib/infra/deploy-problems.ts';
import { buildApp } from '../lib/infra/tidemark-app.ts';
import { defaultConfigPath } from './config-path.ts';
import { exitCodeOf } from './exit-code.ts';
import { createPaint } from './output/paint.ts';
import { createScreen } from './output/screen.ts';

/**
 * The CDK app. Reads the configuration that the context names (`cdk synth -c config=path`), or TIDEMARK_CONFIG, or
 * tidemark.yaml. What is wrong with it is told all at once, before anything is made.
 */
const screen = createScreen(process.stderr, {
  quiet: false,
  paint: createPaint(process.stderr, true, process.env),
});

try {
  // Or a half-made app would be synthesised on the way out, after the reason was told.
  const app = new App({ autoSynth: false });
  const named: unknown = app.node.tryGetContext('config');
  const path = typeof named === 'string' && named !== '' ? named : defaultConfigPath(process.env);
  const { config, warnings } = await loadConfig(path, { also: deployFindings });
  for (const warning of warnings) {
    screen.warn(`${problemPlace(warning)}: ${warning.message}. ${warning.hint}`);
  }
  buildApp(app, config);
  app.synth();
} catch (error) {
  const { code, message } = toPipelineError(error);
  screen.error(`${code}: ${message}`);
  if (process.env.TIDEMARK_DEBUG === '1' && error instanceof Error) screen.error(String(error.stack));
  process.exitCode = exitCodeOf(error);
}
