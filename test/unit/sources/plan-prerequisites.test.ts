import { describe, expect, it } from 'vitest';
import { planPrerequisites } from '../../../lib/sources/plan-prerequisites.ts';
import { cloudConfig } from '../../helpers/cloud-config.ts';
import { sourceOf } from './requests.ts';

const config = cloudConfig();
const replication = config.replications[0]!;

describe('planPrerequisites', () => {
  it('is about every table of the replication, by its names at the source, with a user of its own', () => {
    const plan = planPrerequisites(config, replication);
    const tables = plan.steps.find(({ title }) => title === 'Tables that DMS can copy');

    expect(plan).toMatchObject({
      replication: 'erp',
      engine: 'sqlserver',
      user: 'tidemark_dms',
      tables: ['customer', 'order_line'],
    });
    expect(tables!.check).toContain(`(N'dbo', N'Customer'),\n    (N'dbo', N'OrderLine')`);
  });

  it('is about the tables that are asked for, and the user of the secret', () => {
    const plan = planPrerequisites(config, replication, { user: 'reader', tables: [config.tables[1]!] });

    expect(plan.tables).toEqual(['order_line']);
    expect(plan.user).toBe('reader');
    expect(JSON.stringify(plan.steps)).not.toMatch(/Customer|tidemark_dms/);
    expect(plan.steps[0]!.sql).toContain('create login [reader]');
  });

  it('leaves out the log where only rows are copied', () => {
    const plan = planPrerequisites(config, { ...replication, migration: 'full-load' });

    expect(plan.steps.map(({ title }) => title)).toEqual([
      'A login for DMS that reads tables',
      'Tables that DMS can copy',
    ]);
  });

  it('goes by the version and the kind of what runs DMS', () => {
    const rds = { ...replication, source: sourceOf('sqlserver', { hosting: 'rds', cdc: 'ms-cdc' }) };
    const standard = {
      kind: 'standard',
      instanceClass: 'dms.t3.medium',
      storageGb: 100,
      multiAz: false,
    } as const;
    const titles = (capacity: typeof replication.capacity) =>
      planPrerequisites(config, { ...rds, capacity }).steps.map(({ title }) => title);
    const oracle = { ...replication, source: sourceOf('oracle') };

    expect(titles(replication.capacity)).toContain('Capture job at its default pace');
    expect(titles({ ...standard, engineVersion: '3.5.2' })).toContain('Capture job that leaves DMS a day');
    expect(titles(standard)).toContain('Capture job at its default pace');
    expect(planPrerequisites(config, oracle).steps[0]!.sql).toContain('DBA_SEGMENTS');
    expect(planPrerequisites(config, { ...oracle, capacity: standard }).steps[0]!.sql).not.toContain(
      'DBA_SEGMENTS',
    );
  });
});
