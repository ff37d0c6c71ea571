import type { MigrationType, SourceConfig } from '../../config/cloud.ts';
import { readsChanges } from '../common-problems.ts';
import { mergeSettings } from '../endpoint-settings.ts';
import { secretShape } from '../secret-shape.ts';
import type { Fact, PrerequisiteRequest, SettingValue, Source, Step } from '../source.ts';
import { artifactSteps } from './artifact-steps.ts';
import {
  ARTIFACTS_SCHEMA,
  POSTGRES_GUIDE,
  postgresLimits,
  postgresRefused,
  postgresTarget,
} from './facts.ts';
import { serverSteps } from './server-steps.ts';
import { postgresNameProblem, postgresProblems } from './supports.ts';
import { tableSteps } from './table-steps.ts';
import { userStep } from './user-steps.ts';

const PORT = 5432;

/** What tells one PostgreSQL from another. */
export interface PostgresVariant extends Pick<Source, 'engine' | 'title' | 'hostings' | 'dmsEngineName'> {
  readonly host: string;
  /** Besides what is true of every PostgreSQL. */
  readonly limits: readonly Fact[];
}

/** A source that speaks PostgreSQL. */
export function createPostgresSource({ host, limits, ...variant }: PostgresVariant): Source {
  const facts = {
    title: variant.title,
    hostings: variant.hostings,
    tlsModes: ['none', 'require', 'verify-ca', 'verify-full'],
    refusedSettings: postgresRefused,
    target: postgresTarget,
  } as const;
  return {
    ...variant,
    guide: POSTGRES_GUIDE,
    tlsModes: facts.tlsModes,
    refusedSettings: postgresRefused,
    defaultPort: PORT,
    defaultTls: 'require',
    secretShape: secretShape(PORT, host),
    schemaIs: 'schema',
    defaultUser: 'tidemark_dms',
    limits: [...limits, ...postgresLimits],
    endpointSettings,
    supports: (source, migration) => postgresProblems(facts, source, migration),
    nameProblem: postgresNameProblem,
    prerequisites,
  };
}

function endpointSettings(source: SourceConfig, migration: MigrationType) {
  return mergeSettings(postgresTarget, ourSettings(source, migration), source.settings);
}

function ourSettings({ slot }: SourceConfig, migration: MigrationType): Record<string, SettingValue> {
  if (!readsChanges(migration)) return {};
  return {
    pluginName: 'test-decoding',
    ddlArtifactsSchema: ARTIFACTS_SCHEMA,
    heartbeatEnable: true,
    heartbeatSchema: ARTIFACTS_SCHEMA,
    ...(slot !== undefined && { slotName: slot }),
  };
}

function prerequisites(request: PrerequisiteRequest): Step[] {
  if (request.fullLoadOnly) return [userStep(request), ...tableSteps(request)];
  const { settings } = endpointSettings(request.source, 'full-load-and-cdc');
  return [
    ...serverSteps(request),
    userStep(request),
    ...tableSteps(request),
    ...artifactSteps(request, settings),
  ];
}
