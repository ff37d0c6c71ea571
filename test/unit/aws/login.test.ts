import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsLogin, chooseLogin } from '../../../lib/aws/login.ts';
import { explainLogin } from '../../../lib/aws/login-error.ts';
import { assertProfile } from '../../../lib/aws/profiles.ts';
import type { Environment } from '../../../lib/config/reference-lookup.ts';
import { createSecretReader, createSecretsClient } from '../../../lib/aws/read-secret.ts';
import { createS3Client } from '../../../lib/aws/s3-client.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'envsecret' };

describe('chooseLogin', () => {
  const chosen = (env: Environment, option?: string, configured?: string) => {
    const { env: _env, ...login } = chooseLogin(env, { option, configured });
    return login;
  };
  const keys = { accessKeyId: 'AKIAENV', secretAccessKey: 'envsecret' };
  const nobody = { profile: null, namedBy: null, keys: null };

  it('puts the option before everything', () => {
    expect(chosen({ ...KEYS, AWS_PROFILE: 'other' }, 'mine', 'ours')).toEqual({
      profile: 'mine',
      namedBy: '--profile',
      keys: null,
    });
  });

  it('puts keys of the environment before its profile, as the command line of AWS does', () => {
    const env = { ...KEYS, AWS_SESSION_TOKEN: 'token', AWS_PROFILE: 'other' };

    expect(chosen(env, undefined, 'ours')).toEqual({
      profile: null,
      namedBy: null,
      keys: { ...keys, sessionToken: 'token' },
    });
  });

  it('puts the profile of the environment before that of the configuration', () => {
    const named = { profile: 'other', namedBy: 'AWS_PROFILE', keys: null };

    expect(chosen({ AWS_PROFILE: 'other' }, undefined, 'ours')).toEqual(named);
  });

  it.each([
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  ])('leaves a workflow or a machine alone that is somebody by %s', (name) => {
    expect(chosen({ [name]: 'there' }, undefined, 'ours')).toEqual(nobody);
  });

  it.each([{}, { AWS_PROFILE: '' }, { AWS_ACCESS_KEY_ID: 'half' }])(
    'takes the profile of the configuration where the environment is %j',
    (env) => {
      const named = { profile: 'ours', namedBy: 'cloud.profile', keys: null };

      expect(chosen(env, undefined, 'ours')).toEqual(named);
      expect(chosen(env)).toEqual(nobody);
    },
  );
});

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tidemark-login-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true, force: true });
});

