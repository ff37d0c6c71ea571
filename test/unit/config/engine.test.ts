import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/errors.ts';
import { complaints, parse, problemsOf, WAREHOUSE, withEngine, withTable } from './parse.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lake-AbCdEf';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';

const engineOf = (lines: string, rest?: string) => parse(withEngine(lines, rest)).config.engine;

describe('a Databricks engine', () => {
  it('needs a host and a path, and has a default for the rest', () => {
    const { config, warnings } = parse(withEngine(WAREHOUSE));

    expect(warnings).toEqual([]);
    expect(config.storage).toEqual({ kind: 'volume' });
    expect(config.engine).toEqual({
      kind: 'databricks',
      host: { template: '${env:H}' },
      port: 443,
      httpPath: { template: '/sql/1.0/warehouses/0123456789abcdef' },
      auth: {
        kind: 'oauth',
        clientId: { template: '${env:DATABRICKS_CLIENT_ID}' },
        clientSecret: { template: '${env:DATABRICKS_CLIENT_SECRET}' },
      },
      server: 'databricks',
      volumes: '/Volumes/shop/main',
      statementSeconds: 900,
      grants: { read: [], write: [] },
      maintenance: { optimize: true, vacuum: true, retentionHours: 168 },
    });
  });

  it('takes every setting it has', () => {
    const engine = engineOf(`kind: databricks
host: dbc-a1b2c3d4-e5f6.cloud.databricks.com
port: 8443
httpPath: \${env:DATABRICKS_HTTP_PATH}
auth: {clientId: 11111111-2222-3333-4444-555555555555, clientSecret: "\${env:SECRET}"}
server: databricks
caFile: ./ca.pem
volumes: /Volumes/lake/raw
statementSeconds: 60
grants: {read: [analysts, "o'brien \`x\` ünï@example.com"], write: [loaders]}
maintenance: {optimize: false, retentionHours: 720}`);

    expect(engine).toEqual({
      kind: 'databricks',
      host: { template: 'dbc-a1b2c3d4-e5f6.cloud.databricks.com' },
      port: 8443,
      httpPath: { template: '${env:DATABRICKS_HTTP_PATH}' },
      auth: {
        kind: 'oauth',
        clientId: { template: '11111111-2222-3333-4444-555555555555' },
        clientSecret: { template: '${env:SECRET}' },
      },
      server: 'databricks',
      caFile: '/base/ca.pem',
      volumes: '/Volumes/lake/raw',
      statementSeconds: 60,
      grants: { read: ['analysts', "o'brien `x` ünï@example.com"], write: ['loaders'] },
      maintenance: { optimize: false, vacuum: true, retentionHours: 720 },
    });
  });

  it('keeps the ARN of a secret as it is', () => {
    const arn =
      'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:lake/databricks-AbCdEf:token::';

    expect(engineOf(`${WAREHOUSE}\nauth: {token: "${arn}"}`)).toMatchObject({
      auth: { kind: 'token', token: { template: arn } },
    });
  });

  it.each(['token: "%"', 'clientId: x, clientSecret: "%"'])('knows the key of a secret: {%s}', (auth) => {
    const key = 'arn:aws:kms:eu-central-1:210987654321:key/mrk-0123456789abcdef0123456789abcdef';

    expect(engineOf(`${WAREHOUSE}\nauth: {${auth.replace('%', SECRET)}, secretKey: "${key}"}`)).toMatchObject(
      { auth: { secretKeyArn: key } },
    );
  });

  it('on open Spark sees the root of the storage, or a folder relative to the file', () => {
    const spark = `${WAREHOUSE}\nserver: open-spark`;
    const rest = 'catalog: spark_catalog\nstorage: {root: /data/files}';

    expect(engineOf(spark, rest)).toMatchObject({ server: 'open-spark', volumes: '/data/files' });
    expect(engineOf(`${spark}\nvolumes: ../seen`, rest)).toMatchObject({ volumes: '/seen' });
    expect(parse(withEngine(spark, rest)).warnings).toEqual([]);
  });

  it.each([
    '/sql/1.0/warehouses/local',
    '/sql/1.0/warehouses/${env:ID}',
    '${env:PATH_OF_IT}',
    '${env:BASE}/warehouses/x',
  ])('takes the path %s', (path) => {
    const { warnings } = parse(withEngine(`kind: databricks\nhost: h\nhttpPath: ${path}`));

    expect(warnings).toEqual([]);
  });

  it('takes the path of a cluster, and says what a cluster lacks', () => {
    const yaml = withEngine('kind: databricks\nhost: h\nhttpPath: /sql/protocolv1/o/0/0810-011933-odsz4s3r');

    expect(parse(yaml).warnings).toEqual([
      {
        path: 'engine.httpPath',
        line: 9,
        message: 'is a cluster, which is neither started nor waited for, and keeps no list of statements',
        hint: 'Use a SQL warehouse: /sql/1.0/warehouses/<id>.',
      },
    ]);
  });
});

