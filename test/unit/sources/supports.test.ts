import { describe, expect, it } from 'vitest';
import type { MigrationType, SourceConfig, SourceEngine } from '../../../lib/config/cloud.ts';
import { SOURCES } from '../../../lib/sources/sources.ts';
import { sourceOf } from './requests.ts';

const CERTIFICATE = 'arn:aws:dms:eu-central-1:123456789012:cert:ABC';

/** `field: message` of each problem. */
function refusals(
  engine: SourceEngine,
  more: Partial<SourceConfig>,
  migration: MigrationType = 'full-load-and-cdc',
): string[] {
  return SOURCES[engine]
    .supports(sourceOf(engine, more), migration)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('SQL Server', () => {
  it.each([
    ['web', '2019', 'edition: DMS reads no changes from edition web'],
    ['Workgroup', undefined, 'edition: DMS reads no changes from edition workgroup'],
    ['Azure SQL Database', undefined, 'edition: DMS reads no changes from edition azure-sql-database'],
    ['SQL Azure', undefined, 'edition: DMS reads no changes from edition azure-sql-database'],
    [
      'standard',
      '2014',
      'edition: the Standard edition has change data capture from 2016 on, and this is 2014',
    ],
    [
      'Standard Edition (64-bit)',
      '2008R2',
      'edition: the Standard edition has change data capture from 2016 on, and this is 2008R2',
    ],
  ])('%s %s copies rows and not changes', (edition, version, refusal) => {
    expect(refusals('sqlserver', { edition, version })).toEqual([refusal]);
    expect(refusals('sqlserver', { edition, version }, 'cdc')).toEqual([refusal]);
    expect(refusals('sqlserver', { edition, version }, 'full-load')).toEqual([]);
  });

  it.each([
    ['Enterprise Edition: Core-based Licensing (64-bit)', '2012'],
    ['developer', '2022'],
    ['Standard', '2016'],
    ['standard', undefined],
  ])('%s %s copies changes', (edition, version) => {
    expect(refusals('sqlserver', { edition, version })).toEqual([]);
  });

  it('Express is not read at all, Web not on RDS', () => {
    const express = 'edition: DMS does not read the Express edition';
    expect(refusals('sqlserver', { edition: 'Express Edition with Advanced Services' }, 'full-load')).toEqual(
      [express],
    );
    expect(refusals('sqlserver', { edition: 'web', hosting: 'rds' }, 'full-load')).toEqual([
      'edition: DMS does not read the Web edition on RDS',
    ]);
  });

  it('refuses editions, versions and hostings that there are not', () => {
    expect(refusals('sqlserver', { edition: 'ultimate' })).toEqual([
      'edition: "ultimate" is no edition of SQL Server',
    ]);
    expect(refusals('sqlserver', { version: '15' })).toEqual(['version: DMS does not read SQL Server 15']);
    expect(refusals('sqlserver', { version: 'latest' })).toEqual(['version: "latest" is no version']);
    expect(refusals('sqlserver', { hosting: 'aurora' })).toEqual([
      'hosting: SQL Server is not hosted by "aurora"',
    ]);
  });

  it('has MS-REPLICATION on servers of your own only', () => {
    expect(refusals('sqlserver', { hosting: 'rds', cdc: 'ms-replication' })).toEqual([
      'cdc: DMS cannot use MS-REPLICATION on RDS',
    ]);
    expect(refusals('sqlserver', { edition: 'azure-sql-managed-instance' })).toEqual([
      'cdc: DMS cannot use MS-REPLICATION on Azure SQL Managed Instance',
    ]);
    expect(refusals('sqlserver', { edition: 'azure-sql-managed-instance', cdc: 'ms-cdc' })).toEqual([]);
  });

  it('has a slot no more than any other but PostgreSQL', () => {
    expect(refusals('sqlserver', { slot: 'mine' })).toEqual(['slot: is something that only PostgreSQL has']);
  });
});

describe('PostgreSQL', () => {
  it('is read from 9.4 on, changes on RDS from 10', () => {
    expect(refusals('postgres', { version: '9.3' })).toEqual(['version: DMS does not read PostgreSQL 9.3']);
    expect(refusals('postgres', { version: '9.6' })).toEqual([]);
    expect(refusals('postgres', { version: '9.6', hosting: 'rds' })).toEqual([
      'version: DMS reads no changes from PostgreSQL 9.6 on RDS or Aurora',
    ]);
    expect(refusals('postgres', { version: '9.6', hosting: 'rds' }, 'full-load')).toEqual([]);
    expect(refusals('postgres', { version: '17.2', hosting: 'rds' })).toEqual([]);
  });

  it('has engines of its own for Aurora, and no way to tell changes to choose', () => {
    expect(SOURCES.postgres.supports(sourceOf('postgres', { hosting: 'aurora' }), 'cdc')).toEqual([
      {
        path: ['hosting'],
        message: 'PostgreSQL is not hosted by "aurora"',
        hint: 'Aurora has engines of its own: aurora-postgresql and aurora-mysql.',
      },
    ]);
    expect(refusals('aurora-postgresql', { hosting: 'rds' })).toEqual([
      'hosting: Aurora PostgreSQL is not hosted by "rds"',
    ]);
    expect(refusals('postgres', { cdc: 'ms-cdc' })).toEqual(['cdc: "ms-cdc" is a way of SQL Server only']);
  });

  it('takes a slot with a load before the changes only', () => {
    expect(refusals('postgres', { slot: 'mine' })).toEqual([]);
    expect(refusals('postgres', { slot: 'mine' }, 'full-load')).toEqual([
      'slot: is of no use to a full load',
    ]);
    expect(refusals('postgres', { slot: 'mine' }, 'cdc')).toEqual([
      'slot: needs a start position with `migration: cdc`, which Tidemark does not set',
    ]);
  });
});

describe('Aurora', () => {
  it.each(['aurora-postgresql', 'aurora-mysql'] as const)(
    '%s gives no changes as Serverless v1',
    (engine) => {
      const refusal = ['edition: DMS reads no changes from Aurora Serverless v1'];
      expect(refusals(engine, { edition: 'Serverless v1' })).toEqual(refusal);
      expect(refusals(engine, { edition: 'serverless-v1' }, 'full-load')).toEqual([]);
      expect(refusals(engine, { edition: 'serverless-v2' })).toEqual([]);
      expect(refusals(engine, { edition: 'enterprise' })).toEqual([
        'edition: "enterprise" is no edition of Aurora',
      ]);
    },
  );
});

describe('MySQL and MariaDB', () => {
  it('are read from 5.5 and 10 on, changes of MySQL on RDS from 5.6', () => {
    expect(refusals('mysql', { version: '5.1' })).toEqual(['version: DMS does not read MySQL 5.1']);
    expect(refusals('mysql', { version: '5.5' })).toEqual([]);
    expect(refusals('mysql', { version: '5.5', hosting: 'rds' })).toEqual([
      'version: DMS reads no changes from MySQL 5.5 on RDS',
    ]);
    expect(refusals('mysql', { version: '8.4.3', hosting: 'rds' })).toEqual([]);
    expect(refusals('mariadb', { version: '5.5' })).toEqual(['version: DMS does not read MariaDB 5.5']);
    expect(refusals('mariadb', { version: '10.11' })).toEqual([]);
  });

  it('have no TLS mode without a certificate', () => {
    expect(refusals('mariadb', { tls: 'require' })).toEqual([
      'tls: DMS has no TLS mode "require" for MariaDB',
    ]);
    expect(refusals('mysql', { tls: 'verify-ca', certificateArn: CERTIFICATE })).toEqual([]);
  });

  it('have no edition that matters', () => {
    expect(refusals('mysql', { edition: 'enterprise' })).toEqual([
      'edition: does not matter to DMS for MySQL',
    ]);
  });
});

describe('Oracle', () => {
  it('gives no changes as Express 18 or later, or of a version unsaid', () => {
    const refusal = ['edition: DMS reads no changes from Oracle Express 18 and later'];
    expect(refusals('oracle', { edition: 'express', version: '21c' })).toEqual(refusal);
    expect(refusals('oracle', { edition: 'Express Edition' })).toEqual(refusal);
    expect(refusals('oracle', { edition: 'express', version: '11g' })).toEqual([]);
    expect(refusals('oracle', { edition: 'express', version: '21c' }, 'full-load')).toEqual([]);
  });

  it('is read from 10.2 on', () => {
    expect(refusals('oracle', { version: '9i' })).toEqual(['version: DMS does not read Oracle 9i']);
    expect(refusals('oracle', { version: '19c', edition: 'standard-two' })).toEqual([]);
    expect(refusals('oracle', { edition: 'lite' })).toEqual(['edition: "lite" is no edition of Oracle']);
  });
});

describe('TLS', () => {
  it('needs a certificate to verify against, and takes none that it would not look at', () => {
    expect(refusals('sqlserver', { tls: 'verify-full' })).toEqual([
      'certificate: is missing: TLS mode verify-full checks the server against it',
    ]);
    expect(refusals('sqlserver', { tls: 'verify-full', certificateArn: CERTIFICATE })).toEqual([]);
    expect(refusals('sqlserver', { tls: 'verify-ca', certificateArn: CERTIFICATE })).toEqual([
      'tls: DMS has no TLS mode "verify-ca" for SQL Server',
    ]);
    expect(refusals('postgres', { certificateArn: CERTIFICATE })).toEqual([
      'certificate: is not looked at in TLS mode require',
    ]);
    expect(refusals('oracle', { tls: 'verify-full' })).toEqual([
      'tls: DMS has no TLS mode "verify-full" for Oracle',
    ]);
  });
});

describe('settings of the user', () => {
  const settings = (
    engine: SourceEngine,
    given: SourceConfig['settings'],
    more: Partial<SourceConfig> = {},
  ) => refusals(engine, { settings: given, ...more });

  it.each(['ServerName', 'port', 'Username', 'AsmServer', 'SecurityDbEncryption'])(
    '%s belongs into the secret',
    (name) => {
      expect(settings('oracle', { [name]: 'x' })).toEqual([
        `settings.${name}: is refused: DMS reads it from the secret`,
      ]);
    },
  );

  it('are refused where another field says it', () => {
    expect(settings('postgres', { SlotName: 'x', DatabaseName: 'y', SecretsManagerSecretId: 'z' })).toEqual([
      'settings.SlotName: is refused: it is `slot` of the source',
      'settings.DatabaseName: is refused: it is `database` of the source',
      'settings.SecretsManagerSecretId: is refused: Tidemark sets it, and gives the role the right to read that one secret',
    ]);
  });

  it.each<[SourceEngine, SourceConfig['settings'], Partial<SourceConfig>]>([
    ['mysql', { AfterConnectScript: 'drop table x' }, {}],
    ['postgres', { PluginName: 'pglogical' }, {}],
    ['postgres', { ConsumeMonotonicEvents: true }, {}],
    ['postgres', { CaptureDdls: false }, {}],
    ['oracle', { FilterTransactionsOfUser: 'BATCH' }, {}],
    ['oracle', { FailTasksOnLobTruncation: true }, {}],
    ['sqlserver', { FatalOnSimpleModel: false }, {}],
    ['sqlserver', { IgnoreMsReplicationEnablement: true }, { cdc: 'ms-replication' }],
    ['sqlserver', { IgnoreMsReplicationEnablement: false }, { cdc: 'ms-cdc' }],
    ['sqlserver', { SafeguardPolicy: 'exclusive-automatic-truncation' }, { hosting: 'rds' }],
    ['sqlserver', { ReadBackupOnly: true }, { hosting: 'rds' }],
    ['sqlserver', { TlogAccessMode: 'PreferBackup' }, { hosting: 'rds' }],
  ])('%s: %j would lose changes, break the task or run anything', (engine, given, more) => {
    const refused = settings(engine, given, more);

    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(new RegExp(`^settings\\.${Object.keys(given)[0]}: is refused: `));
  });

  it.each<[SourceEngine, SourceConfig['settings'], Partial<SourceConfig>]>([
    ['postgres', { PluginName: 'test-decoding', HeartbeatFrequency: 1, ConsumeMonotonicEvents: false }, {}],
    ['sqlserver', { SafeguardPolicy: 'exclusive-automatic-truncation', EnableNonSysadminWrapper: true }, {}],
    ['sqlserver', { TlogAccessMode: 'TlogOnly', SetUpMsCdcForTables: true }, { hosting: 'rds' }],
    ['oracle', { UseLogminerReader: false, UseBFile: true, SomethingNew: 'x' }, {}],
    ['mysql', { ServerTimezone: 'Europe/Berlin' }, {}],
  ])('%s: %j is allowed', (engine, given, more) => {
    expect(settings(engine, given, more)).toEqual([]);
  });

  it('must be named as settings are, once, with a value that is one value of the right type', () => {
    expect(
      settings('postgres', {
        'a;b': 1,
        HeartbeatEnable: true,
        heartbeatenable: false,
        HeartbeatFrequancy: 5,
        ExecuteTimeout: '60',
        BabelfishDatabaseName: 'x;password=y',
      }),
    ).toEqual([
      'settings.a;b: "a;b" is no name of a setting',
      'settings.heartbeatenable: repeats "HeartbeatEnable"',
      'settings.HeartbeatFrequancy: is not a setting of DMS for this engine',
      'settings.ExecuteTimeout: must be a number, not "60"',
      'settings.BabelfishDatabaseName: has a semicolon or a control character in its value',
    ]);
  });
});
