import { describe, expect, it } from 'vitest';
import type { DatabricksEngineConfig } from '../../../lib/config/config.ts';
import { resolveDatabricks } from '../../../lib/config/resolve-databricks.ts';
import { parse, WAREHOUSE, withEngine } from './parse.ts';

function engine(lines = WAREHOUSE): DatabricksEngineConfig {
  const { config } = parse(withEngine(lines));
  if (config.engine.kind !== 'databricks') throw new Error('not a Databricks engine');
  return config.engine;
}

const REFERENCES = 'kind: databricks\nhost: ${env:H}\nhttpPath: ${env:P}';
const LOGIN = { DATABRICKS_CLIENT_ID: 'me', DATABRICKS_CLIENT_SECRET: 'topsecret' };
const PLACE = { H: 'dbc-1.cloud.databricks.com', P: '/sql/1.0/warehouses/abc' };

describe('resolveDatabricks', () => {
  it('puts in what the settings refer to', () => {
    const lines = `${REFERENCES}\nport: 8443\ncaFile: ca.pem\nstatementSeconds: 60`;

    expect(resolveDatabricks(engine(lines), { ...PLACE, ...LOGIN, OTHER: 'x' })).toEqual({
      host: 'dbc-1.cloud.databricks.com',
      port: 8443,
      httpPath: '/sql/1.0/warehouses/abc',
      auth: { kind: 'oauth', clientId: 'me', clientSecret: 'topsecret' },
      caFile: '/base/ca.pem',
      statementSeconds: 60,
    });
  });

  it('needs no other variable where a token is used', () => {
    const lines = `${REFERENCES}\nauth: {token: "\${env:T}"}`;

    expect(resolveDatabricks(engine(lines), { ...PLACE, T: 'dapi1' })).toEqual({
      host: 'dbc-1.cloud.databricks.com',
      port: 443,
      httpPath: '/sql/1.0/warehouses/abc',
      auth: { kind: 'token', token: 'dapi1' },
      statementSeconds: 900,
    });
  });

  it.each([
    { H: 'https://dbc-1.cloud.databricks.com/', P: 'sql/1.0/warehouses/abc' },
    { H: ' dbc-1.cloud.databricks.com\n', P: '/sql/1.0/warehouses/abc\r\n' },
    { H: 'dbc-1.cloud.databricks.com', P: '/sql/1.0/endpoints/abc/' },
  ])('takes a host and a path as other tools write them: %j', (env) => {
    expect(resolveDatabricks(engine(REFERENCES), { ...env, ...LOGIN })).toMatchObject({
      host: PLACE.H,
      httpPath: PLACE.P,
    });
  });

  it('drops the line end that a secret was read with', () => {
    const env = { ...PLACE, DATABRICKS_CLIENT_ID: 'me\n', DATABRICKS_CLIENT_SECRET: 'topsecret\r\n' };

    expect(resolveDatabricks(engine(REFERENCES), env).auth).toEqual({
      kind: 'oauth',
      clientId: 'me',
      clientSecret: 'topsecret',
    });
  });

  it('names every variable that is missing, at once', () => {
    const env = { P: ' ', DATABRICKS_CLIENT_ID: 'me', DATABRICKS_CLIENT_SECRET: '' };

    expect(() => resolveDatabricks(engine(REFERENCES), env)).toThrow(
      expect.objectContaining({
        code: 'SECRET_MISSING',
        message:
          'Environment variables H (engine.host), P (engine.httpPath), DATABRICKS_CLIENT_SECRET (engine.auth.clientSecret) are not set, but the configuration refers to them. Set them and run again.',
        context: { variables: ['H', 'P', 'DATABRICKS_CLIENT_SECRET'] },
      }),
    );
  });

  it('does not take a variable from the prototype', () => {
    expect(() => resolveDatabricks(engine(REFERENCES.replace('H}', 'toString}')), PLACE)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', message: expect.stringContaining('toString') }),
    );
  });

  it('takes the value of a secret by its ARN, and says which secret has none', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf:token';
    const settings = engine(`${REFERENCES}\nauth: {token: "${arn}"}`);

    expect(resolveDatabricks(settings, { ...PLACE, [arn]: ' dapi-1\n' }).auth).toEqual({
      kind: 'token',
      token: 'dapi-1',
    });
    expect(() => resolveDatabricks(settings, PLACE)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', message: expect.stringContaining(arn) }),
    );
  });

  it('names the variables whose values are no address, and no value', () => {
    const env = { H: 'token:topsecret@x.example.com', P: '/topsecret', ...LOGIN };

    expect(() => resolveDatabricks(engine(REFERENCES), env)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.not.stringContaining('topsecret'),
        problems: [
          {
            path: 'engine.host',
            message: 'is not the name of a host with H put in',
            hint: 'Set it to the name alone, for instance dbc-a1b2c3d4-e5f6.cloud.databricks.com.',
          },
          {
            path: 'engine.httpPath',
            message: 'is not the path of a SQL warehouse with P put in',
            hint: 'Set it to the path in the connection details of the warehouse: /sql/1.0/warehouses/<id>.',
          },
        ],
      }),
    );
  });

  it('refuses a host with a port, which has a setting of its own', () => {
    const env = { ...PLACE, H: 'https://x.example.com:8443', ...LOGIN };

    expect(() => resolveDatabricks(engine(REFERENCES), env)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