describe('parseConfig refuses of a Databricks engine', () => {
  it('everything that is wrong at once, each with place and remedy', () => {
    const yaml = withEngine(
      `kind: databricks
path: ./x.duckdb
host: https://dbc-1.cloud.databricks.com/
auth: {clientId: x}
volumes: files/
grants: {read: [a, a, ""]}
maintenance: {retentionHours: 0, vaccum: true}`,
      'storage: {kind: volume, root: ./files}',
    );

    expect(problemsOf(yaml)).toEqual([
      {
        path: 'engine.httpPath',
        line: 7,
        message: 'is missing beside `kind: databricks`',
        hint: 'For instance `httpPath: /sql/1.0/warehouses/<id>`, or ${env:DATABRICKS_HTTP_PATH}.',
      },
      {
        path: 'engine.path',
        line: 8,
        message: 'has no meaning beside `kind: databricks`',
        hint: 'Remove it. Beside `kind: databricks`: host, httpPath, port, auth, server, caFile, volumes, statementSeconds, grants, maintenance.',
      },
      {
        path: 'engine.host',
        line: 9,
        message: 'is more than the name of a host',
        hint: 'Write dbc-1.cloud.databricks.com.',
      },
      {
        path: 'engine.auth.clientSecret',
        line: 10,
        message: 'is missing beside `clientId`',
        hint: 'Give `clientId` and `clientSecret`, or `token`.',
      },
      { path: 'engine.volumes', line: 11, message: 'ends in a slash', hint: 'Write files.' },
      {
        path: 'engine.grants.read[2]',
        line: 12,
        message: 'is empty',
        hint: 'Write something, or remove the line.',
      },
      { path: 'engine.grants.read[1]', line: 12, message: 'is listed twice', hint: 'List it once.' },
      {
        path: 'engine.maintenance.retentionHours',
        line: 13,
        message: 'is out of range',
        hint: 'Use at least 1.',
      },
      {
        path: 'engine.maintenance.vaccum',
        line: 13,
        message: 'is not a known field',
        hint: 'Did you mean "vacuum"?',
      },
      {
        path: 'storage.root',
        line: 14,
        message: 'has no meaning beside `kind: volume`',
        hint: 'Remove it: `volumes` of the engine says where the volumes lie.',
      },
    ]);
  });

  it.each([
    ['https://x.cloud.databricks.com', 'Write x.cloud.databricks.com.'],
    ['x.cloud.databricks.com/', 'Write x.cloud.databricks.com.'],
    ['https://${env:H}/?o=1', 'Write ${env:H}.'],
    ['x.example.com:8443', 'Write x.example.com, and the port as `port: 8443`.'],
  ])('the host %s, and tells how to write it', (host, hint) => {
    const yaml = withEngine(`kind: databricks\nhost: "${host}"\nhttpPath: \${env:P}`);

    expect(problemsOf(yaml)).toEqual([
      { path: 'engine.host', line: 8, message: 'is more than the name of a host', hint },
    ]);
  });

  it.each(['https://token:S3cr3t@x.example.com', 'S3cr3t x', '-S3cr3t', 'https://', '${env:S3cr3t!}'])(
    'the host %s, and does not repeat it',
    (host) => {
      const text = refusal(withEngine(`kind: databricks\nhost: "${host}"\nhttpPath: \${env:P}`));

      expect(text).toMatch(/engine\.host/);
      expect(text).not.toMatch(/S3cr3t/);
    },
  );

  it.each([
    ['sql/1.0/warehouses/abc/', 'Write /sql/1.0/warehouses/abc.'],
    ['/sql/1.0/endpoints/abc', 'Write /sql/1.0/warehouses/abc.'],
    ['0123456789abcdef', 'Write /sql/1.0/warehouses/0123456789abcdef.'],
    ['https://x.example.com/sql/1.0/warehouses/abc?o=12', 'Write /sql/1.0/warehouses/abc.'],
    ['sql/protocolv1/o/0/0810-1', 'Write /sql/protocolv1/o/0/0810-1.'],
    ['/sql/2.0/x', 'Copy it from the connection details of the warehouse: /sql/1.0/warehouses/<id>.'],
  ])('the path %s', (path, hint) => {
    const yaml = withEngine(`kind: databricks\nhost: h\nhttpPath: "${path}"`);

    expect(problemsOf(yaml)).toMatchObject([{ path: 'engine.httpPath', line: 9, hint }]);
  });

  it.each([
    ['auth: {}', 'auth: does not say who we are'],
    ['auth: {clientSecret: "${env:S}"}', 'auth.clientId: is missing beside `clientSecret`'],
    ['auth: {token: "${env:T}", clientId: x}', 'auth.clientId: does not go with `token`'],
    ['auth: {token: dapi-S3cr3t}', 'auth.token: is a token in plain text'],
    ['auth: {token: "${env:A}S3cr3t"}', 'auth.token: is a token in plain text'],
    ['auth: {token: "${S3cr3t}"}', 'auth.token: has a malformed ${...}'],
    ['auth: {token: 99887766}', 'auth.token: is no reference to a token'],
    ['auth: {clientId: x, clientSecret: S3cr3t}', 'auth.clientSecret: is a secret in plain text'],
    ['auth: {clientId: x, clientSecret: [S3cr3t]}', 'auth.clientSecret: is no reference to a secret'],
    [
      'auth: {token: "arn:aws:s3:us-east-1:123456789012:secret:S3cr3t"}',
      'auth.token: is a token in plain text',
    ],
    ['auth: {token: "${env:T}", secretKey: S3cr3t}', 'auth.secretKey: is not the ARN of a key'],
    [
      `auth: {token: "\${env:T}", secretKey: "${KEY}"}`,
      'auth.secretKey: encrypts nothing: no secret beside it is named by its ARN',
    ],
    [
      `auth: {clientId: x, clientSecret: "${SECRET}", secretKey: "${KEY}"}`,
      'auth.secretKey: is in us-east-1, but the secret is in eu-central-1',
    ],
    ['auth: {dapi-S3cr3t: x, token: "${env:T}"}', 'auth: has a field that is not known'],
    ['auth: dapi-S3cr3t', 'auth: must be a map of fields'],
    ['auth:', 'auth: is empty'],
  ])('%j, and repeats no secret', (lines, complaint) => {
    const yaml = withEngine(`${WAREHOUSE}\n${lines}`);

    expect(complaints(yaml)).toEqual([`engine.${complaint}`]);
    expect(refusal(yaml)).not.toMatch(/S3cr3t|99887766/);
  });

  it.each([
    ['volumes: files', 'volumes: is not an absolute path'],
    ['volumes: s3://bucket/x', 'volumes: is not an absolute path'],
    ['volumes: /Volumes/../x', 'volumes: has an empty step, "." or ".." in it'],
    ['volumes: /Volumes//x', 'volumes: has an empty step, "." or ".." in it'],
    ['volumes: /', 'volumes: ends in a slash'],
    ['volumes: "/a\\nb"', 'volumes: contains a control character'],
    ['port: 0', 'port: is out of range'],
    ['port: "443"', 'port: must be a number'],
    ['statementSeconds: 0', 'statementSeconds: is out of range'],
    ['statementSeconds: 172801', 'statementSeconds: is out of range'],
    ['server: spark', 'server: "spark" is not a valid choice'],
    ['grants: {read: analysts}', 'grants.read: must be a list'],
    ['grants: {write: ["a\\u0000b"]}', 'grants.write[0]: contains a control character'],
    ['grants: {admin: [a]}', 'grants.admin: is not a known field'],
    ['maintenance: {optimize: 1}', 'maintenance.optimize: must be true or false'],
    ['maintenance: {retentionHours: 1.5}', 'maintenance.retentionHours: must be a whole number'],
  ])('%j', (lines, complaint) => {
    expect(complaints(withEngine(`${WAREHOUSE}\n${lines}`, ''))).toEqual([`engine.${complaint}`]);
  });

  it('volumes that are none of a schema, where files wait in volumes', () => {
    expect(complaints(withEngine(`${WAREHOUSE}\nvolumes: /mnt/lake`))).toEqual([
      'engine.volumes: is neither where the volumes of a schema lie nor a volume',
    ]);
    expect(problemsOf(withEngine(`${WAREHOUSE}\nvolumes: /Volumes/lake/main/landing/crm`))).toMatchObject([
      {
        path: 'engine.volumes',
        message: 'is a folder in a volume, and where that is in the bucket only the volume knows',
        hint: 'Write /Volumes/<catalog>/<schema> for three volumes a table, or /Volumes/<catalog>/<schema>/<volume> for one with a folder for each.',
      },
    ]);
  });

  it('a host and a path that are of no use only once', () => {
    expect(problemsOf(withEngine('kind: databricks\nhost: 5\nhttpPath:'))).toEqual([
      {
        path: 'engine.host',
        line: 8,
        message: 'must be text, but YAML reads it as a number',
        hint: 'Put it in quotes.',
      },
      {
        path: 'engine.httpPath',
        line: 9,
        message: 'is empty',
        hint: 'For instance `httpPath: ${env:DATABRICKS_HTTP_PATH}`.',
      },
    ]);
  });

  it('no field of a kind that cannot be understood', () => {
    expect(complaints(withEngine('kind: databrics\nhost: h\nhttpPath: /sql/1.0/warehouses/a'))).toEqual([
      'engine.kind: "databrics" is not a valid choice',
    ]);
  });
});

