import type { MigrationType, SourceConfig } from '../../config/cloud.ts';
import { quote } from '../../config/problem.ts';
import { commonProblems, leadingNumber, plainEdition, readsChanges } from '../common-problems.ts';
import type { SourceProblem } from '../source.ts';
import { sqlserverFacts } from './facts.ts';

/** Oldest version that DMS reads at all, and the oldest whose Standard edition has change data capture. */
const OLDEST = 2008;
const STANDARD_CDC = 2016;

const EDITIONS = ['enterprise', 'standard', 'developer', 'workgroup', 'web', 'express'] as const;
const AZURE = ['azure-sql-database', 'azure-sql-managed-instance'] as const;
type Edition = (typeof EDITIONS)[number] | (typeof AZURE)[number];

/** Everything that makes a SQL Server unusable as configured. */
export function sqlserverProblems(source: SourceConfig, migration: MigrationType): SourceProblem[] {
  return [
    ...commonProblems(sqlserverFacts, source),
    ...oldVersion(source),
    ...editionProblems(source, migration),
    ...cdcProblems(source, migration),
  ];
}

/** True for Azure SQL Managed Instance, which has no MS-REPLICATION that DMS could use. */
export function isManagedInstance({ edition }: SourceConfig): boolean {
  return edition !== undefined && readEdition(edition) === 'azure-sql-managed-instance';
}

/** How changes are told, said or not. */
export function cdcOf({ cdc, hosting }: SourceConfig): NonNullable<SourceConfig['cdc']> {
  return cdc ?? (hosting === 'rds' ? 'ms-cdc' : 'ms-replication');
}

function oldVersion({ version }: SourceConfig): SourceProblem[] {
  const number = leadingNumber(version);
  if (number === null || number >= OLDEST) return [];
  const message = `DMS does not read SQL Server ${version}`;
  return [
    {
      path: ['version'],
      message,
      hint: 'Its versions are named after years, for instance "2019"; 2008 is the oldest.',
    },
  ];
}

function editionProblems(source: SourceConfig, migration: MigrationType): SourceProblem[] {
  if (source.edition === undefined) return [];
  const edition = readEdition(source.edition);
  const refuse = (message: string, hint: string): SourceProblem[] => [{ path: ['edition'], message, hint }];
  if (edition === null) {
    return refuse(
      `${quote(source.edition)} is no edition of SQL Server`,
      `Editions: ${[...EDITIONS, ...AZURE].join(', ')}.`,
    );
  }
  if (edition === 'express')
    return refuse('DMS does not read the Express edition', 'Move to another edition.');
  if (edition === 'web' && source.hosting === 'rds') {
    return refuse('DMS does not read the Web edition on RDS', 'Move to Standard or Enterprise.');
  }
  if (!readsChanges(migration)) return [];
  if (edition === 'web' || edition === 'workgroup' || edition === 'azure-sql-database') {
    return refuse(
      `DMS reads no changes from edition ${edition}`,
      'Set `migration: full-load`, or move to Standard (2016 or later), Enterprise or Developer.',
    );
  }
  const version = leadingNumber(source.version);
  if (edition !== 'standard' || version === null || version >= STANDARD_CDC) return [];
  return refuse(
    `the Standard edition has change data capture from ${STANDARD_CDC} on, and this is ${source.version}`,
    'Set `migration: full-load`, or upgrade the server.',
  );
}

function cdcProblems(source: SourceConfig, migration: MigrationType): SourceProblem[] {
  if (cdcOf(source) !== 'ms-replication' || !readsChanges(migration)) return [];
  const where =
    source.hosting === 'rds' ? 'RDS' : isManagedInstance(source) ? 'Azure SQL Managed Instance' : null;
  if (where === null) return [];
  return [
    { path: ['cdc'], message: `DMS cannot use MS-REPLICATION on ${where}`, hint: 'Set `cdc: ms-cdc`.' },
  ];
}

/** Takes what `serverproperty('Edition')` says too, `Enterprise Edition: Core-based Licensing (64-bit)`. */
function readEdition(edition: string): Edition | null {
  const plain = plainEdition(edition);
  if (plain === 'sql-azure') return 'azure-sql-database';
  return [...AZURE, ...EDITIONS].find((one) => plain === one || plain.startsWith(`${one}-`)) ?? null;
}
