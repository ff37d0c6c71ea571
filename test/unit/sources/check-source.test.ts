import { describe, expect, it } from 'vitest';
import type { ReplicationConfig } from '../../../lib/config/cloud.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { sourceProblems } from '../../../lib/sources/check-source.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';
import { sourceOf } from './requests.ts';

const [replication] = cloudConfig().replications;
const [table] = cloudConfig().tables;

const withSource = (source: ReplicationConfig['source'], name = 'erp'): ReplicationConfig => ({
  ...replication!,
  name,
  source,
});
const named = (source: string, more: Partial<TableConfig> = {}): TableConfig => ({
  ...table!,
  source,
  ...more,
});

describe('sourceProblems', () => {
  it('finds nothing wrong with the plain configuration', () => {
    expect(sourceProblems(cloudConfig())).toEqual([]);
  });

  it('tells every problem with its place in the configuration', () => {
    const problems = sourceProblems({
      replications: [
        withSource(sourceOf('postgres'), 'first'),
        withSource(sourceOf('sqlserver', { edition: 'web', tls: 'verify-ca', settings: { 'a b': 1 } })),
      ],
      tables: [named('dbo.customer'), named(`dbo.it's`, { excludeColumns: ['note', 'unit-price', 'a#b'] })],
    });

    expect(problems).toEqual([
      {
        path: 'replications[1].source.tls',
        message: 'DMS has no TLS mode "verify-ca" for SQL Server',
        hint: 'Choose one of none, require, verify-full.',
      },
      {
        path: 'replications[1].source.settings["a b"]',
        message: '"a b" is no name of a setting',
        hint: 'Write it as the DMS API does, for instance HeartbeatFrequency.',
      },
      {
        path: 'replications[1].source.edition',
        message: 'DMS reads no changes from edition web',
        hint: 'Set `migration: full-load`, or move to Standard (2016 or later), Enterprise or Developer.',
      },
      {
        path: 'tables[1].source',
        message: `"dbo.it's": DMS copies no SQL Server table with ' in its name or its schema's`,
        hint: 'Rename it at the source, or copy a table of another name.',
      },
      {
        path: 'tables[1].excludeColumns[1]',
        message: '"unit-price" has "#", "\\", "/" or "-" in it, and DMS applies no rule to such a column',
        hint: 'Remove it, or copy a view of the table that leaves the column out.',
      },
      {
        path: 'tables[1].excludeColumns[2]',
        message: '"a#b" has "#", "\\", "/" or "-" in it, and DMS applies no rule to such a column',
        hint: 'Remove it, or copy a view of the table that leaves the column out.',
      },
    ]);
  });

  it.each([
    ['sqlserver', 'customer'],
    ['sqlserver', 'dbo.'],
    ['sqlserver', '.customer'],
    ['sqlserver', 'dbo.a;b'],
    ['sqlserver', 'dbo.a--b'],
    ['sqlserver', 'back\\slash.customer'],
    ['mysql', 'shop.cust`omer'],
    ['aurora-mysql', `o'shop.customer`],
    ['oracle', `HR.O'BRIEN`],
    ['oracle', 'HR.A_NAME_OF_MORE_THAN_THIRTY_BYTES'],
    ['postgres', 'public.new\nline'],
  ] as const)('refuses a table of %s called %j', (engine, source) => {
    const problems = sourceProblems({
      replications: [withSource(sourceOf(engine))],
      tables: [named(source)],
    });

    expect(problems.map(({ path }) => path)).toEqual(['tables[0].source']);
  });

  it.each([
    ['sqlserver', 'dbo.a]b'],
    ['sqlserver', 'a.b.customer table'],
    ['postgres', `public."it's"; --`],
    ['mysql', 'shop."x"'],
    ['oracle', 'HR.EMPLOYEES'],
  ] as const)('accepts a table of %s called %j', (engine, source) => {
    const problems = sourceProblems({
      replications: [withSource(sourceOf(engine))],
      tables: [named(source)],
    });

    expect(problems).toEqual([]);
  });

  it('leaves tables alone that no replication copies', () => {
    const tables = [named('no-schema', { replication: null, excludeColumns: ['a-b'] })];

    expect(sourceProblems({ replications: [withSource(sourceOf('sqlserver'))], tables })).toEqual([]);
  });

  it('finds what a configuration that is right in itself has wrong about its source', () => {
    const { replications } = structuredClone(CLOUD_YAML);
    const source = { ...replications[0]!.source, edition: 'express' };
    const yaml = JSON.stringify({ ...CLOUD_YAML, replications: [{ ...replications[0], source }] });
    const { config } = parseConfig(yaml, { baseDir: '/' });

    expect(sourceProblems(config)).toEqual([
      {
        path: 'replications[0].source.edition',
        message: 'DMS does not read the Express edition',
        hint: 'Move to another edition.',
      },
    ]);
  });
});