/** An environment whose profiles are in these two files. */
function filesOf(config: string, credentials: string): Record<string, string> {
  writeFileSync(join(dir, 'config'), config);
  writeFileSync(join(dir, 'credentials'), credentials);
  return { AWS_CONFIG_FILE: join(dir, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(dir, 'credentials') };
}

describe('assertProfile', () => {
  const config = '[default]\nregion = x\n[profile shop]\n[ profile "two words" ]\n[sso-session corp]\n';
  const check = (profile: string | null, env: Record<string, string>, namedBy: AwsLogin['namedBy']) =>
    assertProfile({ profile, namedBy, env });

  it.each(['default', 'shop', 'two words', 'keyed'])(
    'lets pass %s, which one of the files has',
    async (name) => {
      await expect(check(name, filesOf(config, '[keyed]\n'), '--profile')).resolves.toBeUndefined();
    },
  );

  it('refuses one that neither has, with those there are', async () => {
    const env = filesOf(config, '[keyed]\n');

    await expect(check('corp', env, 'cloud.profile')).rejects.toMatchObject({
      code: 'AWS_PROFILE_UNKNOWN',
      message: `The profile "corp" that cloud.profile names is neither in ${join(dir, 'config')} nor in ${join(dir, 'credentials')}. There are: default, shop, two words, keyed. Name another with --profile or AWS_PROFILE, or make it with: aws configure --profile corp`,
    });
  });

  it('says so where there is no file at all, in the home folder', async () => {
    await expect(check("o'x y", { HOME: dir }, 'AWS_PROFILE')).rejects.toMatchObject({
      message: expect.stringMatching(/\.aws\/credentials\. There are none\..*--profile 'o'\\''x y'$/),
    });
  });
});

describe('explainLogin', () => {
  const named = (name: string, message = 'words of AWS') => Object.assign(new Error(message), { name });
  const profile: AwsLogin = { profile: 'shop', namedBy: 'cloud.profile', keys: null, env: {} };
  const nobody: AwsLogin = { profile: null, namedBy: null, keys: null, env: {} };
  const keyed: AwsLogin = { ...nobody, keys: { accessKeyId: 'a', secretAccessKey: 'topsecret' } };

  it.each([
    [
      'CredentialsProviderError',
      profile,
      'The profile "shop", named by cloud.profile, has no credentials for AWS: words of AWS. Log in with: aws sso login --profile shop (or as this profile gets its credentials), then run again.',
    ],
    [
      'CredentialsProviderError',
      nobody,
      'This machine has no credentials for AWS: words of AWS. Log in (aws sso login), and name the profile with --profile, AWS_PROFILE or cloud.profile.',
    ],
    [
      'ExpiredToken',
      keyed,
      'The environment, with AWS_ACCESS_KEY_ID, has credentials for AWS that have run out (ExpiredToken). Fetch new keys, or unset them and name a profile with --profile or AWS_PROFILE.',
    ],
    [
      'UnrecognizedClientException',
      profile,
      'The profile "shop", named by cloud.profile, has credentials that AWS does not know (UnrecognizedClientException). Log in with: aws sso login --profile shop (or as this profile gets its credentials), then run again.',
    ],
    [
      'RequestTimeTooSkewed',
      nobody,
      'This machine asks AWS at a time that is not now (RequestTimeTooSkewed). Set the clock of this machine.',
    ],
  ])('makes of %s what a person can do', (name, login, message) => {
    expect(explainLogin(named(name), login)).toMatchObject({ code: 'AWS_LOGIN_NEEDED', message });
  });

  it('tells that a role cannot be taken on, which is no missing right of whoever reads', () => {
    const denied = named('AccessDenied', 'User: arn:… is not authorized to perform: sts:AssumeRole on …');

    expect(explainLogin(denied, profile)?.message).toContain('may not take on the role that it names');
  });

  it('keeps what a program of the profile was started with to itself', () => {
    const failed = named('CredentialsProviderError', 'Command failed: fetch --password topsecret\nno');

    const error = explainLogin(failed, profile);

    expect(error?.message).toContain('has no credentials for AWS: its credential_process failed. Log in');
    expect(error?.cause).toBeUndefined();
  });

  it.each(['AccessDenied', 'NoSuchBucket', 'SlowDown', 'ECONNRESET'])('leaves %s alone', (name) => {
    expect(explainLogin(named(name), profile)).toBeNull();
  });
});

describe('a client that asks as somebody', () => {
  let server: Server | undefined;
  const askedAs: (string | undefined)[] = [];
  afterEach(() => {
    askedAs.length = 0;
    server?.close();
  });

  /** Answers every call with this status and body, and notes whose key signed it. */
  async function answering(status: number, body: object): Promise<void> {
    server = createServer(({ headers }, reply) => {
      askedAs.push(/Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]);
      reply.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
    await new Promise<void>((ready) => server?.listen(0, '127.0.0.1', ready));
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:a-AbCdEf';
  const read = (login: AwsLogin) =>
    createSecretReader((region) => createSecretsClient(region, login))(SECRET);
  const stub = (env: Record<string, string>) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    return env;
  };
  const shop = '[shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = s\n';

  it('signs with the keys of the profile, in silence where the environment has others', async () => {
    await answering(200, { SecretString: 'value' });
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const env = stub({ ...filesOf('', shop), ...KEYS });

    expect(await read(chooseLogin(env, { option: 'shop' }))).toBe('value');
    expect(await read(chooseLogin({ ...env, AWS_PROFILE: 'shop' }, {}))).toBe('value');

    expect(askedAs).toEqual(['AKIASHOP', 'AKIAENV']);
    expect(warned).not.toHaveBeenCalled();
  });

  it('asks nothing for a profile that is not there, although other keys are', async () => {
    await answering(200, { SecretString: 'value' });
    const env = stub({ ...filesOf('', shop), ...KEYS });

    await expect(read(chooseLogin(env, { option: 'sohp' }))).rejects.toMatchObject({
      code: 'AWS_PROFILE_UNKNOWN',
    });
    expect(askedAs).toEqual([]);
  });

  it('says how to log in when the session of a profile is over', async () => {
    const config =
      '[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\n';
    const env = stub({ ...filesOf(config, ''), HOME: dir });

    const login = chooseLogin(env, { configured: 'sso' });

    await expect(read(login)).rejects.toMatchObject({
      code: 'AWS_LOGIN_NEEDED',
      message: expect.stringContaining('Log in with: aws sso login --profile sso'),
    });
  });

  it('leaves a right that is missing to whoever knows which', async () => {
    await answering(400, { __type: 'AccessDeniedException', message: 'no' });
    const env = stub({ ...KEYS });

    await expect(read(chooseLogin(env, {}))).rejects.toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: expect.stringContaining('secretsmanager:GetSecretValue'),
    });
  });

  it('is the same for the bucket', async () => {
    const env = stub(filesOf('', shop));

    const { credentials } = createS3Client('eu-central-1', chooseLogin(env, { configured: 'shop' })).config;

    expect(await credentials()).toMatchObject({ accessKeyId: 'AKIASHOP' });
  });
});

it('a function is somebody already: its client is as the SDK makes it', () => {
  const client = createSecretsClient('eu-central-1');

  expect(client.middlewareStack.identify().filter((name) => name.includes('tidemark'))).toEqual([]);
});
