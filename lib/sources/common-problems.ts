import type { MigrationType, SourceConfig } from '../config/cloud.ts';
import { quote } from '../config/problem.ts';
import type { SettingsTarget } from './endpoint-settings.ts';
import { settingProblems } from './setting-problems.ts';
import type { Source, SourceProblem } from './source.ts';

/** What the checks need to know of an engine. */
export interface Facts extends Pick<Source, 'title' | 'hostings' | 'tlsModes' | 'refusedSettings'> {
  readonly target: SettingsTarget;
}

/** What can be wrong with a source of any engine. */
export function commonProblems(facts: Facts, source: SourceConfig): SourceProblem[] {
  return [
    ...hostingProblems(facts, source),
    ...versionProblems(source),
    ...tlsProblems(facts, source),
    ...foreignFields(source),
    ...settingProblems(facts.target, source, facts.refusedSettings),
  ];
}

/** The number that a version begins with: 2019 of `2019`, 12.2 of `12.2.0.1`, 19 of `19c`. Null when there is none. */
export function leadingNumber(version: string | undefined): number | null {
  const digits = version?.match(/^\d+(\.\d+)?/)?.[0];
  return digits === undefined ? null : Number(digits);
}

/** Letters and digits only, lower case: `Standard Edition (64-bit)` and `standard` both begin alike. */
export function plainEdition(edition: string): string {
  return edition
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

export function readsChanges(migration: MigrationType): boolean {
  return migration !== 'full-load';
}

function hostingProblems({ title, hostings }: Facts, { hosting }: SourceConfig): SourceProblem[] {
  if (hostings.includes(hosting)) return [];
  const hint =
    hosting === 'aurora'
      ? 'Aurora has engines of its own: aurora-postgresql and aurora-mysql.'
      : `Set \`hosting: ${hostings.join('` or `hosting: ')}\`.`;
  return [{ path: ['hosting'], message: `${title} is not hosted by ${quote(hosting)}`, hint }];
}

function versionProblems({ version }: SourceConfig): SourceProblem[] {
  if (version === undefined || leadingNumber(version) !== null) return [];
  const message = `${quote(version)} is no version`;
  return [{ path: ['version'], message, hint: 'Write its number, for instance "2019", "14" or "8.0".' }];
}

function tlsProblems({ title, tlsModes }: Facts, { tls, certificateArn }: SourceConfig): SourceProblem[] {
  if (!tlsModes.includes(tls)) {
    const message = `DMS has no TLS mode ${quote(tls)} for ${title}`;
    return [{ path: ['tls'], message, hint: `Choose one of ${tlsModes.join(', ')}.` }];
  }
  const verifies = tls.startsWith('verify-');
  if (verifies && certificateArn === undefined) {
    const hint =
      'Import the CA certificate of the server into DMS and set its ARN, or choose another TLS mode.';
    return [
      { path: ['certificate'], message: `is missing: TLS mode ${tls} checks the server against it`, hint },
    ];
  }
  if (verifies || certificateArn === undefined) return [];
  const stricter = tlsModes.filter((mode) => mode.startsWith('verify-')).join(' or ');
  const hint = `Set \`tls\` to ${stricter}, or take the certificate out.`;
  return [{ path: ['certificate'], message: `is not looked at in TLS mode ${tls}`, hint }];
}

function foreignFields({ engine, cdc, slot }: SourceConfig): SourceProblem[] {
  const problems: SourceProblem[] = [];
  if (cdc !== undefined && engine !== 'sqlserver') {
    const message = `${quote(cdc)} is a way of SQL Server only`;
    problems.push({ path: ['cdc'], message, hint: 'Take it out.' });
  }
  if (slot !== undefined && engine !== 'postgres' && engine !== 'aurora-postgresql') {
    problems.push({ path: ['slot'], message: 'is something that only PostgreSQL has', hint: 'Take it out.' });
  }
  return problems;
}
