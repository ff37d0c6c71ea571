import type { MigrationType, SourceConfig } from '../../config/cloud.ts';
import { quote } from '../../config/problem.ts';
import { commonProblems, leadingNumber, plainEdition, readsChanges } from '../common-problems.ts';
import type { SourceProblem } from '../source.ts';
import { oracleFacts } from './facts.ts';

const OLDEST = 10.2;
/** First version whose Express edition DMS reads no changes from. */
const EXPRESS_WITHOUT_CDC = 18;
const MAX_NAME_BYTES = 30;

const EDITIONS = ['enterprise', 'standard', 'standard-one', 'standard-two', 'express', 'personal'];

/** Everything that makes an Oracle database unusable as configured. */
export function oracleProblems(source: SourceConfig, migration: MigrationType): SourceProblem[] {
  return [
    ...commonProblems(oracleFacts, source),
    ...versionProblems(source),
    ...editionProblems(source, migration),
  ];
}

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.Oracle.html#CHAP_Source.Oracle.Limitations */
export function oracleNameProblem(name: string): string | null {
  if (/[\u0000-\u001f\u007f]/.test(name))
    return 'a control character in a name cannot be said in a rule of DMS';
  if (/['"]/.test(name)) return "DMS copies no Oracle table with quotes in its name or its schema's";
  const bytes = Buffer.byteLength(name);
  return bytes > MAX_NAME_BYTES
    ? `it has ${bytes} bytes and DMS takes ${MAX_NAME_BYTES} of an Oracle name`
    : null;
}

function versionProblems({ version }: SourceConfig): SourceProblem[] {
  const number = leadingNumber(version);
  if (number === null || number >= OLDEST) return [];
  const message = `DMS does not read Oracle ${version}`;
  return [{ path: ['version'], message, hint: `${OLDEST} is the oldest.` }];
}

function editionProblems({ edition, version }: SourceConfig, migration: MigrationType): SourceProblem[] {
  if (edition === undefined) return [];
  const plain = plainEdition(edition);
  const refuse = (message: string, hint: string): SourceProblem[] => [{ path: ['edition'], message, hint }];
  if (!EDITIONS.some((one) => plain === one || plain === `${one}-edition`)) {
    return refuse(`${quote(edition)} is no edition of Oracle`, `Editions: ${EDITIONS.join(', ')}.`);
  }
  const number = leadingNumber(version);
  const isOld = number !== null && number < EXPRESS_WITHOUT_CDC;
  if (!plain.startsWith('express') || isOld || !readsChanges(migration)) return [];
  return refuse(
    'DMS reads no changes from Oracle Express 18 and later',
    'Set `migration: full-load`, set `version` if it is older, or move to another edition.',
  );
}
