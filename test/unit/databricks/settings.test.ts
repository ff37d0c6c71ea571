import { describe, expect, it } from 'vitest';
import { readSettings } from '../../databricks/settings.ts';

const COMPLETE = {
  DATABRICKS_HOST: 'dbc-1.cloud.databricks.com',
  DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/abc',
  DATABRICKS_CLIENT_ID: 'id',
  DATABRICKS_CLIENT_SECRET: 'secret',
  DATABRICKS_CATALOG: 'lake',
};

describe('readSettings', () => {
  it('takes a service principal where there is no token, and holds no secret', () => {
    const settings = readSettings(COMPLETE, 'tidemark_test_1');

    expect(settings).toMatchObject({
      catalog: 'lake',
      schema: 'tidemark_test_1',
      engine: {
        auth: { kind: 'oauth', clientSecret: { template: '${env:DATABRICKS_CLIENT_SECRET}' } },
        server: 'databricks',
        port: 443,
        volumes: '/Volumes/lake/tidemark_test_1/files',
      },
    });
    expect(JSON.stringify(settings)).not.toContain('"secret"');
  });

  it.each([
    ['DATABRICKS_HOST'],
    ['DATABRICKS_HTTP_PATH'],
    ['DATABRICKS_CLIENT_SECRET'],
    ['DATABRICKS_CATALOG'],
  ])('names %s when it alone is missing', (name) => {
    expect(() => readSettings({ ...COMPLETE, [name]: '' }, 's')).toThrow(name);
  });

  it('names everything when nothing is there, and how to go without a workspace', () => {
    expect(() => readSettings({}, 's')).toThrow(
      /DATABRICKS_HOST[\s\S]*HTTP_PATH[\s\S]*CLIENT_ID[\s\S]*TOKEN[\s\S]*CATALOG[\s\S]*--bench/,
    );
  });
});
