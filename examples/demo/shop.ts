import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import { addSeconds } from '../../lib/instant.ts';
import { createRandom, type Random } from './random.ts';
import { cents, money, newCustomer, newProducts } from './shop-rows.ts';
import { SHOP_TABLES } from './shop-tables.ts';
import { createSourceDatabase, type SourceDatabase, type Transaction } from './source-database.ts';

/** The shop's database is copied at this instant, and captured from then on. */
export const OPENING = '2026-03-02T09:00:00.000000Z';

/** A shop that sells tea. Everything one can do in it is one transaction of its database. */
export interface Shop {
  readonly db: SourceDatabase;
  readonly random: Random;
  /** Places an order of one to four lines for a customer and returns its number; it is paid in the same transaction. */
  placeOrder(customerId: string, note?: string): string;
  ship(orderId: string): void;
  /** Marks an order cancelled and deletes its lines. */
  cancel(orderId: string): void;
  /** Takes the first line off an order; those after it move up, so their keys change. */
  dropFirstLine(orderId: string): void;
  changePrice(sku: string, factor: number): void;
  /** The product gets another number: a change of its key. */
  renumber(sku: string, to: string): void;
  discontinue(sku: string): void;
  updateCustomer(id: string, set: SourceValues): void;
  /** Writes what is there already. */
  touchCustomer(id: string): void;
  deleteCustomer(id: string): void;
  /** A customer who was deleted registers again, under the old number. */
  comeBack(row: SourceValues): void;
  /** Two accounts of one person become one: the older number goes on, with what the newer account says. */
  mergeAccounts(older: string, newer: string): void;
  customer(id: string): SourceValues;
}

/** A shop with its customers, products and past orders, at `OPENING`. Equal seeds, equal shops. */
export function createShop(seed = 20_260_302): Shop {
  const random = createRandom(seed);
  const db = createSourceDatabase(SHOP_TABLES, OPENING);
  stockUp(db, random);
  let nextOrder = 5_000_000_001n + BigInt(db.rows('orders').length);

  /** Seconds and microseconds pass between two transactions. */
  const commit = (work: (tx: Transaction) => void): void => {
    db.wait(random.between(4_000_000, 150_000_000) / 1e6);
    db.transaction(work);
  };
  const find = (table: string, column: string, value: string): SourceValues[] =>
    db.rows(table).filter((row) => row[column] === value);
  const customer = (id: string): SourceValues => find('customers', 'customer_id', id)[0]!;

  return {
    db,
    random,
    placeOrder(customerId, note) {
      const order_id = String(nextOrder++);
      commit((tx) => placeOrder(tx, db, random, { order_id, customer_id: customerId, note: note ?? null }));
      return order_id;
    },
    ship: (order_id) =>
      commit((tx) =>
        tx.update('orders', { order_id }, { status: 'shipped', shipped_on: db.now().slice(0, 10) }),
      ),
    cancel: (order_id) =>
      commit((tx) => {
        for (const { line_no } of find('order_lines', 'order_id', order_id)) {
          tx.delete('order_lines', { order_id, line_no: line_no! });
        }
        tx.update('orders', { order_id }, { status: 'cancelled', total: money(0) });
      }),
    dropFirstLine: (order_id) =>
      commit((tx) => dropFirstLine(tx, order_id, find('order_lines', 'order_id', order_id))),
    changePrice: (sku, factor) =>
      commit((tx) => {
        const before = cents(find('products', 'sku', sku)[0]!.price);
        tx.update('products', { sku }, { price: money(Math.round(before * factor)) });
      }),
    renumber: (sku, to) => commit((tx) => tx.update('products', { sku }, { sku: to })),
    discontinue: (sku) => commit((tx) => tx.delete('products', { sku })),
    updateCustomer: (customer_id, set) => commit((tx) => tx.update('customers', { customer_id }, set)),
    touchCustomer: (customer_id) => commit((tx) => tx.update('customers', { customer_id }, {})),
    deleteCustomer: (customer_id) => commit((tx) => tx.delete('customers', { customer_id })),
    comeBack: (row) => commit((tx) => tx.insert('customers', row)),
    mergeAccounts: (older, newer) =>
      commit((tx) => {
        tx.delete('customers', { customer_id: older });
        tx.update('customers', { customer_id: newer }, { customer_id: older });
        for (const { order_id } of find('orders', 'customer_id', newer)) {
          tx.update('orders', { order_id: order_id! }, { customer_id: older });
        }
      }),
    customer,
  };
}

