import type { MigrationType, SourceConfig } from '../../config/cloud.ts';
import { quote } from '../../config/problem.ts';
import { commonProblems, type Facts, leadingNumber, plainEdition, readsChanges } from '../common-problems.ts';
import type { SourceProblem } from '../source.ts';

/** Oldest versions: on a server of one's own, and of RDS and Aurora with changes. */
const OLDEST = 9.4;
const OLDEST_MANAGED_CDC = 10;

/** Everything that makes a PostgreSQL unusable as configured. */
export function postgresProblems(
  facts: Facts,
  source: SourceConfig,
  migration: MigrationType,
): SourceProblem[] {
  return [
    ...commonProblems(facts, source),
    ...versionProblems(source, migration),
    ...editionProblems(source, migration),
    ...slotProblems(source, migration),
  ];
}

/** PostgreSQL has no name that DMS is known not to take, but for what nothing can spell. */
export function postgresNameProblem(name: string): string | null {
  return /[\u0000-\u001f\u007f]/.test(name)
    ? 'a control character in a name cannot be said in a rule of DMS'
    : null;
}

function versionProblems({ version, hosting }: SourceConfig, migration: MigrationType): SourceProblem[] {
  const number = leadingNumber(version);
  if (number === null) return [];
  if (number < OLDEST) {
    return [
      {
        path: ['version'],
        message: `DMS does not read PostgreSQL ${version}`,
        hint: `${OLDEST} is the oldest.`,
      },
    ];
  }
  if (hosting === 'self-managed' || number >= OLDEST_MANAGED_CDC || !readsChanges(migration)) return [];
  const message = `DMS reads no changes from PostgreSQL ${version} on RDS or Aurora`;
  return [{ path: ['version'], message, hint: 'Set `migration: full-load`, or upgrade to 10 or later.' }];
}

function editionProblems({ engine, edition }: SourceConfig, migration: MigrationType): SourceProblem[] {
  if (edition === undefined) return [];
  if (engine === 'postgres') {
    return [{ path: ['edition'], message: 'is something PostgreSQL does not have', hint: 'Take it out.' }];
  }
  return auroraEdition(edition, migration);
}

/** Aurora is told apart by what it runs on: `provisioned`, `serverless-v1`, `serverless-v2`. */
export function auroraEdition(edition: string, migration: MigrationType): SourceProblem[] {
  const plain = plainEdition(edition);
  const refuse = (message: string, hint: string): SourceProblem[] => [{ path: ['edition'], message, hint }];
  if (!['provisioned', 'serverless-v1', 'serverless-v2'].includes(plain)) {
    return refuse(
      `${quote(edition)} is no edition of Aurora`,
      'Editions: provisioned, serverless-v1, serverless-v2.',
    );
  }
  if (plain !== 'serverless-v1' || !readsChanges(migration)) return [];
  return refuse(
    'DMS reads no changes from Aurora Serverless v1',
    'Set `migration: full-load`, or move to Serverless v2.',
  );
}

function slotProblems({ slot }: SourceConfig, migration: MigrationType): SourceProblem[] {
  if (slot === undefined) return [];
  if (migration === 'full-load') {
    return [{ path: ['slot'], message: 'is of no use to a full load', hint: 'Take it out.' }];
  }
  if (migration === 'full-load-and-cdc') return [];
  return [
    {
      path: ['slot'],
      message: 'needs a start position with `migration: cdc`, which Tidemark does not set',
      hint: 'Set `migration: full-load-and-cdc`, or take the slot out: DMS makes one.',
    },
  ];
}
