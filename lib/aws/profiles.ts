import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../config/reference-lookup.ts';
import { TerminalError } from '../errors.ts';
import type { AwsLogin } from './login.ts';

/** Names shown in a message. */
const SHOWN = 20;

/**
 * Refuses a profile that this machine does not have: the SDK would look for other credentials then, and act as somebody
 * else. Throws `TerminalError` AWS_PROFILE_UNKNOWN with the names there are.
 */
export async function assertProfile({
  profile,
  namedBy,
  env,
}: Pick<AwsLogin, 'profile' | 'namedBy' | 'env'>): Promise<void> {
  if (profile === null) return;
  const files = profileFiles(env);
  const names = [...new Set((await Promise.all(files.map(readNames))).flat())];
  if (names.includes(profile)) return;
  const found = names.length === 0 ? 'There are none' : `There are: ${names.slice(0, SHOWN).join(', ')}`;
  const instead =
    namedBy === 'cloud.profile' ? 'Name another with --profile or AWS_PROFILE' : 'Name one of them';
  throw new TerminalError(
    'AWS_PROFILE_UNKNOWN',
    `The profile ${JSON.stringify(profile)} that ${namedBy} names is neither in ${files.join(' nor in ')}. ${found}. ${instead}, or make it with: aws configure --profile ${shellWord(profile)}`,
    { context: { profile } },
  );
}

/** A name as a person can type it. */
export function shellWord(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function profileFiles(env: Environment): string[] {
  const home = env.HOME || env.USERPROFILE || homedir();
  const place = (given: string | undefined, usual: string): string => {
    if (!given) return join(home, '.aws', usual);
    return given.startsWith('~/') ? join(home, given.slice(2)) : given;
  };
  return [place(env.AWS_CONFIG_FILE, 'config'), place(env.AWS_SHARED_CREDENTIALS_FILE, 'credentials')];
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
const HEADING = /^[ \t]*\[[ \t]*(?:profile[ \t]+)?(["']?)([^\]\n]*?)\1[ \t]*\]/gm;

async function readNames(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const names = [...text.matchAll(HEADING)].map(([, , name]) => name ?? '');
  return names.filter((name) => !/^(sso-session|services)[ \t]/.test(name));
}
