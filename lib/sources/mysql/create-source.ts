import { mergeSettings } from '../endpoint-settings.ts';
import { secretShape } from '../secret-shape.ts';
import type { Fact, Source } from '../source.ts';
import { MYSQL_GUIDE, mysqlLimits, mysqlTarget } from './facts.ts';
import { mysqlSteps } from './steps.ts';
import { mysqlNameProblem, mysqlProblems } from './supports.ts';

const PORT = 3306;

/** What tells one MySQL from another. */
export interface MysqlVariant extends Pick<Source, 'engine' | 'title' | 'hostings' | 'dmsEngineName'> {
  readonly host: string;
  /** Besides what is true of every MySQL. */
  readonly limits: readonly Fact[];
}

/** A source that speaks MySQL. */
export function createMysqlSource({ host, limits, ...variant }: MysqlVariant): Source {
  const facts = {
    title: variant.title,
    hostings: variant.hostings,
    tlsModes: ['none', 'verify-ca', 'verify-full'],
    refusedSettings: [],
    target: mysqlTarget,
  } as const;
  return {
    ...variant,
    guide: MYSQL_GUIDE,
    tlsModes: facts.tlsModes,
    refusedSettings: facts.refusedSettings,
    defaultPort: PORT,
    defaultTls: 'none',
    secretShape: secretShape(PORT, host),
    schemaIs: 'database',
    defaultUser: 'tidemark_dms',
    limits: [...limits, ...mysqlLimits],
    endpointSettings: (source) => mergeSettings(mysqlTarget, {}, source.settings),
    supports: (source, migration) => mysqlProblems(facts, source, migration),
    nameProblem: mysqlNameProblem,
    prerequisites: mysqlSteps,
  };
}
