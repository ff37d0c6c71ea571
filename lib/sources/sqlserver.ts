import type { MigrationType, SourceConfig } from '../config/cloud.ts';
import { readsChanges } from './common-problems.ts';
import { mergeSettings } from './endpoint-settings.ts';
import { secretShape } from './secret-shape.ts';
import type { PrerequisiteRequest, SettingValue, Source, Step } from './source.ts';
import { cdcSteps } from './sqlserver/cdc-steps.ts';
import { SQLSERVER_GUIDE, sqlserverFacts, sqlserverLimits } from './sqlserver/facts.ts';
import { logSteps } from './sqlserver/log-steps.ts';
import { sqlserverNameProblem } from './sqlserver/names.ts';
import { replicationSteps } from './sqlserver/replication-steps.ts';
import { cdcOf, sqlserverProblems } from './sqlserver/supports.ts';
import { tableSteps } from './sqlserver/table-steps.ts';
import { userSteps } from './sqlserver/user-steps.ts';

const PORT = 1433;

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.SQLServer.html */
export const sqlserver: Source = {
  ...sqlserverFacts,
  engine: 'sqlserver',
  guide: SQLSERVER_GUIDE,
  defaultPort: PORT,
  dmsEngineName: 'sqlserver',
  defaultTls: 'require',
  secretShape: secretShape(PORT, 'name or address of the server; of an availability group, its listener'),
  schemaIs: 'schema',
  defaultUser: 'tidemark_dms',
  limits: sqlserverLimits,
  endpointSettings: (source, migration) =>
    mergeSettings(sqlserverFacts.target, ourSettings(source, migration), source.settings),
  supports: sqlserverProblems,
  nameProblem: sqlserverNameProblem,
  prerequisites,
};

function ourSettings(source: SourceConfig, migration: MigrationType): Record<string, SettingValue> {
  if (!readsChanges(migration)) return {};
  // On RDS there is no MS-REPLICATION that DMS would have to be told to leave alone.
  const ignore = cdcOf(source) === 'ms-cdc' && source.hosting !== 'rds';
  return { fatalOnSimpleModel: true, ...(ignore && { ignoreMsReplicationEnablement: true }) };
}

function prerequisites(request: PrerequisiteRequest): Step[] {
  const changes = request.fullLoadOnly
    ? []
    : [
        ...logSteps(request),
        ...(cdcOf(request.source) === 'ms-cdc' ? cdcSteps(request) : replicationSteps(request)),
      ];
  return [...userSteps(request), ...tableSteps(request), ...changes];
}
