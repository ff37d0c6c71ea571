import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PipelineError, TerminalError, TransientError } from '../errors.ts';
import { clientSettings } from './client-settings.ts';
import { type AwsLogin, asSomebody, loginSettings } from './login.ts';
import { sdkFault } from './sdk-fault.ts';

/** The part of the SDK's client that is used. */
export type SecretsSender = Pick<SecretsManagerClient, 'send'>;

/** Where a secret's text is, and which part of it is meant. */
export interface SecretName {
  /** `arn:…:secret:<name>`, with or without the six characters that AWS puts behind the name. */
  readonly arn: string;
  /** Field of the secret, which is a JSON object then. */
  readonly field?: string;
  readonly stage?: string;
  readonly versionId?: string;
}

/** Reads an ARN as configurations spell it: `<arn>[:<field>[:<stage>[:<version>]]]`, as container tasks do. */
export function parseSecretName(text: string): SecretName {
  const parts = text.split(':');
  const [field, stage, versionId] = parts.slice(7);
  return {
    arn: parts.slice(0, 7).join(':'),
    ...(field ? { field } : {}),
    ...(stage ? { stage } : {}),
    ...(versionId ? { versionId } : {}),
  };
}

/** A client of Secrets Manager for whoever runs the command. */
export function createSecretsClient(region: string, login?: AwsLogin): SecretsManagerClient {
  const client = new SecretsManagerClient({ ...clientSettings(), ...loginSettings(login), region });
  return asSomebody(client, login);
}

/**
 * Reads values from Secrets Manager, each from its own region. Throws `TerminalError` SECRET_UNREADABLE, with the right
 * that is missing where that is the reason, or `TransientError` SECRET_UNAVAILABLE; never with a value.
 */
export function createSecretReader(
  connect: (region: string) => SecretsSender = (region) => createSecretsClient(region),
): (text: string) => Promise<string> {
  const clients = new Map<string, SecretsSender>();
  return async (text) => {
    const name = parseSecretName(text);
    const region = name.arn.split(':')[3] ?? '';
    const client = clients.get(region) ?? connect(region);
    clients.set(region, client);
    return pickField(name, await readText(client, name));
  };
}

async function readText(client: SecretsSender, { arn, stage, versionId }: SecretName): Promise<string> {
  try {
    const { SecretString: text } = await client.send(
      new GetSecretValueCommand({
        SecretId: arn,
        ...(stage ? { VersionStage: stage } : {}),
        ...(versionId ? { VersionId: versionId } : {}),
      }),
    );
    if (text !== undefined) return text;
  } catch (cause) {
    throw unreadable(arn, cause);
  }
  throw new TerminalError('SECRET_UNREADABLE', `The secret ${arn} is binary. Store it as text.`);
}

function unreadable(arn: string, cause: unknown): PipelineError {
  if (cause instanceof PipelineError) return cause;
  const { name, passing } = sdkFault(cause);
  const options = { context: { secret: arn, reason: name }, cause };
  if (passing !== null) {
    const message = `The secret ${arn} could not be read just now: ${name || 'no answer'}. Try again.`;
    return new TransientError('SECRET_UNAVAILABLE', message, options);
  }
  return new TerminalError('SECRET_UNREADABLE', `The secret ${arn} cannot be read: ${fixFor(name)}`, options);
}

function fixFor(name: string): string {
  if (name === 'AccessDeniedException') {
    return 'access denied. Give whoever runs this the right secretsmanager:GetSecretValue on it, and kms:Decrypt on its key where that is your own.';
  }
  if (name === 'DecryptionFailure') {
    return 'it cannot be decrypted. Give whoever runs this the right kms:Decrypt on its key.';
  }
  if (name === 'ResourceNotFoundException') {
    return 'there is no such secret or version. Check the ARN in the configuration.';
  }
  if (name === 'CredentialsProviderError') {
    return 'there are no credentials for AWS. Name a profile in AWS_PROFILE, or log in.';
  }
  return `${name || 'unknown error'}. Check the ARN, and the credentials for AWS.`;
}

function pickField({ arn, field }: SecretName, text: string): string {
  const fields = parseFields(text);
  if (field === undefined) {
    if (fields === null) return text;
    throw wrongShape(arn, `has the fields ${names(fields)}. Put a colon and one of them behind its ARN.`);
  }
  if (fields === null) {
    throw wrongShape(arn, `is no JSON object, so it has no field ${JSON.stringify(field)}.`);
  }
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  const is = value === undefined ? 'has no' : 'has no text in its';
  throw wrongShape(arn, `${is} field ${JSON.stringify(field)}. Fields: ${names(fields)}.`);
}

function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : null;
  } catch {
    return null;
  }
}

function names(fields: object): string {
  return Object.keys(fields).join(', ');
}

function wrongShape(arn: string, message: string): TerminalError {
  return new TerminalError('SECRET_UNREADABLE', `The secret ${arn} ${message}`);
}
