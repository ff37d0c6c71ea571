import type { Facts } from '../common-problems.ts';
import { guide } from '../guide.ts';
import type { Fact, RefusedSetting } from '../source.ts';

export const ORACLE_GUIDE = guide('CHAP_Source.Oracle.html');

const refusedSettings: readonly RefusedSetting[] = [
  {
    name: 'FilterTransactionsOfUser',
    reason: 'it leaves out changes',
    hint: 'Take it out.',
  },
];

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dms-endpoint-oraclesettings.html */
export const oracleFacts = {
  title: 'Oracle',
  hostings: ['self-managed', 'rds'],
  tlsModes: ['none', 'verify-ca'],
  refusedSettings,
  target: {
    block: 'oracleSettings',
    properties: {
      accessAlternateDirectly: 'boolean',
      addSupplementalLogging: 'boolean',
      additionalArchivedLogDestId: 'number',
      allowSelectNestedTables: 'boolean',
      archivedLogDestId: 'number',
      archivedLogsOnly: 'boolean',
      charLengthSemantics: 'string',
      directPathNoLog: 'boolean',
      directPathParallelLoad: 'boolean',
      enableHomogenousTablespace: 'boolean',
      failTasksOnLobTruncation: 'boolean',
      numberDatatypeScale: 'number',
      oraclePathPrefix: 'string',
      parallelAsmReadThreads: 'number',
      readAheadBlocks: 'number',
      readTableSpaceName: 'boolean',
      replacePathPrefix: 'boolean',
      retryInterval: 'number',
      securityDbEncryptionName: 'string',
      spatialDataOptionToGeoJsonFunctionName: 'string',
      standbyDelayTime: 'number',
      useAlternateFolderForOnline: 'boolean',
      useBFile: 'boolean',
      useDirectPathFullLoad: 'boolean',
      useLogminerReader: 'boolean',
      usePathPrefix: 'string',
    },
    attributes: [
      'asmUsePLSQLArray',
      'convertTimestampWithZoneToUTC',
      'enableHomogenousPartitionOps',
      'exposeViews',
      'extraArchivedLogDestIds',
      'filterTransactionsOfUser',
      'openTransactionWindow',
      'trimSpaceInChar',
    ],
  },
} as const satisfies Facts;

const fact = (text: string, see = ORACLE_GUIDE): Fact => ({ text, see });

export const oracleLimits: readonly Fact[] = [
  fact(
    'Versions 10.2 to 12.2, 18c and 19c; on RDS from 11.2.0.4. Newer ones: verify.',
    guide('CHAP_Introduction.Sources.html'),
  ),
  fact('Editions Enterprise, Standard (One, Two), Express, Personal; no changes from Express 18 and later.'),
  fact(
    'Names are spelled as the data dictionary has them: in capitals, unless they were made in quotes. At most 30 bytes, no apostrophes.',
  ),
  fact(
    'For files in S3 every column must be in the supplemental log, or unchanged columns of an update come as null.',
  ),
  fact(
    'LogMiner reads changes unless told otherwise. It cannot read a pluggable database, XA transactions, or updates of LOB and XMLTYPE columns; `settings: {UseLogminerReader: false, UseBFile: true}` (Binary Reader) can.',
  ),
  fact('The root of a container database is not supported.'),
  fact('RDS keeps TDE keys to itself: there only LogMiner, and only encrypted tablespaces.'),
  fact('Not copied: virtual and invisible columns, ROWID, global temporary tables, tables BIN$… and DR$…'),
  fact(
    'Not followed: results of DBMS_REDEFINITION, index-organised tables with overflow, `update … set key = key + 1`.',
  ),
  fact(
    'NUMBER without a precision becomes numeric(38,10) unless `NumberDatatypeScale` says otherwise; empty LOBs become null, trailing spaces of CHAR go.',
  ),
  fact('TLS takes an Oracle wallet (.sso) as the certificate.'),
  fact(
    'A task with TLS can time out on many small transactions: lower `MinimumTransactionSize`.',
    guide('CHAP_Security.SSL.html'),
  ),
];
