import { describe, expect, it } from 'vitest';
import { planCloud } from '../../../lib/cloud-plan/plan-cloud.ts';
import { ConfigError } from '../../../lib/errors.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';

describe('planCloud', () => {
  it('says in words what each stack holds', () => {
    expect(planCloud(cloudConfig()).stacks).toEqual([
      {
        name: 'shop-storage',
        holds: [
          'the bucket acme-lake-sales-eu-central-1, encrypted by a key that is made, and one for its access log; kept when the stack goes',
          'processed files: to Infrequent Access after 30 days, to Glacier Instant Retrieval after 90 days, kept for ever; replaced and deleted ones stay 30 days',
        ],
      },
      {
        name: 'shop-replication-erp',
        holds: [
          'DMS serverless, 1 to 8 capacity units of 2 GB, started or resumed by the deploy',
          'SQL Server database sales, full-load-and-cdc, 2 tables: customer, order_line',
          'files of changes cut every 60 seconds or at 32000 KB, into s3://acme-lake-sales-eu-central-1/landing',
        ],
      },
      {
        name: 'shop-pipeline',
        holds: [
          'in Databricks: the storage credential shop-eu-central-1; the external location shop-eu-central-1; schema, volumes, ledger, histories and grants, where they are missing',
          'histories of 2 tables in lake.sales: 4 functions and 3 queues; a table is rung at most every 60 seconds, and every table by rate(15 minutes); 10 tables at a time',
          'export serving of 2 tables to postgres, from inside the network: after new batches, at most every 300 seconds',
          'a table that one call has no time to send goes in parts, by a state machine',
          '30 alarms, a topic, mail to data@example.com, and a dashboard',
        ],
      },
    ]);
  });

  it('has a network stack where a VPC is made, and does not print hundreds of names', () => {
    const tables = Array.from({ length: 200 }, (_, at) => ({
      name: `t${at}`,
      source: `dbo.T${at}`,
      keys: ['id'],
    }));
    const cloud = { ...CLOUD_YAML.cloud, network: { kind: 'new' } };
    const exports = [{ ...CLOUD_YAML.exports[0], inNetwork: false, tables: ['t0'] }];
    const { stacks } = planCloud(cloudConfig({ tables, cloud, exports }));

    expect(stacks[0]).toEqual({
      name: 'shop-network',
      holds: [
        'a VPC 10.90.0.0/24 in two zones, with endpoints for S3, Secrets Manager, KMS and CloudWatch Logs',
        'no way out of it',
      ],
    });
    expect(stacks[2]?.holds[1]).toBe(
      'SQL Server database sales, full-load-and-cdc, 200 tables: t0, t1, t2, t3, t4, t5, t6, t7 and 192 more',
    );
  });

  it('says what is not made: a bucket that exists, objects made by hand, a replication that is paused', () => {
    const [erp] = CLOUD_YAML.replications;
    const { stacks } = planCloud(
      cloudConfig({
        replications: [{ ...erp, paused: true }],
        cloud: {
          ...CLOUD_YAML.cloud,
          bucket: { existing: true },
          lakehouse: {
            setup: false,
            storageCredential: { create: false, name: 'ours' },
            externalLocation: { create: false },
          },
        },
      }),
    );

    expect(stacks.map(({ name }) => name)).toEqual(['shop-replication-erp', 'shop-pipeline']);
    expect(stacks[0]?.holds[0]).toBe('DMS serverless, 1 to 8 capacity units of 2 GB, stopped: it is paused');
    expect(stacks[1]?.holds.slice(0, 2)).toEqual([
      'works in the bucket acme-lake-sales-eu-central-1: its settings are yours',
      'in Databricks: nothing, it was made by hand',
    ]);
  });

  it('refuses with every reason what cannot be deployed', () => {
    const config = cloudConfig({
      exports: [{ name: 'serving', connection: { url: '${env:URL}' } }],
    });

    expect(() => planCloud({ ...config, name: 'Shop Two' })).toThrow(ConfigError);
    try {
      planCloud({ ...config, name: 'Shop Two' });
    } catch (error) {
      expect((error as ConfigError).problems.map(({ path }) => path)).toEqual([
        'name',
        'exports[0].connection',
      ]);
    }
  });

  it('is the same for the same configuration, and plain JSON', () => {
    const plan = planCloud(cloudConfig());

    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(planCloud(cloudConfig())).toEqual(plan);
  });
});
