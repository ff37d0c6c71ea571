import type { AssumedNumbers } from './assumptions.ts';
import type { PriceName, PriceTable } from './prices.ts';

/** So much of something at a price: what a person can check with a pencil. */
export interface CostItem {
  /** What is paid for: `DMS erp, from 1 unit`. */
  readonly what: string;
  readonly quantity: number;
  /** Null where no price is known; then it is not in the sum either. */
  readonly price: PriceName | null;
  readonly usd: number | null;
}

/** What costs are calculated with. */
export interface Basis {
  readonly prices: PriceTable;
  readonly assumed: AssumedNumbers;
  /** DBU an hour of the warehouse. */
  readonly warehouseDbu: number;
}

/** An item; null for nothing, so that lists name only what costs something. */
export function costItem(
  { prices }: Basis,
  what: string,
  quantity: number,
  price: PriceName,
): CostItem | null {
  return quantity === 0 ? null : { what, quantity, price, usd: quantity * prices[price].usd };
}

/** The items that there are, in their order. */
export function present(items: readonly (CostItem | null)[]): CostItem[] {
  return items.filter((item) => item !== null);
}

/** Dollars of all items whose price is known. */
export function sumOf(items: readonly CostItem[]): number {
  return items.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
}
