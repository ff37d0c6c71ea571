import { describe, expect, it } from 'vitest';
import { planCloud } from '../../../lib/cloud-plan/plan-cloud.ts';
import { PRICES } from '../../../lib/cloud-plan/prices.ts';
import { runsPerMonth } from '../../../lib/cloud-plan/runs-per-month.ts';
import type { CostItem } from '../../../lib/cloud-plan/cost-item.ts';
import { CLOUD_YAML, cloudConfig, type CloudYamlOverrides } from '../../helpers/cloud-config.ts';

/** Rows as a person would write them down: what, how much of it, dollars to so many places. */
function rows(items: readonly CostItem[], places = 4): (readonly [string, number, number | null])[] {
  return items.map(({ what, quantity, usd }) => [
    what,
    round(quantity, places),
    usd === null ? null : round(usd, places),
  ]);
}

const round = (number: number, places = 4): number => Math.round(number * 10 ** places) / 10 ** places;

function idle(overrides: CloudYamlOverrides = {}) {
  return planCloud(cloudConfig(overrides)).idleMonth;
}

function dms(replication: object): (readonly [string, number, number | null])[] {
  const [first] = CLOUD_YAML.replications;
  const { serverless: _, ...rest } = first;
  const { items } = idle({ replications: [{ ...rest, ...replication }] });
  return rows(items).filter(([what]) => what.startsWith('DMS'));
}

describe('a month in which nothing changes', () => {
  it('is what stands there and what looks for files, each a number times a price', () => {
    const { items, usd } = idle();

    expect(rows(items)).toEqual([
      ['DMS erp, 1 capacity unit', 730, 63.51],
      ['keys of the bucket and of the alarms', 2, 2],
      ['alarms', 30, 3],
      ['dashboard', 1, 3],
      ['metrics of pipeline and exports', 27, 8.1],
      ['lag of each table, if all have changes in every hour', 2, 0.6],
      // 2 tables × 2,920 looks of a second, and 2,920 sweeps of 30 seconds, with 1 GB.
      ['functions that look for files', 93_440, 1.2459],
      ['their calls', 8760, 0.0018],
      // A list a look, and one a table and sweep.
      ['their lists of folders', 11_680, 0.0584],
      ['their messages, three requests each', 17_520, 0.0088],
      ['their logs', 0.0438, 0.0219],
      // 3 queues × 900 times an hour.
      ['Lambda asking empty queues', 1_971_000, 0.7884],
      ['calls by schedules', 5840, 0.0058],
    ]);
    expect(usd).toBeCloseTo(82.3409, 3);
  });

  it('has units or machines in both zones where they are in two, and disk beyond what comes with them', () => {
    expect(dms({ serverless: { minUnits: 2, maxUnits: 8, multiAz: true } })).toEqual([
      ['DMS erp, 2 capacity units in two zones', 2920, 254.04],
    ]);
    expect(dms({ standard: { instanceClass: 'dms.t3.medium', storageGb: 100, multiAz: true } })).toEqual([
      ['DMS erp, dms.t3.medium in two zones', 1460, 108.77],
      ['DMS erp, disk beyond 50 GB', 100, 11.5],
    ]);
    expect(dms({ standard: { instanceClass: 'dms.c5.large', storageGb: 100 } })).toEqual([
      ['DMS erp, dms.c5.large', 730, 112.42],
    ]);
  });

  it('has no machines of a replication that is paused', () => {
    expect(dms({ serverless: { minUnits: 4, maxUnits: 8 }, paused: true })).toEqual([]);
  });

  it('says of a machine without a known price how long it runs, and leaves it out of the sum', () => {
    const capacity = { standard: { instanceClass: 'dms.r6i.32xlarge', storageGb: 100 } };

    expect(dms(capacity)).toEqual([['DMS erp, dms.r6i.32xlarge, hours', 730, null]]);
  });

  it('has endpoints in two zones and gateways where a VPC is made', () => {
    const network = { kind: 'new', natGateways: 2 };
    const { items } = idle({ cloud: { ...CLOUD_YAML.cloud, network } });

    expect(rows(items).slice(1, 3)).toEqual([
      ['endpoints of the VPC', 4380, 43.8],
      ['NAT gateways', 1460, 65.7],
    ]);
  });

  it('has no key where keys and topic are your own', () => {
    const cloud = {
      ...CLOUD_YAML.cloud,
      bucket: { existing: true },
      alarms: { topic: 'arn:aws:sns:eu-central-1:123456789012:pager' },
    };
    const names = rows(idle({ cloud }).items).map(([what]) => what);

    expect(names.filter((what) => what.startsWith('keys'))).toEqual([]);
  });

  it('has the warehouse awake for exports by schedule until it stops again', () => {
    const [serving] = CLOUD_YAML.exports;
    const { items } = idle({ exports: [{ ...serving, schedule: 'cron(0 6 * * ? *)' }] });

    expect(rows(items).slice(-2)).toEqual([
      // 30 times 2 minutes of work and 10 of waiting, at 4 DBU an hour: 24 DBU at 0.70.
      ['warehouse woken by the export serving', 24, 16.8],
      // 30 times 2 tables in 12 steps.
      ['steps of the export serving', 720, 0.018],
    ]);
  });

  it('looks at no table that is paused, and asks by no schedule that is not there', () => {
    const [customer, line] = CLOUD_YAML.tables;
    const paused = idle({ tables: [customer, { ...line, paused: true }] });
    const unscheduled = idle({ cloud: { ...CLOUD_YAML.cloud, ingest: { schedule: 'none' } } });
    const calls = ({ items }: { items: readonly CostItem[] }) =>
      items.find(({ what }) => what === 'their calls')?.quantity;

    expect(calls(paused)).toBe(2920 + 2920);
    expect(calls(unscheduled)).toBe(2920);
  });
});