describe('settings of one engine beside another', () => {
  it('are refused by name', () => {
    expect(problemsOf(withEngine('kind: duckdb\nhost: h\ngrants: {}', ''))).toMatchObject(
      ['host', 'grants'].map((field) => ({
        path: `engine.${field}`,
        message: 'has no meaning beside `kind: duckdb`',
        hint: 'Remove it. Beside `kind: duckdb`: path.',
      })),
    );
  });

  it('tell which kind is meant where none is given', () => {
    expect(problemsOf(withEngine('host: h', ''))).toEqual([
      {
        path: 'engine.host',
        line: 7,
        message: 'has no meaning beside `kind: duckdb`',
        hint: 'Add `kind: databricks`, or remove it.',
      },
    ]);
  });

  it.each([
    [withTable('', 'storage: {kind: volume}'), 'storage.kind: `volume` needs a Databricks engine'],
    [
      withEngine(`${WAREHOUSE}\nserver: open-spark`, 'catalog: spark_catalog\nstorage: {kind: volume}'),
      'storage.kind: `volume` needs Unity Catalog, which open Spark has not',
    ],
    [withEngine(WAREHOUSE, 'storage: {kind: s4}'), 'storage.kind: "s4" is not a valid choice'],
    [withTable('', 'storage: {kind: s3}'), 'storage.kind: `s3` needs a Databricks engine'],
    [
      withEngine(`${WAREHOUSE}\nserver: open-spark`, 'catalog: spark_catalog\nstorage: {kind: s3}'),
      'storage.kind: `s3` needs Unity Catalog, which open Spark has not',
    ],
    [
      withEngine(WAREHOUSE, 'storage: {kind: s3, root: ./files}'),
      'storage.root: has no meaning beside `kind: s3`',
    ],
    [
      withEngine(WAREHOUSE, 'storage: {kind: volume, prefix: a}'),
      'storage.prefix: has no meaning beside `kind: volume`',
    ],
    [withTable('', 'storage: {prefix: a}'), 'storage.prefix: has no meaning beside `kind: local`'],
    ...['/a', 'a/', 'a//b', '../a', 'a/../b', '_a', '.a', 'a b', 'x'.repeat(201)].map((prefix) => [
      withEngine(WAREHOUSE, `storage: {kind: s3, prefix: "${prefix}"}`),
      'storage.prefix: is not a folder of a bucket',
    ]),
  ])('are refused of the storage too', (yaml, complaint) => {
    expect(complaints(yaml)).toEqual([complaint]);
  });
});

