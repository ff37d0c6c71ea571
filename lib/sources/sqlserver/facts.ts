import type { Facts } from '../common-problems.ts';
import { isOff, isOn } from '../endpoint-settings.ts';
import { guide } from '../guide.ts';
import type { Fact, RefusedSetting } from '../source.ts';

export const SQLSERVER_GUIDE = guide('CHAP_Source.SQLServer.html');
export const SQLSERVER_CDC_GUIDE = guide('CHAP_Source.SQLServer.CDC.html');
const SOURCES_GUIDE = guide('CHAP_Introduction.Sources.html');

const refusedSettings: readonly RefusedSetting[] = [
  {
    name: 'FatalOnSimpleModel',
    reason: 'the simple recovery model loses changes without a word',
    hint: 'Take it out, and set the recovery model of the database to full.',
    when: (value) => !isOn(value),
  },
  {
    name: 'IgnoreMsReplicationEnablement',
    reason:
      'it goes with `cdc`: without it changes of tables that only MS-CDC follows are lost, and with it those of published tables',
    hint: 'Take it out, and set `cdc: ms-cdc` or `cdc: ms-replication`.',
    when: (value, { cdc, hosting }) =>
      isOff(value) === (cdc === 'ms-cdc' || (cdc === undefined && hosting === 'rds')),
  },
  {
    name: 'SafeguardPolicy',
    reason: 'it calls sp_repldone, which nobody may on RDS',
    hint: 'Take it out: the default relies on the capture job.',
    when: (value, { hosting }) => hosting === 'rds' && /exclusive/i.test(String(value)),
  },
  ...['ReadBackupOnly', 'TlogAccessMode'].map(
    (name): RefusedSetting => ({
      name,
      reason: 'DMS cannot read only backups on RDS, because of the way RDS makes them',
      hint: 'Take it out.',
      when: (value, { hosting }) => hosting === 'rds' && (isOn(value) || /backup/i.test(String(value))),
    }),
  ),
];

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dms-endpoint-microsoftsqlserversettings.html */
export const sqlserverFacts = {
  title: 'SQL Server',
  hostings: ['self-managed', 'rds'],
  tlsModes: ['none', 'require', 'verify-full'],
  refusedSettings,
  target: {
    block: 'microsoftSqlServerSettings',
    properties: {
      bcpPacketSize: 'number',
      controlTablesFileGroup: 'string',
      forceLobLookup: 'boolean',
      querySingleAlwaysOnNode: 'boolean',
      readBackupOnly: 'boolean',
      safeguardPolicy: 'string',
      tlogAccessMode: 'string',
      trimSpaceInChar: 'boolean',
      useBcpFullLoad: 'boolean',
      useThirdPartyBackupDevice: 'boolean',
    },
    attributes: [
      'activateSafeguard',
      'alwaysOnSharedSynchedBackupIsEnabled',
      'applicationIntent',
      'enableNonSysadminWrapper',
      'fatalOnSimpleModel',
      'ignoreMsReplicationEnablement',
      'multiSubnetFailover',
      'setUpMsCdcForTables',
    ],
  },
} as const satisfies Facts;

const fact = (text: string, see = SQLSERVER_GUIDE): Fact => ({ text, see });

export const sqlserverLimits: readonly Fact[] = [
  fact('Versions 2008 to 2022; 2008 and 2008 R2 need DMS 3.5.4. Newer ones: verify.', SOURCES_GUIDE),
  fact(
    'Full load: Enterprise, Standard, Workgroup, Developer and Web. Changes: Enterprise, Developer, and Standard from 2016. Never Express; on RDS not Web either.',
    SOURCES_GUIDE,
  ),
  fact('No changes from Azure SQL Database.', guide('CHAP_Source.AzureSQL.html')),
  fact('Windows authentication and RDS Proxy (for changes) are not supported.'),
  fact('With neither MS-REPLICATION nor MS-CDC on a table, its updates are lost without a word.'),
  fact(
    'The guide describes MS-REPLICATION for tables with a primary key on a server of your own. With `cdc: ms-cdc` Tidemark sets IgnoreMsReplicationEnablement, which older editions of the guide asked for: verify with an update of each table that it arrives.',
    guide('CHAP_Tasks.AssessmentReport.SqlServer.html'),
  ),
  fact(
    'MS-REPLICATION follows tables with a primary key only. RDS has no MS-REPLICATION.',
    SQLSERVER_CDC_GUIDE,
  ),
  fact(
    'Not copied: temporal and memory-optimised tables, columnstore indexes, sparse columns, changes of computed columns, sql_variant. Masked columns arrive unmasked.',
  ),
  fact('Not followed: TRUNCATE, partition switching, sp_rename, WRITETEXT and UPDATETEXT, SELECT INTO.'),
  fact('Databases with accelerated recovery or delayed durability are not supported.'),
  fact('At most 1,000 columns a table, and 32,767 tables with a primary key.'),
  fact(
    'Names of schemas and tables cannot have a backslash, two dashes, quotes, a semicolon, or a control character in them.',
  ),
  fact('Native, unencrypted backups in one file on disk: DMS reads changes from log backups.'),
  fact(
    'On RDS the log backups are read by DMS 3.5.3 and later only; older versions lose what the capture job let go.',
    SQLSERVER_CDC_GUIDE,
  ),
  fact(
    'A restore turns MS-CDC off on RDS: run the steps again.',
    'https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.SQLServer.CommonDBATasks.CDC.html',
  ),
  fact(
    '`SetUpMsCdcForTables: true` has DMS turn MS-CDC on for tables itself, with sysadmin on a server of your own; on RDS, where nobody has it, verify. Without it run the steps for each table that you add.',
    SQLSERVER_CDC_GUIDE,
  ),
  fact('Removing a task leaves its publication at the source.'),
];
