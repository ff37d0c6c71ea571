import { afterEach, describe, expect, it } from 'vitest';
import { CLOUD_YAML, cloudYaml } from '../helpers/cloud-config.ts';
import { createProject, type Project } from './cli-process.ts';

let project: Project;
afterEach(() => project.remove());

const [erp] = CLOUD_YAML.replications;

describe('tidemark prerequisites', { timeout: 60_000 }, () => {
  it('prints SQL to run and SQL that checks it for every table of a replication, all else as comments', async () => {
    project = await createProject(cloudYaml());
    const { code, stdout, stderr } = await project.run(['prerequisites', 'erp']);
    const lines = stdout.split('\n');

    expect([code, stderr]).toEqual([0, '']);
    expect(lines[0]).toBe('-- erp: SQL Server, read by DMS as tidemark_dms');
    expect(lines.filter((line) => /^-- \d+\. /.test(line))).toHaveLength(11);
    expect(lines.filter((line) => line === '-- Check:')).toHaveLength(11);
    expect(stdout).toContain(`\n    (N'dbo', N'Customer'),\n    (N'dbo', N'OrderLine')\n`);
    expect(stdout).toContain(
      [
        '-- 9. The database may be published (source database)',
        '-- DMS then makes publication AR_PUBLICATION_<number of the database, five digits> and an article for',
      ].join('\n'),
    );
    expect(stdout).toContain(
      [
        `exec sp_replicationdboption @dbname = N'sales', @optname = N'publish', @value = N'true';`,
        '',
        '-- Check:',
        `select name, is_published from sys.databases where name = N'sales';`,
        '--   is_published 1: ready',
        '--   is_published 0: it may not be published yet',
        '--   no rows: there is no such database',
      ].join('\n'),
    );
  });

  it('prints only what checks, for one table and the user of the secret', async () => {
    project = await createProject(cloudYaml());
    const { code, stdout } = await project.run([
      'prerequisites',
      'order_line',
      '--check',
      '--user',
      'reader',
    ]);

    expect(code).toBe(0);
    expect(stdout).toContain(`execute as login = N'reader';`);
    expect(stdout).toContain(`N'OrderLine'`);
    expect(stdout).not.toMatch(/Customer|create login|sp_cdc_enable_table|^-- See/m);
  });

  it('gives the same to machines, for every replication where none is named', async () => {
    const second = { ...erp, name: 'crm', source: { ...erp.source, engine: 'postgres', database: 'crm' } };
    const { edition: _edition, version: _version, ...source } = second.source;
    project = await createProject(
      cloudYaml({
        replications: [erp, { ...second, source }],
        tables: [
          { name: 'customer', source: 'dbo.Customer', keys: ['id'], replication: 'erp' },
          { name: 'lead', source: `public."odd" one`, keys: ['id'], replication: 'crm' },
        ],
      }),
    );
    const { code, stdout } = await project.run(['prerequisites', '--json']);
    const { replications } = JSON.parse(stdout) as {
      replications: { replication: string; engine: string; tables: string[]; steps: object[] }[];
    };

    expect(code).toBe(0);
    expect(replications.map(({ replication, engine, tables }) => [replication, engine, tables])).toEqual([
      ['erp', 'sqlserver', ['customer']],
      ['crm', 'postgres', ['lead']],
    ]);
    expect(replications[1]!.steps).toContainEqual(
      expect.objectContaining({
        title: 'Whole rows in the log',
        where: 'source database',
        sql: `alter table "public"."""odd"" one" replica identity full;`,
      }),
    );
  });

  it('refuses a source that cannot work, with the reason, and prints no SQL', async () => {
    const source = { ...erp.source, edition: 'web' };
    project = await createProject(cloudYaml({ replications: [{ ...erp, source }] }));
    const { code, stdout, stderr } = await project.run(['prerequisites']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('replications[0].source.edition: DMS reads no changes from edition web.');
  });

  it('tells of a name that there is not, and of a table that nothing copies', async () => {
    const tables = [...CLOUD_YAML.tables, { name: 'notes', keys: ['id'], replication: 'none' }];
    project = await createProject(cloudYaml({ tables, exports: null }));
    const unknown = await project.run(['prerequisites', 'custmer']);
    const foreign = await project.run(['prerequisites', 'notes']);

    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'error UNKNOWN_TABLE: No table or replication is called "custmer". Did you mean "customer"?\n',
    ]);
    expect([foreign.code, foreign.stderr]).toEqual([
      2,
      'error NOT_COPIED: No replication copies the table "notes": its files come from elsewhere.\n',
    ]);
  });

  it('tells that nothing is copied where there are no replications', async () => {
    project = await createProject('name: shop\ntables:\n  - name: customer\n    keys: id\n');
    const { code, stderr } = await project.run(['prerequisites', 'customer']);

    expect(code).toBe(2);
    expect(stderr).toContain('error NO_REPLICATIONS: ');
  });
});
