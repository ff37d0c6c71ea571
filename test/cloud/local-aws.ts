import { S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type AwsFaults, createAwsFaults } from './aws-faults.ts';
import { startAwsFront, type Station } from './aws-front.ts';
import { copyConditions } from '../helpers/aws-conditions.ts';
import { type Moto, motoS3 } from '../helpers/moto.ts';
import { rememberFifo } from './fifo-memory.ts';

/** The services of AWS as a function sees them, at one address. */
export interface LocalAws {
  /** What a function's environment says of them. */
  readonly env: Readonly<Record<string, string>>;
  readonly faults: AwsFaults;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  /** Stores a secret and gives its ARN. */
  storeSecret(name: string, text: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Puts what the server cannot do, and what is to go wrong, before the server.
 *
 * @param more makes further stations, given a client that asks the server itself
 */
export async function openLocalAws(
  moto: Moto,
  more: (direct: S3Client) => readonly Station[] = () => [],
): Promise<LocalAws> {
  const faults = createAwsFaults();
  const { region, credentials } = moto;
  const direct = motoS3(moto);
  const front = await startAwsFront(moto.endpoint, [
    faults.station,
    rememberFifo(),
    ...more(direct),
    copyConditions,
  ]);
  const settings = { endpoint: front.endpoint, region, credentials };
  const s3 = new S3Client(settings);
  const sqs = new SQSClient(settings);
  const secrets = new SecretsManagerClient(settings);
  return {
    env: {
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_ENDPOINT_URL: front.endpoint,
    },
    faults,
    s3,
    sqs,
    async storeSecret(name, text) {
      const { ARN: arn = '' } = await secrets.send(
        new CreateSecretCommand({ Name: name, SecretString: text }),
      );
      return arn;
    },
    async close() {
      for (const client of [direct, s3, sqs, secrets]) client.destroy();
      await front.close();
    },
  };
}
