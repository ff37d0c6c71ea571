import { stringify } from 'yaml';
import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';

const SECRETS = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';

/**
 * What a person would write for two tables from SQL Server through a serverless replication into Databricks, with an
 * export to Postgres. Nothing in it needs a look at an environment.
 */
export const CLOUD_YAML = {
  name: 'shop',
  company: 'acme',
  region: 'eu-central-1',
  catalog: 'lake',
  schema: 'sales',
  engine: {
    kind: 'databricks',
    host: 'dbc-a1b2c3d4-e5f6.cloud.databricks.com',
    httpPath: '/sql/1.0/warehouses/0123456789abcdef',
    auth: { clientId: '8f2c1d3e-0000-4000-8000-5a6b7c8d9e0f', clientSecret: `${SECRETS}:databricks-AbCdEf` },
  },
  storage: { kind: 's3', prefix: 'landing' },
  replications: [
    {
      name: 'erp',
      source: {
        engine: 'sqlserver',
        edition: 'standard',
        version: '2019',
        database: 'sales',
        secret: `${SECRETS}:erp-GhIjKl`,
      },
      serverless: { minUnits: 1, maxUnits: 8 },
    },
  ],
  cloud: {
    account: '123456789012',
    network: {
      kind: 'existing',
      vpcId: 'vpc-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      availabilityZones: ['eu-central-1a', 'eu-central-1b'],
      wayOut: 'nat',
    },
    alarms: { emails: ['data@example.com'] },
  },
  tables: [
    { name: 'customer', source: 'dbo.Customer', keys: ['id'] },
    { name: 'order_line', source: 'dbo.OrderLine', keys: ['order_id', 'line_no'], history: 'every-change' },
  ],
  exports: [
    {
      name: 'serving',
      connection: {
        host: 'serving.example.com',
        database: 'serving',
        user: 'tidemark',
        password: `${SECRETS}:serving-MnOpQr`,
      },
      afterIngest: 300,
      inNetwork: true,
    },
  ],
} as const;

/** Top-level fields of the configuration as a person writes them; `null` leaves one out. */
export type CloudYamlOverrides = Readonly<Record<string, unknown>>;

/** The text of `CLOUD_YAML` with some of its top-level fields in other words. */
export function cloudYaml(overrides: CloudYamlOverrides = {}): string {
  const all = Object.entries({ ...CLOUD_YAML, ...overrides });
  return stringify(Object.fromEntries(all.filter(([, value]) => value !== null)), {
    aliasDuplicateObjects: false,
  });
}

/**
 * The whole configuration of `CLOUD_YAML`, through the parser: overrides are top-level fields as written in YAML, for
 * instance `cloudConfig({ tables: [...] })` or `cloudConfig({ cloud: { ...CLOUD_YAML.cloud, logDays: 7 } })`.
 * Throws `ConfigError` where they are wrong.
 */
export function cloudConfig(overrides: CloudYamlOverrides = {}): Config {
  return parseConfig(cloudYaml(overrides), { baseDir: '/base' }).config;
}
