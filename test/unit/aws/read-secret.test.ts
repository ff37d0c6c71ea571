import type { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createSecretReader, parseSecretName } from '../../../lib/aws/read-secret.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/lake-AbCdEf';

/** Secrets by their ARN, or what asking for one throws. */
function reader(secrets: Readonly<Record<string, string | undefined | Error>>) {
  const asked: unknown[] = [];
  const read = createSecretReader((region) => {
    const send = async ({ input }: GetSecretValueCommand) => {
      asked.push({ region, ...input });
      const found = secrets[input.SecretId ?? ''];
      if (found instanceof Error) throw found;
      return { SecretString: found };
    };
    return { send: send as unknown as SecretsManagerClient['send'] };
  });
  return { read, asked };
}
const named = (name: string, more = {}) =>
  Object.assign(new Error('topsecret is in here'), { name, ...more });

describe('parseSecretName', () => {
  it.each([
    [ARN, { arn: ARN }],
    [`${ARN}:client-secret`, { arn: ARN, field: 'client-secret' }],
    [
      `${ARN}:password:AWSPENDING:0a-1b`,
      { arn: ARN, field: 'password', stage: 'AWSPENDING', versionId: '0a-1b' },
    ],
    [`${ARN}::AWSPREVIOUS:`, { arn: ARN, stage: 'AWSPREVIOUS' }],
  ])('reads %s', (text, name) => {
    expect(parseSecretName(text)).toEqual(name);
  });
});

describe('createSecretReader', () => {
  it('reads a text as it is, and from the region of the secret', async () => {
    const { read, asked } = reader({ [ARN]: ' p@ss "w{}rd"\n' });

    expect(await read(ARN)).toBe(' p@ss "w{}rd"\n');
    expect(asked).toEqual([{ region: 'eu-central-1', SecretId: ARN }]);
  });

  it.each(['12345', 'true', '"quoted"', '["a"]', 'null'])(
    'takes %s for a text, although it is JSON',
    async (text) => {
      expect(await reader({ [ARN]: text }).read(ARN)).toBe(text);
    },
  );

  it('reads one field of a secret that is a JSON object, of the version that is named', async () => {
    const { read, asked } = reader({ [ARN]: '{"username":"me","password":"p:ss","port":5432}' });

    expect(await read(`${ARN}:password`)).toBe('p:ss');
    expect(await read(`${ARN}:port:AWSPENDING`)).toBe('5432');
    expect(asked.at(-1)).toEqual({ region: 'eu-central-1', SecretId: ARN, VersionStage: 'AWSPENDING' });
  });

  it.each([
    [
      '',
      '{"username":"topsecret","password":"topsecret"}',
      /has the fields username, password\. Put a colon/,
    ],
    [':pass', '{"password":"topsecret"}', /has no field "pass"\. Fields: password\./],
    [':toString', '{"password":"topsecret"}', /has no field "toString"/],
    [':password', 'topsecret', /is no JSON object, so it has no field "password"/],
    [':deep', '{"deep":{"a":"topsecret"}}', /has no text in its field "deep"/],
  ])('tells that the field "%s" does not fit the secret, and no value', async (field, text, message) => {
    const error = await reader({ [ARN]: text })
      .read(ARN + field)
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'SECRET_UNREADABLE', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('topsecret');
  });

  it.each([
    [
      'AccessDeniedException',
      {},
      'TerminalError',
      'SECRET_UNREADABLE',
      /the right secretsmanager:GetSecretValue on it/,
    ],
    ['DecryptionFailure', {}, 'TerminalError', 'SECRET_UNREADABLE', /kms:Decrypt/],
    ['ResourceNotFoundException', {}, 'TerminalError', 'SECRET_UNREADABLE', /no such secret/],
    ['CredentialsProviderError', {}, 'TerminalError', 'SECRET_UNREADABLE', /AWS_PROFILE/],
    ['ExpiredTokenException', {}, 'TerminalError', 'SECRET_UNREADABLE', /credentials for AWS/],
    ['ThrottlingException', {}, 'TransientError', 'SECRET_UNAVAILABLE', /just now: ThrottlingException/],
    [
      'InternalServiceError',
      { $metadata: { httpStatusCode: 500 } },
      'TransientError',
      'SECRET_UNAVAILABLE',
      /just now/,
    ],
    ['Error', { code: 'ECONNREFUSED' }, 'TransientError', 'SECRET_UNAVAILABLE', /just now: ECONNREFUSED/],
  ])('says what to do after %s %o', async (name, more, kind, code, message) => {
    const error = await reader({ [ARN]: named(name, more) })
      .read(`${ARN}:x`)
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: kind, code, message: expect.stringMatching(message) });
    expect(String(error)).toContain(ARN);
    expect(String(error)).not.toContain('topsecret');
  });

  it('refuses a binary secret', async () => {
    await expect(reader({}).read(ARN)).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  });
});
