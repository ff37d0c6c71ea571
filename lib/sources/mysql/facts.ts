import type { SettingsTarget } from '../endpoint-settings.ts';
import { guide } from '../guide.ts';
import type { Fact } from '../source.ts';

export const MYSQL_GUIDE = guide('CHAP_Source.MySQL.html');

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dms-endpoint-mysqlsettings.html */
export const mysqlTarget = {
  block: 'mySqlSettings',
  properties: {
    afterConnectScript: 'string',
    cleanSourceMetadataOnMismatch: 'boolean',
    eventsPollInterval: 'number',
    maxFileSize: 'number',
    parallelLoadThreads: 'number',
    serverTimezone: 'string',
    targetDbType: 'string',
  },
  attributes: [
    'connectionTimeout',
    'executeTimeout',
    'ignoreOpenXaTransactionsCheck',
    'skipTableSuspensionForPartitionDdl',
  ],
} as const satisfies SettingsTarget;

const fact = (text: string, see = MYSQL_GUIDE): Fact => ({ text, see });

export const mysqlLimits: readonly Fact[] = [
  fact('The first part of a name at the source is the database, which MySQL calls a schema too.'),
  fact(
    'What a foreign key cascades is not in the binary log: rows deleted or changed so stay as they were in the history.',
  ),
  fact('Not followed: DROP TABLE, RENAME TABLE, and DDL of partitions (the table is suspended).'),
  fact(
    'Changes of generated columns do not arrive: put them into `excludeColumns`. Invisible columns are not copied.',
  ),
  fact(
    'Compressed transactions in the binary log, and logs above 4 GB, are not supported. GTIDs are not used.',
  ),
  fact('Backticks and single quotes in names of schemas, tables and columns are not supported.'),
  fact(
    'A table with upper and lower case in its name is not followed on a server whose file names ignore case.',
  ),
  fact(
    'XA transactions need DMS 3.5.0, the right XA_RECOVER_ADMIN and `IgnoreOpenXaTransactionsCheck: false`.',
  ),
  fact(
    'A source that stops during a full load does not fail the task: compare row counts after a load (`tidemark reload --rows`).',
  ),
  fact('TIMESTAMP arrives in UTC, DATETIME as it is. Zero dates become null.'),
  fact('There is no TLS mode `require`, and no TLS 1.3.', guide('CHAP_Security.SSL.html')),
];
