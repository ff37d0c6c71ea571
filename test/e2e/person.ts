import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Moto } from '../helpers/moto.ts';
import type { Project } from './cli-process.ts';

/**
 * The environment of somebody whose only credentials for AWS are those of the profile `shop`, in a file of the
 * project's folder. AWS is a moto server.
 */
export async function personOf(
  { dir }: Pick<Project, 'dir'>,
  { endpoint, credentials }: Moto,
): Promise<NodeJS.ProcessEnv> {
  const { accessKeyId, secretAccessKey } = credentials;
  const file = join(dir, 'profiles');
  await writeFile(
    file,
    `[shop]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const ofAws = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(ofAws.map((name) => [name, undefined])),
    HOME: dir,
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONFIG_FILE: join(dir, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
