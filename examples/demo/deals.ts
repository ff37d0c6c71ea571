import type { Random } from './random.ts';
import { inventCity, inventCustomer, ZOE } from './shop-names.ts';
import type { ShopSession } from './shop-session.ts';
import { INSERT_CUSTOMER } from './shop-tables.ts';

/** What happens in one transaction at the shop; false asks for a rollback. */
export type Deal = (session: ShopSession, random: Random) => Promise<unknown>;

/** What happens, and how often in a hundred. */
export const DEALS: readonly (readonly [number, Deal])[] = [
  [38, (session, random) => placeOrder(session, random)],
  [18, ship],
  [10, changePrice],
  [7, cancel],
  [6, moveHouse],
  [5, dropFirstLine],
  [4, (session, random) => session.query(INSERT_CUSTOMER, inventCustomer(random))],
  [3, renumberProduct],
  [2, mergeAccounts],
  [2, saveAsItWas],
  [2, takeBackOneLine],
  [3, changeOfMind],
];

/** One deal by its weight. */
export function pickDeal(random: Random): Deal {
  let left = random.between(1, 100);
  for (const [weight, deal] of DEALS) {
    left -= weight;
    if (left <= 0) return deal;
  }
  return ship;
}

/** The value of the first column of one of the rows, or undefined when there is none. */
async function pick(session: ShopSession, random: Random, sql: string): Promise<string | undefined> {
  const rows = await session.query(sql);
  return rows.length === 0 ? undefined : (Object.values(random.pick(rows))[0] ?? undefined);
}

const someCustomer = `select customer_id from customers where customer_id <> ${ZOE.id} order by 1`;

/** An order, its lines and the stock: the order itself is changed three times in one transaction. */
export async function placeOrder(
  session: ShopSession,
  random: Random,
  note: string | null = null,
): Promise<string> {
  const customer = await pick(session, random, 'select customer_id from customers order by 1');
  const [order] = await session.query(
    `insert into orders (customer_id, status, note, total) values ($1, 'new', $2, 0) returning order_id`,
    [customer, note],
  );
  const id = order!.order_id!;
  const products = await session.query('select sku from products order by sku');
  const first = random.between(0, products.length - 1);
  // Steps of five never come back to a product within four lines. In order, so that orders wait for each other seldom.
  const skus = Array.from(
    { length: random.between(1, 4) },
    (_, i) => products[(first + i * 5) % products.length]!.sku!,
  ).sort();
  for (const [i, sku] of skus.entries()) {
    const quantity = random.between(1, 6);
    await session.query('update products set stock = stock - $2 where sku = $1', [sku, quantity]);
    await session.query(
      `insert into order_lines (order_id, line_no, sku, quantity, unit_price)
       select $1, $2, sku, $3, price from products where sku = $4`,
      [id, i + 1, quantity, sku],
    );
  }
  await setTotal(session, id);
  await session.query(`update orders set status = 'paid' where order_id = $1`, [id]);
  return id;
}

const setTotal = (session: ShopSession, order: string): Promise<unknown> =>
  session.query(
    `update orders set total = coalesce((select sum(quantity * unit_price) from order_lines where order_id = $1), 0)
     where order_id = $1`,
    [order],
  );

/** An order that was paid goes out. */
export async function ship(session: ShopSession, random: Random): Promise<void> {
  const order = await pick(
    session,
    random,
    `select order_id from orders where status = 'paid' order by 1 limit 20`,
  );
  await session.query(
    `update orders set status = 'shipped', shipped_on = current_date where order_id = $1 and status = 'paid'`,
    [order],
  );
}

async function changePrice(session: ShopSession, random: Random): Promise<void> {
  const sku = await pick(session, random, 'select sku from products order by sku');
  const factor = random.pick(['1.05', '0.98']);
  await session.query('update products set price = round(price * $2::numeric, 2) where sku = $1', [
    sku,
    factor,
  ]);
}

const recentOrder = 'select order_id from orders order by order_id desc limit 40';

async function cancel(session: ShopSession, random: Random): Promise<void> {
  const order = await pick(session, random, recentOrder);
  await session.query('delete from order_lines where order_id = $1', [order]);
  await session.query(`update orders set status = 'cancelled', total = 0 where order_id = $1`, [order]);
}

async function moveHouse(session: ShopSession, random: Random): Promise<void> {
  const customer = await pick(session, random, someCustomer);
  await session.query('update customers set city = $2 where customer_id = $1', [
    customer,
    inventCity(random),
  ]);
}

/** The other lines move up: the second part of their key changes. */
async function dropFirstLine(session: ShopSession, random: Random): Promise<void> {
  const order = await pick(session, random, recentOrder);
  const lines = await session.query(
    'select line_no from order_lines where order_id = $1 order by line_no for update',
    [order],
  );
  for (const [i, { line_no: line }] of lines.entries()) {
    await session.query(
      i === 0
        ? 'delete from order_lines where order_id = $1 and line_no = $2'
        : 'update order_lines set line_no = line_no - 1 where order_id = $1 and line_no = $2',
      [order, line],
    );
  }
  await setTotal(session, order ?? '0');
}

/** A change of key, which the lines of all orders follow. */
async function renumberProduct(session: ShopSession, random: Random): Promise<void> {
  const sku = await pick(session, random, 'select sku from products order by sku');
  const fresh = `TEA-${random.between(10, 99)}${random.pick(['A', 'B', 'C'])}`;
  await session.query(
    'update products set sku = $2 where sku = $1 and not exists (select from products where sku = $2)',
    [sku, fresh],
  );
}

/** Two accounts are one person: the older goes, the newer gets its number, its orders follow. */
async function mergeAccounts(session: ShopSession, random: Random): Promise<void> {
  const [older, newer] = [
    await pick(session, random, someCustomer),
    await pick(session, random, someCustomer),
  ];
  if (older === newer) return;
  await session.query('delete from customers where customer_id = $1', [older]);
  await session.query('update customers set customer_id = $1 where customer_id = $2', [older, newer]);
  await session.query('update orders set customer_id = $1 where customer_id = $2', [older, newer]);
}

/** An update of nothing. */
async function saveAsItWas(session: ShopSession, random: Random): Promise<void> {
  const customer = await pick(session, random, someCustomer);
  await session.query('update customers set name = name where customer_id = $1', [customer]);
}

/** Part of a transaction is rolled back, the rest committed. */
async function takeBackOneLine(session: ShopSession, random: Random): Promise<void> {
  const order = await placeOrder(session, random);
  await session.query('savepoint before_line');
  await session.query('delete from order_lines where order_id = $1', [order]);
  await session.query('rollback to savepoint before_line');
  await session.query(`update orders set note = 'all as ordered' where order_id = $1`, [order]);
}

/** All of it is rolled back. */
async function changeOfMind(session: ShopSession, random: Random): Promise<boolean> {
  await placeOrder(session, random);
  return false;
}
