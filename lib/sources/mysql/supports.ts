import type { MigrationType, SourceConfig } from '../../config/cloud.ts';
import { commonProblems, type Facts, leadingNumber, readsChanges } from '../common-problems.ts';
import { auroraEdition } from '../postgres/supports.ts';
import type { SourceProblem } from '../source.ts';

/** Oldest versions that DMS reads, and of MySQL on RDS with changes. */
const OLDEST = { mysql: 5.5, mariadb: 10, 'aurora-mysql': 5.6 } as const;
const OLDEST_RDS_CDC = 5.6;

/** Everything that makes a MySQL, MariaDB or Aurora MySQL unusable as configured. */
export function mysqlProblems(facts: Facts, source: SourceConfig, migration: MigrationType): SourceProblem[] {
  return [
    ...commonProblems(facts, source),
    ...versionProblems(facts, source, migration),
    ...editionProblems(facts, source, migration),
  ];
}

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html#CHAP_Source.MySQL.Limitations */
export function mysqlNameProblem(name: string): string | null {
  if (/[\u0000-\u001f\u007f]/.test(name))
    return 'a control character in a name cannot be said in a rule of DMS';
  const found = name.match(/[`']/)?.[0];
  return found === undefined ? null : `DMS copies no MySQL table with ${found} in its name or its database's`;
}

function versionProblems({ title }: Facts, source: SourceConfig, migration: MigrationType): SourceProblem[] {
  const number = leadingNumber(source.version);
  if (number === null) return [];
  const oldest = OLDEST[source.engine as keyof typeof OLDEST];
  if (number < oldest) {
    const message = `DMS does not read ${title} ${source.version}`;
    return [{ path: ['version'], message, hint: `${oldest} is the oldest.` }];
  }
  const rdsMysql = source.engine === 'mysql' && source.hosting === 'rds';
  if (!rdsMysql || number >= OLDEST_RDS_CDC || !readsChanges(migration)) return [];
  const message = `DMS reads no changes from MySQL ${source.version} on RDS`;
  return [{ path: ['version'], message, hint: 'Set `migration: full-load`, or upgrade to 5.6 or later.' }];
}

function editionProblems(
  { title }: Facts,
  { engine, edition }: SourceConfig,
  migration: MigrationType,
): SourceProblem[] {
  if (edition === undefined) return [];
  if (engine === 'aurora-mysql') return auroraEdition(edition, migration);
  const message = `does not matter to DMS for ${title}`;
  return [{ path: ['edition'], message, hint: 'Take it out: every edition has a binary log.' }];
}
