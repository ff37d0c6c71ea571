import { checkDeployable } from '../config/check-deployable.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../errors.ts';
import {
  ASSUMPTIONS,
  type AssumedNumbers,
  type AssumptionName,
  WAREHOUSE_SIZES,
  type WarehouseSize,
} from './assumptions.ts';
import { type Basis, type CostItem, sumOf } from './cost-item.ts';
import { describeDeployment, type PlannedStack } from './describe-deployment.ts';
import { idleCosts } from './idle-costs.ts';
import { awakeCosts, millionCosts } from './million-costs.ts';
import { partsOf } from './parts.ts';
import {
  PRICES,
  PRICES_AS_OF,
  PRICES_REGION,
  type Price,
  type PriceName,
  type PriceTable,
} from './prices.ts';

/** What a person knows better than the tables. */
export interface CloudPlanOptions {
  /** @default 2X-Small */
  readonly warehouse?: WarehouseSize;
  /** Dollars in place of a price. @default none */
  readonly prices?: Partial<Readonly<Record<PriceName, number>>>;
  /** @default none */
  readonly assumed?: Partial<AssumedNumbers>;
}

/** Costs, and their sum without what has no known price. */
export interface Costs {
  readonly usd: number;
  readonly items: readonly CostItem[];
}

/** A deployment in words, and what it costs by and by. Plain JSON. */
export interface CloudPlan {
  readonly pipeline: string;
  readonly region: string;
  readonly stacks: readonly PlannedStack[];
  /** Of a month without a change. */
  readonly idleMonth: Costs;
  /** Of a million changes, on top. */
  readonly millionChanges: Costs;
  /** Of a month in which the warehouse never stops, in place of its part of `millionChanges`. */
  readonly warehouseAwakeMonth: Costs;
  readonly warehouse: { readonly size: WarehouseSize; readonly dbuPerHour: number };
  readonly assumed: AssumedNumbers;
  readonly prices: {
    readonly region: string;
    readonly asOf: string;
    /** Those that were calculated with. */
    readonly used: Readonly<Partial<Record<PriceName, Price>>>;
  };
}

/**
 * What would be deployed and roughly what it would cost. Looks nothing up and calls nobody. Throws `ConfigError` with
 * everything that keeps the configuration from being deployed.
 */
export function planCloud(config: Config, options: CloudPlanOptions = {}): CloudPlan {
  const problems = checkDeployable(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const { warehouse = '2X-Small', prices = {}, assumed = {} } = options;
  const basis: Basis = {
    prices: priceTable(prices),
    assumed: assumedNumbers(assumed),
    warehouseDbu: WAREHOUSE_SIZES[warehouse],
  };
  const parts = partsOf(config);
  const [idleMonth, millionChanges, warehouseAwakeMonth] = [
    costs(idleCosts(config, parts, basis)),
    costs(millionCosts(config, basis)),
    costs(awakeCosts(basis)),
  ];
  const used = [idleMonth, millionChanges, warehouseAwakeMonth].flatMap(({ items }) => items);
  return {
    pipeline: config.name,
    region: config.region,
    stacks: describeDeployment(config, parts),
    idleMonth,
    millionChanges,
    warehouseAwakeMonth,
    warehouse: { size: warehouse, dbuPerHour: basis.warehouseDbu },
    assumed: basis.assumed,
    prices: { region: PRICES_REGION, asOf: PRICES_AS_OF, used: pricesOf(used, basis.prices) },
  };
}

function costs(items: readonly CostItem[]): Costs {
  return { usd: sumOf(items), items };
}

function priceTable(over: Partial<Readonly<Record<PriceName, number>>>): PriceTable {
  const names = Object.keys(PRICES) as PriceName[];
  const entries = names.map((name): [PriceName, Price] => {
    const usd = over[name];
    const { approximate: _, ...given }: Price = PRICES[name];
    return [name, usd === undefined ? PRICES[name] : { ...given, usd, source: 'given by you' }];
  });
  return Object.fromEntries(entries) as Record<PriceName, Price>;
}

function assumedNumbers(over: Partial<AssumedNumbers>): AssumedNumbers {
  const names = Object.keys(ASSUMPTIONS) as AssumptionName[];
  const entries = names.map((name) => [name, over[name] ?? ASSUMPTIONS[name].value]);
  return Object.fromEntries(entries) as Record<AssumptionName, number>;
}

function pricesOf(items: readonly CostItem[], table: PriceTable): Partial<Record<PriceName, Price>> {
  const names = new Set(items.flatMap(({ price }) => (price === null ? [] : [price])));
  return Object.fromEntries([...names].sort().map((name) => [name, table[name]]));
}
