import type { MigrationType } from '../config/cloud.ts';
import { readsChanges } from './common-problems.ts';
import { mergeSettings } from './endpoint-settings.ts';
import { ORACLE_GUIDE, oracleFacts, oracleLimits } from './oracle/facts.ts';
import { logSteps } from './oracle/log-steps.ts';
import { oracleNameProblem, oracleProblems } from './oracle/supports.ts';
import { tableSteps } from './oracle/table-steps.ts';
import { userStep } from './oracle/user-step.ts';
import { secretShape } from './secret-shape.ts';
import type { SettingValue, Source } from './source.ts';

const PORT = 1521;

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.Oracle.html */
export const oracle: Source = {
  ...oracleFacts,
  engine: 'oracle',
  guide: ORACLE_GUIDE,
  defaultPort: PORT,
  dmsEngineName: 'oracle',
  defaultTls: 'none',
  secretShape: secretShape(PORT, 'name or address of the server; on RDS the endpoint of the instance'),
  schemaIs: 'schema',
  defaultUser: 'TIDEMARK_DMS',
  limits: oracleLimits,
  endpointSettings: (source, migration) =>
    mergeSettings(oracleFacts.target, ourSettings(migration), source.settings),
  supports: oracleProblems,
  nameProblem: oracleNameProblem,
  prerequisites: (request) => [
    userStep(request),
    ...tableSteps(request),
    ...(request.fullLoadOnly ? [] : logSteps(request)),
  ],
};

/** The steps log all columns of each table; DMS would alter the tables to log their keys. */
function ourSettings(migration: MigrationType): Record<string, SettingValue> {
  return readsChanges(migration) ? { addSupplementalLogging: false } : {};
}
