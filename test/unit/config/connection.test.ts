import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/errors.ts';
import { complaints, parse, withConnection } from './parse.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:serving-AbCdEf';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';

const connectionOf = (connection: string) => parse(withConnection(connection)).config.exports[0]?.connection;

describe('connection', () => {
  it('takes a URL as text or in its long form', () => {
    expect(connectionOf('${env:PG_URL}')).toEqual({
      kind: 'url',
      url: { template: '${env:PG_URL}' },
      verifyTls: true,
    });
    expect(connectionOf('{url: "${env:PG_URL}", caFile: ./ca.pem, verifyTls: false}')).toEqual({
      kind: 'url',
      url: { template: '${env:PG_URL}' },
      caFile: '/base/ca.pem',
      verifyTls: false,
    });
  });

  it('takes the parts of an address', () => {
    expect(
      connectionOf('{host: "${env:H}", port: 6543, database: shop, user: me, password: "${env:PW}"}'),
    ).toEqual({
      kind: 'parts',
      host: { template: '${env:H}' },
      port: 6543,
      database: { template: 'shop' },
      user: { template: 'me' },
      password: { template: '${env:PW}' },
      tls: 'verify',
      verifyTls: true,
    });
  });

  it('knows the key of the secret that holds the password', () => {
    expect(
      connectionOf(`{host: h, database: d, user: u, password: "${SECRET}", secretKey: "${KEY}"}`),
    ).toEqual({
      kind: 'parts',
      host: { template: 'h' },
      port: 5432,
      database: { template: 'd' },
      user: { template: 'u' },
      password: { template: SECRET },
      secretKeyArn: KEY,
      tls: 'verify',
      verifyTls: true,
    });
  });

  it.each([
    ['localhost', 'off'],
    ['127.0.0.1', 'off'],
    ['"::1"', 'off'],
    ['/var/run/postgresql', 'off'],
    ['db.example.com', 'verify'],
    ['localhost.example.com', 'verify'],
    ['"${env:PG_HOST}"', 'verify'],
  ])('without tls, a connection to %s has it %s', (host, tls) => {
    expect(connectionOf(`{host: ${host}, database: d, user: u}`)).toMatchObject({ port: 5432, tls });
  });

  it('takes a Postgres of its own, with or without a port', () => {
    expect(connectionOf('{embedded: ./pg}')).toEqual({ kind: 'embedded', dir: '/base/pg' });
    expect(connectionOf('{embedded: /pg, port: 5544}')).toEqual({ kind: 'embedded', dir: '/pg', port: 5544 });
  });

  it.each([
    'postgres://localhost/shop',
    'postgresql://me@db.example.com:5432/shop?sslmode=verify-full',
    'postgres://${env:U}:${env:P}@${env:H}:${env:PORT}/${env:D}',
    'postgres://me:@host/shop',
    'postgres:///shop?host=/var/run/postgresql&password=${env:P}',
    'postgres://a%40b@host/db',
    '${env:BASE}/shop?application_name=x',
  ])('accepts %s', (url) => {
    expect(connectionOf(JSON.stringify(url))).toMatchObject({ url: { template: url } });
  });

  it.each([
    ['postgres://me:S3cr3t@host/db'],
    ['postgres://me:S3cr3t@${env:H}/db'],
    ['postgres://me:${env:P}S3cr3t@host/db'],
    ['postgres://me:S3cr3t/x@host/db'],
    ['postgres://me:12/S3cr3t@host/db'],
    ['postgres://me:S3@cr3t:S3cr3t@host/db'],
    ['postgres://host/db?user=me&password=S3cr3t'],
    ['postgres://host/db?sslpassword=S3cr3t'],
    ['${env:X}://me:S3cr3t@host/db'],
    ['host=db password=S3cr3t'],
    ['mysql://me:S3cr3t@host/db'],
    ['S3cr3t'],
    ['postgres://me:${S3cr3t}@host/db'],
    ['postgres://me:${env:S3cr3t!}@host/db'],
    ['postgres://me:S3cr3t\n@host/db'],
  ])('refuses %j and does not repeat it', (url) => {
    for (const text of [url, { url }]) {
      expect(refusal(withConnection(JSON.stringify(text)))).not.toMatch(/S3/);
    }
  });

  it.each([
    '{host: h, database: d, user: u, password: S3cr3t}',
    '{host: h, database: d, user: u, password: "x${env:P}S3cr3t"}',
    '{host: h, database: d, user: u, password: "${env:}S3cr3t"}',
    '{host: h, database: d, user: u, password: ["S3cr3t"]}',
    '{postgres://me:S3cr3t@host/db: }',
    '{host: h, database: d, user: u, password: "S3cr3t}',
    '{host: h, database: d, user: u, password: *S3cr3t}',
    '{host: h, database: d, user: u, password: !S3cr3t x}',
    '{host: h, database: d, user: u, password: "\\S3cr3t"}',
    '{host: h, database: d, user: u, password: @S3cr3t}',
    '[S3cr3t]',
  ])('refuses %s and does not repeat the secret', (connection) => {
    expect(refusal(withConnection(connection))).not.toMatch(/3cr3t/);
  });

  it('does not repeat a password that is a number', () => {
    const text = refusal(withConnection('{host: h, database: d, user: u, password: 998877}'));

    expect(text).toMatch(/is no reference to a password.*\$\{env:NAME\}/);
    expect(text).not.toContain('998877');
  });

  it.each([
    ['{}', ': does not say where the server is'],
    ['{verifyTls: true}', ': does not say where the server is'],
    ['{host: h, user: u}', '.database: is missing beside `host`'],
    ['{url: "${env:U}", host: h}', '.host: does not go with `url`'],
    ['{url: "${env:U}", tls: off}', '.tls: has no meaning beside `url`'],
    ['{embedded: ./pg, user: u}', '.user: has no meaning beside `embedded`'],
    ['{host: h, database: d, user: u, port: 70000}', '.port: is out of range'],
    ['{host: h, database: d, user: u, port: "5432"}', '.port: must be a number'],
    [
      '{host: db.example.com, database: d, user: u, tls: off}',
      '.tls: would send the password and the rows in the clear',
    ],
    ['{host: "${env}", database: d, user: u}', '.host: has a malformed ${...}'],
    [
      `{host: h, database: d, user: u, password: "\${env:P}", secretKey: "${KEY}"}`,
      '.secretKey: encrypts nothing: no secret beside it is named by its ARN',
    ],
    [
      `{host: h, database: d, user: u, password: "${SECRET}", secretKey: "${KEY.replace('eu', 'us')}"}`,
      '.secretKey: is in us-central-1, but the secret is in eu-central-1',
    ],
    [`{url: "\${env:U}", secretKey: "${KEY}"}`, '.secretKey: has no meaning beside `url`'],
    [`{embedded: ./pg, secretKey: "${KEY}"}`, '.secretKey: has no meaning beside `embedded`'],
    ['5', ': must be a URL such as ${env:PG_URL}, or a map'],
  ])('refuses %s', (connection, complaint) => {
    expect(complaints(withConnection(connection))).toEqual([`exports[0].connection${complaint}`]);
  });

  it.each([
    ['{url: "postgres://db.example.com/d", verifyTls: false}', ['exports[0].connection.verifyTls']],
    ['{url: "${env:PG_URL}", verifyTls: false}', ['exports[0].connection.verifyTls']],
    ['{url: "postgres://localhost:5432/d", verifyTls: false}', []],
    ['{url: "postgres://[::1]/d", verifyTls: false}', []],
    ['{host: db.example.com, database: d, user: u, verifyTls: false}', ['exports[0].connection.verifyTls']],
  ])('warns of %s at %j', (connection, paths) => {
    expect(parse(withConnection(connection)).warnings.map(({ path }) => path)).toEqual(paths);
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
