import type { SourceConfig, SourceEngine } from '../config/cloud.ts';
import { nearestName } from '../config/names.ts';
import type { ConfigPath, Finding } from '../config/problem.ts';

/** Settings of every source endpoint that follow from other parts of the configuration, in lower case. */
const OWNED: Readonly<Record<string, string>> = {
  authenticationmethod: 'Remove it: DMS reads the `secret`.',
  certificatearn: 'Set `certificate` of the source instead.',
  databasename: 'Set `database` of the source instead.',
  enginename: 'Set `engine` of the source instead.',
  password: 'Take it out of the file: DMS reads the `secret`.',
  port: 'Put it into the `secret`.',
  secretsmanageraccessrolearn: 'Remove it: the role is made with just the rights it needs.',
  secretsmanagersecretid: 'Set `secret` of the source instead.',
  servername: 'Put it into the `secret`, as `host`.',
  slotname: 'Set `slot` of the source instead.',
  sslmode: 'Set `tls` of the source instead.',
  username: 'Put it into the `secret`.',
};

interface Danger {
  readonly name: string;
  readonly value: boolean;
  readonly why: string;
  readonly hint: string;
}

const DANGERS: readonly Danger[] = [
  {
    name: 'IgnoreMsReplicationEnablement',
    value: true,
    why: 'passes over tables that publish no changes, and their updates are lost silently',
    hint: 'Remove it, and run what `tidemark prerequisites` prints.',
  },
  {
    name: 'CaptureDdls',
    value: false,
    why: 'leaves new columns of the source out of the files',
    hint: 'Remove it.',
  },
  {
    name: 'FailTasksOnLobTruncation',
    value: true,
    why: 'stops every table of the task for one long value',
    hint: 'Set `maxLobKb` as large as the largest value.',
  },
];

const POSTGRES = [
  'AfterConnectScript',
  'BabelfishDatabaseName',
  'CaptureDdls',
  'DatabaseMode',
  'DdlArtifactsSchema',
  'DisableUnicodeSourceFilter',
  'ExecuteTimeout',
  'FailTasksOnLobTruncation',
  'HeartbeatEnable',
  'HeartbeatFrequency',
  'HeartbeatSchema',
  'MapBooleanAsBoolean',
  'MapJsonbAsClob',
  'MapLongVarcharAs',
  'MaxFileSize',
  'PluginName',
  'TrimSpaceInChar',
];

const MYSQL = [
  'AfterConnectScript',
  'CleanSourceMetadataOnMismatch',
  'EventsPollInterval',
  'ExecuteTimeout',
  'ServerTimezone',
];

/** Names of the DMS API, to which a name that is nearly one is corrected. Others are passed on as they are. */
const KNOWN: Readonly<Record<SourceEngine, readonly string[]>> = {
  sqlserver: [
    'BcpPacketSize',
    'ControlTablesFileGroup',
    'ForceLobLookup',
    'IgnoreMsReplicationEnablement',
    'QuerySingleAlwaysOnNode',
    'ReadBackupOnly',
    'SafeguardPolicy',
    'SetUpMsCdcForTables',
    'TlogAccessMode',
    'TrimSpaceInChar',
    'UseBcpFullLoad',
    'UseThirdPartyBackupDevice',
  ],
  postgres: POSTGRES,
  'aurora-postgresql': POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  'aurora-mysql': MYSQL,
  oracle: [
    'AccessAlternateDirectly',
    'AddSupplementalLogging',
    'AdditionalArchivedLogDestId',
    'AllowSelectNestedTables',
    'ArchivedLogDestId',
    'ArchivedLogsOnly',
    'AsmServer',
    'AsmUser',
    'CharLengthSemantics',
    'ConvertTimestampWithZoneToUTC',
    'FailTasksOnLobTruncation',
    'NumberDatatypeScale',
    'OpenTransactionWindow',
    'OraclePathPrefix',
    'ParallelAsmReadThreads',
    'ReadAheadBlocks',
    'ReadTableSpaceName',
    'ReplacePathPrefix',
    'RetryInterval',
    'SpatialDataOptionToGeoJsonFunctionName',
    'StandbyDelayTime',
    'TrimSpaceInChar',
    'UseAlternateFolderForOnline',
    'UseBFile',
    'UseLogminerReader',
    'UsePathPrefix',
  ],
};

/**
 * What is wrong with the extra settings of a source: those that follow from elsewhere, dangerous ones, and names that
 * are nearly one of the DMS API. Extra connection attributes have no list, so other names pass.
 */
export function lintSourceSettings(
  { engine, settings }: Pick<SourceConfig, 'engine' | 'settings'>,
  path: ConfigPath,
): Finding[] {
  return Object.entries(settings).flatMap(([name, value]): Finding[] => {
    const here = [...path, name];
    const owned = OWNED[name.toLowerCase()];
    if (owned !== undefined) return [{ path: here, message: 'follows from another setting', hint: owned }];
    const danger = DANGERS.find(
      (other) => sameName(other.name, name) && String(value).toLowerCase() === String(other.value),
    );
    if (danger) return [{ path: here, message: `${danger.value} ${danger.why}`, hint: danger.hint }];
    return lintName(name, KNOWN[engine], here);
  });
}

function lintName(name: string, known: readonly string[], path: ConfigPath): Finding[] {
  if (known.some((other) => sameName(other, name))) return [];
  const near = nearestName(name, known);
  if (near === null || Math.abs(near.length - name.length) > 2) return [];
  return [{ path, message: 'is not a setting of DMS for this engine', hint: `Did you mean "${near}"?` }];
}

/** Extra connection attributes begin with a small letter, and DMS reads them in any case. */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
