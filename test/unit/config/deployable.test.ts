import { describe, expect, it } from 'vitest';
import { checkDeployable } from '../../../lib/config/check-deployable.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';
import { parse, withConnection } from './parse.ts';

const { engine } = CLOUD_YAML;
const [ERP] = CLOUD_YAML.replications;
const [SERVING] = CLOUD_YAML.exports;

const obstacles = (overrides: Parameters<typeof cloudConfig>[0]) =>
  checkDeployable(cloudConfig(overrides)).map(({ path, message }) => `${path}: ${message}`);

describe('checkDeployable', () => {
  it('finds nothing in a configuration whose secrets are ARNs', () => {
    expect(checkDeployable(cloudConfig())).toEqual([]);
    expect(obstacles({ engine: { ...engine, auth: { token: engine.auth.clientSecret } } })).toEqual([]);
  });

  it('finds everything at once in a configuration that is made for a laptop', () => {
    const { config } = parse(withConnection('{embedded: ./pg}'));

    expect(checkDeployable({ ...config, name: 'My Shop' })).toEqual([
      {
        path: 'storage.kind',
        message: 'is "local", which a deployment cannot use',
        hint: 'Use `storage: {kind: s3}`.',
      },
      {
        path: 'name',
        message: '"My Shop" begins the names of stacks and of what DMS has, which it cannot',
        hint: 'Use lower-case letters, digits and single dashes, beginning with a letter and ending in none.',
      },
      {
        path: 'exports[0].connection.embedded',
        message: 'is a server on this machine, which a function does not reach',
        hint: 'Write `host`, `database` and `user`, and as `password` the ARN of a secret.',
      },
    ]);
  });

  it('wants no environment variable where only a function can look', () => {
    const environment = (name: string) =>
      `refers to ${name} of the environment, which a function in the cloud has not`;
    const { auth: _, ...rest } = engine;

    expect(obstacles({ engine: { ...rest, host: '${env:H}', httpPath: '${env:P}' } })).toEqual([
      `engine.host: ${environment('H')}`,
      `engine.httpPath: ${environment('P')}`,
      `engine.auth.clientId: ${environment('DATABRICKS_CLIENT_ID')}`,
      `engine.auth.clientSecret: ${environment('DATABRICKS_CLIENT_SECRET')}`,
    ]);
    expect(obstacles({ engine: { ...rest, auth: { token: '${env:T}' } } })).toEqual([
      `engine.auth.token: ${environment('T')}`,
    ]);
  });

  it.each([
    ['${env:PG_URL}', ['exports[0].connection: is a URL, which would hold the password']],
    [
      { host: 'localhost', database: 'd', user: 'u', password: SERVING.connection.password },
      ['exports[0].connection.host: is this machine, which a function does not reach'],
    ],
    [
      { host: '${env:H}', database: '${env:D}', user: '${env:U}' },
      [
        ...['host: refers to H', 'database: refers to D', 'user: refers to U'].map(
          (text) => `exports[0].connection.${text} of the environment, which a function in the cloud has not`,
        ),
        'exports[0].connection.password: is missing',
      ],
    ],
    [
      { ...SERVING.connection, password: '${env:PW}' },
      [
        'exports[0].connection.password: refers to PW of the environment, which a function in the cloud has not',
      ],
    ],
  ])('refuses the connection %j', (connection, expected) => {
    expect(obstacles({ exports: [{ ...SERVING, connection }] })).toEqual(expected);
  });

  it('holds names to what AWS takes', () => {
    const long = 'n'.repeat(41);

    expect(obstacles({ name: long })).toEqual([
      `name: "${long}" has 41 characters, too many for the names of functions that begin with it`,
    ]);
    expect(obstacles({ name: long.slice(1), replications: [{ ...ERP, name: 'r'.repeat(75) }] })).toEqual([]);
    expect(obstacles({ name: long.slice(1), replications: [{ ...ERP, name: 'r'.repeat(76) }] })).toEqual([
      expect.stringMatching(
        /^replications\[0\]\.name: makes the name of a stack, .*, longer than AWS allows$/,
      ),
    ]);
  });
});
