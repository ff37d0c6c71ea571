import {
  ASSUMPTIONS,
  type AssumptionName,
  isAssumptionName,
  WAREHOUSE_SIZES,
  type WarehouseSize,
} from '../../lib/cloud-plan/assumptions.ts';
import type { CostItem } from '../../lib/cloud-plan/cost-item.ts';
import {
  type CloudPlan,
  type CloudPlanOptions,
  type Costs,
  planCloud,
} from '../../lib/cloud-plan/plan-cloud.ts';
import { isPriceName, PRICES } from '../../lib/cloud-plan/prices.ts';
import { nearestName } from '../../lib/config/names.ts';
import { deployFindings } from '../../lib/infra/deploy-problems.ts';
import type { Cli } from '../cli.ts';
import { grid } from '../output/grid.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible } from '../output/visible.ts';
import { UsageError } from '../usage-error.ts';
import { readConfig } from '../with-workspace.ts';

export interface CloudPlanArguments {
  readonly warehouse?: string;
  /** `name=usd` each. */
  readonly price?: readonly string[];
  /** `name=number` each. */
  readonly assume?: readonly string[];
  readonly json?: boolean;
}

/** What a deploy would make, in words, and what it would cost by list prices. Refuses what synth refuses. Calls nobody. */
export async function planCloudCommand(cli: Cli, options: CloudPlanArguments): Promise<void> {
  const wishes = readWishes(options);
  const plan = planCloud(await readConfig(cli, { also: deployFindings }), wishes);
  await cli.out.write(options.json ? toJson(plan) : describeCloudPlan(plan, cli.paint));
}

function readWishes({ warehouse, price = [], assume = [] }: CloudPlanArguments): CloudPlanOptions {
  return {
    ...(warehouse === undefined ? {} : { warehouse: readSize(warehouse) }),
    prices: Object.fromEntries(
      price.map((text) => readNumber('--price', text, isPriceName, Object.keys(PRICES))),
    ),
    assumed: Object.fromEntries(
      assume.map((text) => readNumber('--assume', text, isAssumptionName, Object.keys(ASSUMPTIONS))),
    ),
  };
}

function readSize(text: string): WarehouseSize {
  const sizes = Object.keys(WAREHOUSE_SIZES) as WarehouseSize[];
  const size = sizes.find((one) => one.toLowerCase() === text.toLowerCase());
  if (size) return size;
  throw new UsageError(
    'OPTION_INVALID',
    `--warehouse ${JSON.stringify(text)} is no size of a warehouse. Sizes: ${sizes.join(', ')}.`,
  );
}

function readNumber<Name extends string>(
  option: string,
  text: string,
  isName: (name: string) => name is Name,
  names: readonly string[],
): [Name, number] {
  const at = text.indexOf('=');
  const [name, written] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  const number = Number(written);
  if (!isName(name)) {
    const near = nearestName(name, names);
    const hint = near === null ? `Names: ${names.join(', ')}.` : `Did you mean "${near}"?`;
    throw new UsageError('OPTION_INVALID', `${option} knows no ${JSON.stringify(name)}. ${hint}`);
  }
  if (written.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new UsageError('OPTION_INVALID', `${option} ${text}: write ${name}=<number>, 0 or more.`);
  }
  return [name, number];
}

function describeCloudPlan(plan: CloudPlan, paint: Paint): string {
  const { pipeline, region, stacks, prices, warehouse } = plan;
  const stackLines = stacks.flatMap(({ name, holds }) => [
    `  ${paint.bold(visible(name))}`,
    ...holds.map((words) => `    ${visible(words)}`),
  ]);
  const others = region === prices.region ? '' : ` Those of ${region} may be up to a quarter higher.`;
  return [
    `${paint.bold(`Pipeline ${visible(pipeline)} in ${region}`)}\n${stackLines.join('\n')}\n`,
    costTable('A month in which nothing changes', plan.idleMonth, plan, paint),
    costTable('A million changes, on top', plan.millionChanges, plan, paint),
    costTable(
      'A month with changes all the time, in place of "warehouse at work"',
      plan.warehouseAwakeMonth,
      plan,
      paint,
    ),
    `${paint.bold('Assumed')}\n${assumptionTable(plan, paint)}  warehouse ${warehouse.size}, ${warehouse.dbuPerHour} DBU an hour; --warehouse and --assume change these\n`,
    `${paint.bold('Prices')}\n${priceTable(plan, paint)}  List prices of ${prices.region}, noted ${prices.asOf}, without free tiers, discounts, taxes and transfer of data.${others}\n  "about" was not read on the page itself. --price changes them.\n`,
  ].join('\n');
}

function costTable(title: string, { usd, items }: Costs, plan: CloudPlan, paint: Paint): string {
  const rows = items.map((item) => [dollars(item.usd), item.what, arithmetic(item, plan)]);
  const columns = [{ title: 'US$', align: 'right' as const }, { title: 'for' }, { title: 'calculated as' }];
  const unknown = items.some((item) => item.usd === null) ? ', without what has no known price' : '';
  return `${paint.bold(title)}: US$ ${dollars(usd)}${unknown}\n${indented(grid(columns, rows, paint))}`;
}

function arithmetic({ quantity, price }: CostItem, { prices }: CloudPlan): string {
  if (price === null) return `${amount(quantity)} × a price that is not known: see its source`;
  return `${amount(quantity)} × ${decimal(prices.used[price]?.usd ?? 0)} (${price})`;
}

function assumptionTable({ assumed }: CloudPlan, paint: Paint): string {
  const names = Object.keys(ASSUMPTIONS) as AssumptionName[];
  const rows = names.map((name) => [String(assumed[name]), name, ASSUMPTIONS[name].meaning]);
  const columns = [{ title: 'number', align: 'right' as const }, { title: 'name' }, { title: 'meaning' }];
  return indented(grid(columns, rows, paint));
}

function priceTable({ prices }: CloudPlan, paint: Paint): string {
  const rows = Object.entries(prices.used).map(([name, { usd, per, source, approximate }]) => [
    `${approximate ? 'about ' : ''}${decimal(usd)}`,
    name,
    per,
    source,
  ]);
  const columns = [
    { title: 'US$', align: 'right' as const },
    { title: 'name' },
    { title: 'for one' },
    { title: 'source' },
  ];
  return indented(grid(columns, rows, paint));
}

function dollars(usd: number | null): string {
  if (usd === null) return '?';
  return usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** A number without an exponent. */
function decimal(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 12 });
}

function amount(quantity: number): string {
  return quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 10 ? 4 : 1 });
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
