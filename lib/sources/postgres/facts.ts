import type { SettingsTarget } from '../endpoint-settings.ts';
import { isOff, isOn } from '../endpoint-settings.ts';
import { guide } from '../guide.ts';
import type { Fact, RefusedSetting } from '../source.ts';

export const POSTGRES_GUIDE = guide('CHAP_Source.PostgreSQL.html');

/** Schema that holds what DMS needs at the source: its table of DDL statements and its heartbeat. */
export const ARTIFACTS_SCHEMA = 'awsdms';

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dms-endpoint-postgresqlsettings.html */
export const postgresTarget = {
  block: 'postgreSqlSettings',
  properties: {
    afterConnectScript: 'string',
    babelfishDatabaseName: 'string',
    captureDdls: 'boolean',
    databaseMode: 'string',
    ddlArtifactsSchema: 'string',
    executeTimeout: 'number',
    failTasksOnLobTruncation: 'boolean',
    heartbeatEnable: 'boolean',
    heartbeatFrequency: 'number',
    heartbeatSchema: 'string',
    mapBooleanAsBoolean: 'boolean',
    maxFileSize: 'number',
    pluginName: 'string',
    slotName: 'string',
  },
  attributes: [
    'consumeMonotonicEvents',
    'disableUnicodeSourceFilter',
    'mapJsonbAsClob',
    'mapLongVarcharAs',
    'unboundedVarcharMaxSize',
  ],
} as const satisfies SettingsTarget;

export const postgresRefused: readonly RefusedSetting[] = [
  {
    name: 'PluginName',
    reason:
      'pglogical cannot have REPLICA IDENTITY FULL, without which deleted rows and long values that did not change are unknown',
    hint: 'Take it out: test-decoding is what Tidemark sets.',
    when: (value) => value !== 'test-decoding',
  },
  {
    name: 'CaptureDdls',
    reason: 'new columns of the source would not get into the files',
    hint: 'Take it out: `tidemark prerequisites` prints what it needs.',
    when: (value) => isOff(value),
  },
  {
    name: 'ConsumeMonotonicEvents',
    reason: 'it drops changes that share a position in the log',
    hint: 'Take it out.',
    when: (value) => isOn(value),
  },
];

const fact = (text: string, see = POSTGRES_GUIDE): Fact => ({ text, see });

export const postgresLimits: readonly Fact[] = [
  fact(
    'A table must have a primary key; without one DMS ignores its updates and deletes unless REPLICA IDENTITY is FULL.',
  ),
  fact(
    'With REPLICA IDENTITY FULL, which the steps set, a delete carries the whole row. It writes more log, and goes with the plugin test_decoding only.',
  ),
  fact(
    'No publication is needed: DMS decodes with test_decoding (or pglogical, which Tidemark refuses), not with pgoutput.',
  ),
  fact(
    'The guide says that DMS ignores updates of a part of a primary key. Whether the before-image rule sees them: verify on your version, and rather delete and insert.',
  ),
  fact(
    'A slot keeps the log until DMS has read it: a stopped task fills the disk of the source. Alarm on it.',
  ),
  fact(
    'Logical replication from a read replica needs PostgreSQL 16, DMS 3.6.1 and a slot of your own; none through RDS Proxy.',
  ),
  fact('Not followed: TRUNCATE, adding and dropping partitions, and changes of a primary key definition.'),
  fact('Not copied: views, materialized views, OID large objects. PostGIS only to PostgreSQL.'),
  fact(
    'boolean arrives as text (true, false), numeric without a precision as numeric(28,6), a date or time of infinity as a bound.',
  ),
  fact('Two tables whose names differ in case only are not supported.'),
];
