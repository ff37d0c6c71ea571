import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD_YAML, cloudYaml } from '../helpers/cloud-config.ts';
import { createProject, type Project } from './cli-process.ts';

interface Costs {
  readonly usd: number;
  readonly items: readonly { readonly quantity: number; readonly price: string }[];
}

describe('tidemark plan --cloud', () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject(cloudYaml());
  });
  afterAll(() => project.remove());

  it('says what would be deployed, what it costs, what is assumed and where prices are from', async () => {
    const { code, stdout } = await project.run(['plan', '--cloud']);

    expect(code).toBe(0);
    expect(stdout).toContain('Pipeline shop in eu-central-1\n  shop-storage\n');
    expect(stdout).toContain('63.51  DMS erp, 1 capacity unit ');
    expect(stdout).toContain('730 × 0.087 (dms.capacityUnitHour)\n');
    expect(stdout).toMatch(/5000 {2}changesPerFile +changes in a file\n/);
    expect(stdout).toMatch(
      /about 0.087 {2}dms.capacityUnitHour .* https:\/\/aws.amazon.com\/dms\/pricing\/\n/,
    );
    expect(stdout).toContain('List prices of us-east-1, noted ');
    expect(stdout).not.toContain('e-7');
  });

  it('gives the same sums as text and as JSON: those of their items, each a quantity at a price', async () => {
    const { stdout } = await project.run(['plan', '--cloud']);
    const plan = JSON.parse((await project.run(['plan', '--cloud', '--json'])).stdout) as {
      idleMonth: Costs;
      millionChanges: Costs;
      prices: { used: Record<string, { usd: number }> };
    };

    for (const { usd, items } of [plan.idleMonth, plan.millionChanges]) {
      const sum = items.reduce(
        (before, item) => before + item.quantity * plan.prices.used[item.price]!.usd,
        0,
      );
      expect(usd).toBeCloseTo(sum, 9);
      expect(usd).toBeGreaterThan(1);
    }
    expect(stdout).toContain(`A month in which nothing changes: US$ ${plan.idleMonth.usd.toFixed(2)}\n`);
    expect(stdout).toContain(`A million changes, on top: US$ ${plan.millionChanges.usd.toFixed(2)}\n`);
  });

  it('calculates with a size, prices and assumptions of your own, and gives JSON', async () => {
    const wishes = [
      '--warehouse',
      'small',
      '--price',
      'databricks.dbu=0.5',
      '--assume',
      'changesPerFile=10000',
    ];
    const { stdout } = await project.run([
      'plan',
      '--cloud',
      '--json',
      ...wishes,
      '--assume',
      'filesPerBatch=4',
    ]);

    const plan = JSON.parse(stdout) as {
      warehouse: unknown;
      millionChanges: { items: { quantity: number }[] };
    };
    expect(plan.warehouse).toEqual({ size: 'Small', dbuPerHour: 12 });
    // 100 files, 25 batches of 15 seconds at 12 DBU an hour.
    expect(plan.millionChanges.items[0]).toEqual({
      what: 'warehouse at work',
      quantity: 1.25,
      price: 'databricks.dbu',
      usd: 0.625,
    });
  });

  it.each([
    [['plan', '--cloud', '--price', 'dms.capacityUnitHours=1'], 'Did you mean "dms.capacityUnitHour"?'],
    [['plan', '--cloud', '--price', 'databricks.dbu=cheap'], 'write databricks.dbu=<number>'],
    [['plan', '--cloud', '--warehouse', 'Huge'], 'Sizes: 2X-Small'],
    [['plan', '--warehouse', 'Small'], 'go with --cloud only'],
    [['plan', 'customer', '--cloud'], 'A table does not go with --cloud'],
  ])('refuses %j with a hint', async (args, hint) => {
    const { code, stderr } = await project.run(args);

    expect(code).toBe(2);
    expect(stderr).toContain(hint);
  });

  it('refuses what synth refuses, all at once; validate tells the same, or warns of what is right on a laptop', async () => {
    const [erp] = CLOUD_YAML.replications;
    const name = 'a-name-of-a-pipeline-that-is-too-long-for-aws';
    const replications = [{ ...erp, source: { ...erp.source, edition: 'web' } }];
    const wrong = await createProject(cloudYaml({ name, replications }));
    const long = await createProject(cloudYaml({ name }));

    const [planned, checked] = [await wrong.run(['plan', '--cloud']), await wrong.run(['validate'])];
    const warned = await long.run(['validate']);
    await Promise.all([wrong.remove(), long.remove()]);

    const edition =
      /replications\[0\]\.source\.edition \(line \d+\): DMS reads no changes from edition web\./;
    expect(planned.code).toBe(2);
    expect(planned.stderr).toMatch(edition);
    expect(planned.stderr).toMatch(/ name \(line 1\): .* too many for the names of functions/);
    expect(checked.code).toBe(2);
    expect(checked.stdout).toMatch(edition);
    expect(warned.code).toBe(0);
    expect(warned.stdout).toMatch(/^warning name: keeps this from being deployed: .* has 45 characters/);
  });
});
