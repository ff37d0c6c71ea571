import type { CfnEndpoint } from 'aws-cdk-lib/aws-dms';
import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../lib/config/cloud.ts';
import { TLS_DEFAULTS } from '../../../lib/config/defaults.ts';
import { mysqlTarget } from '../../../lib/sources/mysql/facts.ts';
import { oracleFacts } from '../../../lib/sources/oracle/facts.ts';
import { postgresTarget } from '../../../lib/sources/postgres/facts.ts';
import { findSource, SOURCES } from '../../../lib/sources/sources.ts';
import { sqlserverFacts } from '../../../lib/sources/sqlserver/facts.ts';
import { sourceOf, stepsOf } from './requests.ts';

/** What the targets call the type of a property; lists are left to connection attributes. */
type Kind<V> = V extends string
  ? 'string'
  : V extends number
    ? 'number'
    : V extends boolean
      ? 'boolean'
      : never;

/** `never` for each property that CloudFormation has not, or not of that type. */
type Fits<P, T> = {
  [K in keyof P]: K extends keyof T ? (P[K] extends Kind<T[K]> ? unknown : never) : never;
};

const sqlserver = sqlserverFacts.target.properties;
const postgres = postgresTarget.properties;
const mysql = mysqlTarget.properties;
const oracle = oracleFacts.target.properties;
// These do not compile where a target tells of a property what CloudFormation does not.
sqlserver satisfies Fits<typeof sqlserver, CfnEndpoint.MicrosoftSqlServerSettingsProperty>;
postgres satisfies Fits<typeof postgres, CfnEndpoint.PostgreSqlSettingsProperty>;
mysql satisfies Fits<typeof mysql, CfnEndpoint.MySqlSettingsProperty>;
oracle satisfies Fits<typeof oracle, CfnEndpoint.OracleSettingsProperty>;

const ALL = Object.values(SOURCES);

const VARIANTS: readonly SourceConfig[] = ALL.flatMap(({ engine, hostings }) =>
  hostings.flatMap((hosting): SourceConfig[] =>
    engine === 'sqlserver' && hosting === 'self-managed'
      ? [sourceOf(engine, { hosting, cdc: 'ms-replication' }), sourceOf(engine, { hosting, cdc: 'ms-cdc' })]
      : [sourceOf(engine, { hosting })],
  ),
);
const nameOf = ({ engine, hosting, cdc }: SourceConfig) => `${engine}, ${hosting}, ${cdc ?? 'its only way'}`;

describe('the list of sources', () => {
  it('has each under its own name', () => {
    expect(Object.entries(SOURCES).map(([name, { engine }]) => [name, engine])).toEqual(
      ALL.map(({ engine }) => [engine, engine]),
    );
    expect(findSource('oracle')).toBe(SOURCES.oracle);
  });

  it('calls each as DMS does, on the port it listens on', () => {
    expect(ALL.map(({ engine, dmsEngineName, defaultPort }) => [engine, dmsEngineName, defaultPort])).toEqual(
      [
        ['sqlserver', 'sqlserver', 1433],
        ['postgres', 'postgres', 5432],
        ['aurora-postgresql', 'aurora-postgresql', 5432],
        ['mysql', 'mysql', 3306],
        ['mariadb', 'mariadb', 3306],
        ['aurora-mysql', 'aurora', 3306],
        ['oracle', 'oracle', 1521],
      ],
    );
  });

  it('has the TLS modes of the guide, and the defaults of the configuration', () => {
    expect(Object.fromEntries(ALL.map(({ engine, tlsModes }) => [engine, tlsModes]))).toEqual({
      sqlserver: ['none', 'require', 'verify-full'],
      postgres: ['none', 'require', 'verify-ca', 'verify-full'],
      'aurora-postgresql': ['none', 'require', 'verify-ca', 'verify-full'],
      mysql: ['none', 'verify-ca', 'verify-full'],
      mariadb: ['none', 'verify-ca', 'verify-full'],
      'aurora-mysql': ['none', 'verify-ca', 'verify-full'],
      oracle: ['none', 'verify-ca'],
    });
    expect(Object.fromEntries(ALL.map(({ engine, defaultTls }) => [engine, defaultTls]))).toEqual(
      TLS_DEFAULTS,
    );
  });

  it('needs the same four fields in every secret', () => {
    for (const { secretShape } of ALL) {
      expect(secretShape.map(({ name }) => name)).toEqual(['username', 'password', 'host', 'port']);
    }
  });

  it('says where every fact is written', () => {
    for (const { limits } of ALL) {
      expect(limits.filter(({ see }) => !see.startsWith('https://docs.aws.amazon.com/'))).toEqual([]);
    }
  });
});

