import { S3Client } from '@aws-sdk/client-s3';
import { clientSettings } from './client-settings.ts';
import { type AwsLogin, asSomebody, loginSettings } from './login.ts';

/** Longest time of one try; who copies asks for more. */
const REQUEST_MS = 30_000;

/** Longest silence of a connection, more than the longest copy may take. */
const SILENCE_MS = 6 * 60_000;

/**
 * A client for the buckets of one region. S3 asks to try again rather often (SlowDown), so more tries are made than of
 * others. Another endpoint comes from the environment (`AWS_ENDPOINT_URL_S3`).
 *
 * @param login who asks; @default whoever the environment says, as in a function
 */
export function createS3Client(region: string, login?: AwsLogin): S3Client {
  const settings = clientSettings(REQUEST_MS);
  const client = new S3Client({
    ...settings,
    ...loginSettings(login),
    region,
    maxAttempts: 6,
    requestHandler: { ...settings.requestHandler, socketTimeout: SILENCE_MS },
  });
  return asSomebody(client, login);
}
