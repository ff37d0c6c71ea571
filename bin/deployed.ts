import type { AwsLogin } from '../lib/aws/login.ts';
import { chooseLogin } from '../lib/aws/login.ts';
import type { Config } from '../lib/config/config.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './usage-error.ts';

/** True for a configuration whose files are in the bucket of a pipeline, which works on them by itself. */
export function isDeployed({ storage }: Pick<Config, 'storage'>): boolean {
  return storage.kind === 's3';
}

/** Who asks AWS: `--profile`, then the environment, then the configuration. */
export function loginOf({ profile, env }: Pick<Cli, 'profile' | 'env'>, { cloud }: Config): AwsLogin {
  return chooseLogin(env, { option: profile, configured: cloud.profile });
}

/** Throws `UsageError` NEEDS_HERE for options that a pipeline cannot be given. */
export function refuseWithoutHere(given: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(given).filter((name) => given[name] !== undefined && given[name] !== false);
  if (names.length === 0) return;
  throw new UsageError(
    'NEEDS_HERE',
    `${names.join(', ')}: the pipeline in the cloud cannot be told so. Add --here to do the work on this machine, or leave it out.`,
  );
}