describe('a plain source', () => {
  it.each(VARIANTS.map((source) => [nameOf(source), source] as const))('%s is possible', (_, source) => {
    expect(SOURCES[source.engine].supports(source, 'full-load-and-cdc')).toEqual([]);
  });

  it.each(VARIANTS.map((source) => [nameOf(source), source] as const))(
    '%s has steps that can be checked, without a password or two of one name',
    (_, source) => {
      const steps = stepsOf(source);

      expect(new Set(steps.map(({ title }) => title)).size).toBe(steps.length);
      for (const { why, check, answers, see, sql = '' } of steps) {
        expect(why).toMatch(/[.:]$/);
        expect(check.trim()).not.toBe('');
        expect(answers.length).toBeGreaterThan(1);
        expect(see).toMatch(/^https:\/\//);
        expect(sql.match(/password|identified/gi) === null || sql.includes('<password>')).toBe(true);
      }
    },
  );

  it.each(VARIANTS.map((source) => [nameOf(source), source] as const))(
    '%s has no step about tables where there are none',
    (_, source) => {
      const titles = stepsOf(source, { tables: [] }).map(({ title }) => title);

      expect(
        titles.filter((title) => /each table|Tables that|Whole rows|tables without/.test(title)),
      ).toEqual([]);
    },
  );
});

describe('the settings of an endpoint', () => {
  const settings = (
    source: SourceConfig,
    migration: 'full-load' | 'full-load-and-cdc' = 'full-load-and-cdc',
  ) => SOURCES[source.engine].endpointSettings(source, migration);

  it('fail a task of SQL Server whose log is cut, and have MS-CDC used alone where it is meant', () => {
    const block = 'microsoftSqlServerSettings';
    expect(settings(sourceOf('sqlserver', { cdc: 'ms-replication' }))).toEqual({
      block,
      settings: {},
      extraConnectionAttributes: 'fatalOnSimpleModel=true',
    });
    expect(settings(sourceOf('sqlserver', { cdc: 'ms-cdc' }))).toEqual({
      block,
      settings: {},
      extraConnectionAttributes: 'fatalOnSimpleModel=true;ignoreMsReplicationEnablement=true',
    });
    expect(settings(sourceOf('sqlserver', { hosting: 'rds' }))).toEqual({
      block,
      settings: {},
      extraConnectionAttributes: 'fatalOnSimpleModel=true',
    });
    expect(settings(sourceOf('sqlserver'), 'full-load')).toEqual({ block, settings: {} });
  });

  it('decode PostgreSQL with the plugin that knows whole old rows, and keep its slot moving', () => {
    const ours = {
      pluginName: 'test-decoding',
      ddlArtifactsSchema: 'awsdms',
      heartbeatEnable: true,
      heartbeatSchema: 'awsdms',
    };
    expect(settings(sourceOf('postgres'))).toEqual({ block: 'postgreSqlSettings', settings: ours });
    expect(settings(sourceOf('aurora-postgresql', { slot: 'mine' }))).toEqual({
      block: 'postgreSqlSettings',
      settings: { ...ours, slotName: 'mine' },
    });
    expect(settings(sourceOf('postgres'), 'full-load')).toEqual({
      block: 'postgreSqlSettings',
      settings: {},
    });
  });

  it('set nothing for MySQL, and leave tables of Oracle as the steps made them', () => {
    expect(settings(sourceOf('aurora-mysql'))).toEqual({ block: 'mySqlSettings', settings: {} });
    expect(settings(sourceOf('oracle'))).toEqual({
      block: 'oracleSettings',
      settings: { addSupplementalLogging: false },
    });
  });

  it('give way to those of the user, sorted by what CloudFormation knows, however they are spelled', () => {
    const source = sourceOf('postgres', {
      settings: { heartbeatenable: false, HeartbeatFrequency: 1, UnboundedVarcharMaxSize: 100, NewOne: 'x' },
    });

    expect(settings(source)).toEqual({
      block: 'postgreSqlSettings',
      settings: {
        pluginName: 'test-decoding',
        ddlArtifactsSchema: 'awsdms',
        heartbeatEnable: false,
        heartbeatSchema: 'awsdms',
        heartbeatFrequency: 1,
      },
      extraConnectionAttributes: 'unboundedVarcharMaxSize=100;newOne=x',
    });
  });
});