/** The tables as they were before anybody captured them: 40 customers, 24 products, 90 orders. */
function stockUp(db: SourceDatabase, random: Random): void {
  const past = (): string =>
    addSeconds(OPENING, -random.between(86_400, 40_000_000) - random.between(1, 999_999) / 1e6)
      .replace('T', ' ')
      .replace('Z', '');
  for (let id = 1; id <= 40; id += 1) db.preload('customers', newCustomer(random, id, past()));
  for (const product of newProducts(random)) db.preload('products', product);
  const tx: Pick<Transaction, 'insert'> = { insert: (table, row) => db.preload(table, row) };
  for (let i = 0; i < 90; i += 1) {
    const customer_id = String(random.between(1, 40));
    const order = {
      order_id: String(5_000_000_001 + i),
      customer_id,
      note: i === 7 ? 'gift: “für Oma” 🎁' : null,
    };
    const total = addLines(tx, db, random, order.order_id);
    const placed_at = past();
    const shipped_on = placed_at.slice(0, 10);
    tx.insert('orders', { ...order, status: 'shipped', total: money(total), placed_at, shipped_on });
  }
}

function placeOrder(tx: Transaction, db: SourceDatabase, random: Random, order: SourceValues): void {
  const order_id = order.order_id!;
  const placed_at = db.now().replace('T', ' ').replace('Z', '');
  tx.insert('orders', { ...order, status: 'new', total: money(0), placed_at, shipped_on: null });
  const total = addLines(tx, db, random, order_id, (sku, quantity) => {
    const product = db.rows('products').find((row) => row.sku === sku)!;
    tx.update('products', { sku }, { stock: String(Number(product.stock) - quantity) });
  });
  tx.update('orders', { order_id }, { total: money(total) });
  tx.update('orders', { order_id }, { status: 'paid' });
}

/** Adds one to four lines of different products and returns what they cost, in cents. */
function addLines(
  tx: Pick<Transaction, 'insert'>,
  db: SourceDatabase,
  random: Random,
  order_id: string,
  taken: (sku: string, quantity: number) => void = () => {},
): number {
  const products = db.rows('products');
  const lines = random.between(1, 4);
  const first = random.between(0, products.length - 1);
  let total = 0;
  for (let i = 0; i < lines; i += 1) {
    // Steps of five never come back to a product within four lines.
    const { sku, price } = products[(first + i * 5) % products.length]!;
    const quantity = random.between(1, 6);
    const line = {
      order_id,
      line_no: String(i + 1),
      sku: sku!,
      quantity: String(quantity),
      unit_price: price!,
    };
    tx.insert('order_lines', line);
    taken(sku!, quantity);
    total += cents(price) * quantity;
  }
  return total;
}

function dropFirstLine(tx: Transaction, order_id: string, lines: readonly SourceValues[]): void {
  const [first, ...rest] = [...lines].sort((a, b) => Number(a.line_no) - Number(b.line_no));
  tx.delete('order_lines', { order_id, line_no: first!.line_no! });
  for (const { line_no } of rest) {
    tx.update('order_lines', { order_id, line_no: line_no! }, { line_no: String(Number(line_no) - 1) });
  }
  const total = rest.reduce((sum, line) => sum + cents(line.unit_price) * Number(line.quantity), 0);
  tx.update('orders', { order_id }, { total: money(total), note: 'first line taken off' });
}
