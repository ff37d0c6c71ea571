import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectionSettings, describeServer } from '../../../../lib/targets/postgres/connection-settings.ts';

const fromUrl = (template: string, env: Record<string, string> = {}, more = {}) =>
  connectionSettings({ kind: 'url', url: { template }, verifyTls: true, ...more }, env);

describe('connectionSettings', () => {
  it('reads every part of a URL, decoded', () => {
    const settings = fromUrl(
      'postgres://us%40er:p%40ss%2F%25@db.example.com:6543/my%20db?channel_binding=require',
    );

    expect(settings).toEqual({
      host: 'db.example.com',
      port: 6543,
      database: 'my db',
      user: 'us@er',
      password: 'p@ss/%',
      tls: { rejectUnauthorized: true, ca: undefined },
      channelBinding: true,
      options: undefined,
    });
    expect(describeServer(settings)).toBe('db.example.com:6543/my db');
  });

  it('puts a password from the environment into a URL as it is', () => {
    const template = 'postgres://${env:PG_USER}:${env:PG_PASSWORD}@localhost/${env:PG_DATABASE}';
    const settings = fromUrl(template, { PG_USER: 'a:b', PG_PASSWORD: 'p@ss/w#rd?%zz', PG_DATABASE: 'shop' });

    expect(settings).toMatchObject({ user: 'a:b', password: 'p@ss/w#rd?%zz', database: 'shop', port: 5432 });
  });

  it('takes a whole URL from the environment', () => {
    const settings = fromUrl('${env:PG_URL}', { PG_URL: 'postgresql://me@127.0.0.1:5433' });

    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 5433,
      user: 'me',
      database: 'me',
      password: undefined,
    });
  });

  it.each([
    ['postgres://u@localhost/d', null],
    ['postgres://u@127.0.0.1/d', null],
    ['postgres://u@[::1]/d', null],
    ['postgres:///d?host=/var/run/postgresql&user=u', null],
    ['postgres://u@localhost/d?sslmode=require', { rejectUnauthorized: true }],
    ['postgres://u@db.example.com/d', { rejectUnauthorized: true }],
    ['postgres://u@db.example.com/d?sslmode=prefer', { rejectUnauthorized: true }],
    ['postgres://u@db.example.com/d?sslmode=no-verify', { rejectUnauthorized: true }],
    ['postgres://u@127.0.0.1.example.com/d', { rejectUnauthorized: true }],
  ])('gives %s the TLS settings %o', (url, tls) => {
    expect(fromUrl(url).tls).toEqual(tls);
  });

  it('leaves certificates unchecked, or TLS out, for another host only when verifyTls is false', () => {
    expect(fromUrl('postgres://u@db/d', {}, { verifyTls: false }).tls).toEqual({ rejectUnauthorized: false });
    expect(fromUrl('postgres://u@db/d?sslmode=disable', {}, { verifyTls: false }).tls).toBeNull();
    expect(() => fromUrl('postgres://u@db/d?sslmode=disable')).toThrow(
      /has TLS turned off, which is for this machine only/,
    );
  });

  it('verifies against the named authority', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-ca-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, 'the certificate');
    const parts = {
      kind: 'parts',
      host: { template: 'db' },
      port: 5432,
      database: { template: 'd' },
      user: { template: '${env:PG_USER}' },
      tls: 'verify',
      verifyTls: true,
    } as const;

    expect(connectionSettings({ ...parts, caFile }, { PG_USER: 'me' })).toEqual({
      host: 'db',
      port: 5432,
      database: 'd',
      user: 'me',
      password: undefined,
      tls: { rejectUnauthorized: true, ca: 'the certificate' },
      channelBinding: false,
    });
    expect(() => connectionSettings({ ...parts, caFile: '/no/such.pem' }, { PG_USER: 'me' })).toThrow(
      /\/no\/such\.pem/,
    );
    expect(() => connectionSettings({ ...parts, tls: 'off' }, { PG_USER: 'me' })).toThrow(/"tls: off"/);
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:pg-AbCdEf';
    const withSecret = { ...parts, password: { template: arn } };
    expect(
      connectionSettings({ ...withSecret, caFile: undefined }, { PG_USER: 'me', [arn]: ' p@ss ' }),
    ).toMatchObject({ password: ' p@ss ' });
    expect(() => connectionSettings(withSecret, { PG_USER: 'me' })).toThrow(
      /The secret arn:.*:secret:pg-AbCdEf \(connection\.password\), to which the configuration refers, has no value here/,
    );
  });

  it.each([
    'not a url',
    'http://secret@host/db',
    'postgres://user:secret%@host/db',
    'postgres://user:secret@[host/db',
    'postgres://user:1/secret@host/db',
    'postgres://user:1#secret@host/db',
    'postgres://user:p@secret/word@host/db',
  ])('refuses %j without repeating it', (url) => {
    let message = '';
    try {
      fromUrl(url);
    } catch (error) {
      message = JSON.stringify([String(error), (error as Error).cause]);
    }

    expect(message).toContain('connection URL cannot be read');
    expect(message).not.toContain('secret');
  });
});