describe('a million changes', () => {
  it('are 200 files in 100 batches', () => {
    const { items, usd } = planCloud(cloudConfig()).millionChanges;

    expect(rows(items, 6)).toEqual([
      // 1,500 seconds at 4 DBU an hour.
      ['warehouse at work', 1.666667, 1.166667],
      // 100 × 20 s with 1 GB, and 200 × 0.1 s with a quarter.
      ['functions', 2005, 0.026733],
      ['their calls', 300, 0.00006],
      ['files written and moved, folders listed', 500, 0.0025],
      ['files read', 1200, 0.00048],
      ['events of files', 400, 0.0004],
      ['messages of files, three requests each', 600, 0.00024],
      ['messages of tables, three requests each', 300, 0.00015],
      ['use of the key', 400, 0.0012],
      ['logs', 0.0015, 0.00075],
      ['a month of their files in the bucket', 0.15, 0.00345],
    ]);
    expect(usd).toBeCloseTo(1.20263, 5);
  });

  it('cost by the numbers and prices that a person gives', () => {
    const plan = planCloud(cloudConfig(), {
      warehouse: 'Small',
      prices: { 'databricks.dbu': 0.5 },
      assumed: { changesPerFile: 10_000, warehouseSecondsPerBatch: 36 },
    });

    // 50 batches × 36 s = half an hour at 12 DBU.
    expect(rows(plan.millionChanges.items)[0]).toEqual(['warehouse at work', 6, 3]);
    expect(plan.prices.used['databricks.dbu']).toEqual({
      usd: 0.5,
      per: 'DBU of a serverless SQL warehouse',
      source: 'given by you',
    });
    expect(plan.assumed).toMatchObject({ changesPerFile: 10_000, filesPerBatch: 2 });
  });
});

describe('a warehouse that never stops', () => {
  it('costs its size for every hour of the month', () => {
    expect(planCloud(cloudConfig()).warehouseAwakeMonth.usd).toBeCloseTo(2044, 6);
    expect(planCloud(cloudConfig(), { warehouse: 'Medium' }).warehouseAwakeMonth.usd).toBeCloseTo(12_264, 6);
  });
});

describe('runsPerMonth', () => {
  const { assumed } = planCloud(cloudConfig());

  it.each([
    ['rate(1 minute)', 43_800],
    ['rate(15 minutes)', 2920],
    ['rate(1 hour)', 730],
    ['rate(2 days)', 15.2083],
    ['cron(0 6 * * ? *)', 30],
    ['at(2030-01-01T00:00:00)', 0],
    [null, 0],
  ])('counts %s', (schedule, runs) => {
    expect(round(runsPerMonth(schedule, assumed))).toBe(runs);
  });
});

describe('PRICES', () => {
  it('are numbers above zero, each with what it is paid for and an address', () => {
    const wrong = Object.values(PRICES).filter(
      ({ usd, per, source }) => !(usd > 0) || per === '' || !source.startsWith('https://'),
    );

    expect(wrong).toEqual([]);
  });
});