describe('parseConfig warns', () => {
  const warningsOf = (lines: string, rest?: string) =>
    parse(withEngine(lines, rest)).warnings.map(({ path, message }) => `${path}: ${message}`);

  it('of files on this machine that a warehouse cannot read', () => {
    expect(parse(withEngine(WAREHOUSE, '')).warnings).toEqual([
      {
        path: 'storage',
        line: 1,
        message: 'is on this machine, whose folders a warehouse cannot read',
        hint: 'Use `storage: {kind: volume}`, or name in `volumes` of the engine the folder by which the warehouse sees the root.',
      },
    ]);
  });

  it.each([
    ['where `volumes` says how the warehouse sees them', `${WAREHOUSE}\nvolumes: /Volumes/lake/raw`, ''],
    ['where they lie in volumes already', WAREHOUSE, 'storage: {root: /Volumes/shop/main}'],
  ])('not of files %s', (_, lines, rest) => {
    expect(warningsOf(lines, rest)).toEqual([]);
  });

  it('of old versions that go too soon, unless nothing is vacuumed', () => {
    const short = `${WAREHOUSE}\nmaintenance: {retentionHours: 167}`;

    expect(warningsOf(short)).toEqual([
      'engine.maintenance.retentionHours: is so short that exports under way and time travel can lose the version they read',
    ]);
    expect(warningsOf(short.replace('{r', '{vacuum: false, r'))).toEqual([]);
    expect(warningsOf(short.replace('167', '168'))).toEqual([]);
  });

  it('of grants that open Spark has not', () => {
    const lines = `${WAREHOUSE}\nserver: open-spark\ngrants: {write: [loaders]}`;

    expect(warningsOf(lines, 'catalog: spark_catalog')).toEqual([
      'engine.grants: are not given: open Spark has none',
    ]);
  });

  it('of "~" in the paths of an engine', () => {
    const lines = `${WAREHOUSE}\nserver: open-spark\ncaFile: ~/ca.pem\nvolumes: ~/files`;

    expect(parse(withEngine(lines, 'catalog: spark_catalog')).warnings.map(({ path }) => path)).toEqual([
      'engine.caFile',
      'engine.volumes',
    ]);
  });
});

function refusal(yaml: string): string {
  try {
    parse(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return `${error.message}${JSON.stringify(error.problems)}`;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
