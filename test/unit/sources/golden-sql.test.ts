import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../lib/config/cloud.ts';
import type { PrerequisiteRequest } from '../../../lib/sources/source.ts';
import { HOSTILE, sourceOf, sqlOf, stepsOf } from './requests.ts';

/**
 * T-SQL, PL/SQL and MySQL's SQL cannot be run here, so these files were read by a person against the guide, and a change
 * of them has to be read again. The SQL of PostgreSQL runs in `postgres-steps.test.ts`.
 */
const CASES: Readonly<Record<string, [SourceConfig, Partial<PrerequisiteRequest>?]>> = {
  'sqlserver-full-load': [sourceOf('sqlserver'), { fullLoadOnly: true }],
  'sqlserver-ms-replication': [sourceOf('sqlserver', { cdc: 'ms-replication' })],
  'sqlserver-ms-cdc': [sourceOf('sqlserver', { cdc: 'ms-cdc' })],
  'sqlserver-managed-instance': [
    sourceOf('sqlserver', { cdc: 'ms-cdc', edition: 'azure-sql-managed-instance' }),
  ],
  'sqlserver-rds': [sourceOf('sqlserver', { hosting: 'rds' })],
  'sqlserver-rds-dms-3.5.2': [sourceOf('sqlserver', { hosting: 'rds' }), { dmsVersion: '3.5.2' }],
  'sqlserver-hostile-names': [
    sourceOf('sqlserver', { cdc: 'ms-replication', database: `sh]o'p; --` }),
    { tables: HOSTILE, user: `d]m's` },
  ],
  'mysql-full-load': [sourceOf('mysql'), { fullLoadOnly: true }],
  mysql: [sourceOf('mysql', { tls: 'verify-ca' })],
  'mysql-rds-hostile-names': [sourceOf('mysql', { hosting: 'rds' }), { tables: HOSTILE, user: `d\`m's` }],
  'oracle-full-load': [sourceOf('oracle'), { fullLoadOnly: true, serverless: true }],
  oracle: [sourceOf('oracle')],
  'oracle-rds': [sourceOf('oracle', { hosting: 'rds' })],
  'oracle-rds-binary-reader': [
    sourceOf('oracle', { hosting: 'rds', settings: { UseLogminerReader: false, UseBFile: true } }),
  ],
  'oracle-hostile-names': [
    sourceOf('oracle'),
    { tables: [{ schema: `o'brien`, table: 'a.b; drop table x' }], user: `D'MS` },
  ],
};

describe('SQL for a source', () => {
  it.each(Object.keys(CASES))('%s is what its golden file says', async (name) => {
    const [source, more] = CASES[name]!;

    await expect(sqlOf(stepsOf(source, more))).toMatchFileSnapshot(`golden/${name}.sql`);
  });
});

describe('the capture job on RDS', () => {
  const polling = (dmsVersion: string | null): string | undefined =>
    sqlOf(stepsOf(sourceOf('sqlserver', { hosting: 'rds' }), { dmsVersion })).match(
      /@pollinginterval = (\d+)/,
    )?.[1];

  it.each([
    [null, '5'],
    ['3.5.3', '5'],
    ['3.5.10', '5'],
    ['3.6.0', '5'],
    ['4.0.0', '5'],
    ['3.5.2', '86399'],
    ['3.4.7', '86399'],
  ])('under DMS %s scans the log every %s seconds', (version, seconds) => {
    expect(polling(version)).toBe(seconds);
  });
});

describe('the name of a capture instance', () => {
  it('is shortened where SQL Server would refuse the usual one, and stays apart from others', () => {
    const long = (end: string) => ({ schema: 's'.repeat(60), table: `${'t'.repeat(60)}${end}` });
    const sql = sqlOf(
      stepsOf(sourceOf('sqlserver', { cdc: 'ms-cdc' }), {
        tables: [long('a'), long('b'), { schema: 'dbo', table: 'short' }],
      }),
    );
    const names = [...sql.matchAll(/@capture_instance = N'([^']+)'/g)].map(([, name]) => name!);

    expect(names.map((name) => name.length)).toEqual([100, 100]);
    expect(new Set(names).size).toBe(2);
  });
});
