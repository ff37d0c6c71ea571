import type { AwsLogin } from '../lib/aws/login.ts';
import { loadConfig } from '../lib/config/load-config.ts';
import type { Config } from '../lib/config/config.ts';
import type { ParseOptions } from '../lib/config/parse-config.ts';
import type { ReferenceLookup } from '../lib/config/reference-lookup.ts';
import { problemPlace } from '../lib/errors.ts';
import { faultsFromEnv } from '../lib/faults.ts';
import type { Workspace } from '../lib/workspace.ts';
import type { Cli } from './cli.ts';
import { loginOf } from './deployed.ts';
import { createScreenLogger } from './output/logger.ts';

/** Reads the configuration and tells its warnings. `also` finds further problems, which refuse it too. */
export async function readConfig(cli: Cli, options: Pick<ParseOptions, 'also'> = {}): Promise<Config> {
  const { config, warnings } = await loadConfig(cli.configPath, options);
  for (const warning of warnings) {
    cli.screen.warn(`${problemPlace(warning)}: ${warning.message}. ${warning.hint}`);
  }
  return config;
}

/** Opens everything for `work` and closes it again, however `work` ends. */
export async function withWorkspace<T>(
  cli: Cli,
  {
    readOnly,
    bare = false,
    lazy = false,
    ...given
  }: {
    readOnly: boolean;
    bare?: boolean;
    lazy?: boolean;
    /** Where it was read already. */
    config?: Config;
  },
  work: (ws: Workspace) => Promise<T>,
): Promise<T> {
  const config = given.config ?? (await readConfig(cli));
  const login = loginOf(cli, config);
  const faults = faultsFromEnv(cli.env);
  // The engine is the slowest thing to load, and a wrong configuration is told without it.
  const { openWorkspace } = await import('../lib/open-workspace.ts');
  const ws = await openWorkspace(config, {
    env: cli.env,
    references: await secretLookup(cli, login),
    login,
    logger: createScreenLogger(cli),
    faults,
    readOnly,
    bare,
    lazy,
  });
  try {
    return await work(ws);
  } finally {
    await ws.close();
  }
}

/** Secrets by their ARN are read as whoever runs the command. */
async function secretLookup({ env }: Cli, login: AwsLogin): Promise<ReferenceLookup> {
  const { createSecretLookup } = await import('../lib/aws/secret-lookup.ts');
  const read = async (arn: string): Promise<string> => {
    // The SDK is slow to load, and most configurations name no secret so.
    reader ??= import('../lib/aws/read-secret.ts').then(({ createSecretReader, createSecretsClient }) =>
      createSecretReader((region) => createSecretsClient(region, login)),
    );
    return (await reader)(arn);
  };
  let reader: Promise<(arn: string) => Promise<string>> | undefined;
  return createSecretLookup({ env, read });
}
