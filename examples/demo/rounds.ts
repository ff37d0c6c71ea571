import { cdcFileName } from '../../lib/dms-files/file-names.ts';
import type { SourceTable, SourceValues } from '../../lib/dms-files/dms-file.ts';
import { secondsBetween } from '../../lib/instant.ts';
import type { Shop } from './shop.ts';
import { ZOE } from './shop-rows.ts';
import type { CutFile, DatabaseState } from './source-database.ts';

/** A change file on its way to the incoming folder. */
export interface Delivery extends CutFile {
  /** The file is broken on its way. */
  readonly damaged?: boolean;
}

/** What happened at the shop, and the files that arrive because of it. */
export interface Round {
  readonly title: string;
  /** Lines of at most 74 characters, for the reader. */
  readonly events: readonly string[];
  readonly files: readonly Delivery[];
  /** The shop's clock at the end; nothing happens at that very instant. */
  readonly endedAt: string;
  /** Its tables as they are defined at `endedAt`. */
  readonly tables: readonly SourceTable[];
  /** The rows of the shop at `endedAt`. */
  readonly state: DatabaseState;
}

/** The order that is shipped in a file which overtakes the one it was placed in. */
export const OVERTAKEN_ORDER = '5000000098';

/** The round whose end the demo comes back to, counted from 0. */
export const REMEMBERED_ROUND = 2;

const only = (table: string, files: readonly CutFile[]): CutFile[] =>
  files.filter((file) => file.table.name === table);
const allBut = (table: string, files: readonly CutFile[]): CutFile[] =>
  files.filter((file) => file.table.name !== table);

/** The demo's story: a day at the shop, a round at a time. The shop changes as the rounds are asked for. */
export function* playRounds(shop: Shop): Generator<Round> {
  const { db } = shop;
  const round = (
    clock: string,
    title: string,
    files: readonly Delivery[],
    events: readonly string[],
  ): Round => {
    db.wait(secondsBetween(db.now(), `2026-03-02T${clock}:00.000000Z`));
    return { title, events, files, endedAt: db.now(), tables: db.tables(), state: db.state() };
  };

  yield round('09:00', 'The full load', db.fullLoad(), [
    'DMS copies the four tables, one LOAD file each.',
    'Below, opened and closed count versions of rows in the histories.',
  ]);

  const zoe = shop.customer(ZOE);
  const opened = morning(shop);
  yield round('11:00', 'The morning', db.cut(), [
    'Orders come in. An order, its lines, the stock and the payment are one',
    'transaction: the order changes three times at one commit time.',
    'Zoë Ångström, customer 17, moves from Graz to Zürich.',
    'Somebody saves a customer form as it was: an update of nothing.',
  ]);

  const beforeNoon = noon(shop, opened);
  const afterNoon = lunch(shop, opened);
  yield round(
    '13:00',
    'Noon',
    [...allBut('orders', beforeNoon), ...afterNoon],
    [
      'Prices rise. An order is cancelled and its lines are deleted.',
      'Zoë closes her account: her row is deleted.',
      'One orders file is held up; a newer one overtakes it.',
    ],
  );

  const damaged = afternoon(shop, opened);
  const files = damaged.map((file) => ({ ...file, damaged: file.table.name === 'products' }));
  yield round('15:00', 'A damaged file', files, [
    'Product TEA-03B becomes TEA-90B, a change of key. TEA-08C is discontinued.',
    'An order loses its first line; the others move up and get new keys.',
    'The products file is damaged on its way. The other files go on.',
  ]);

  const evening = reunion(shop, zoe);
  yield round(
    '17:00',
    'Late, repaired',
    [...only('orders', beforeNoon), ...only('products', damaged), ...evening],
    [
      'The held-up orders file arrives; its changes are woven in where they belong.',
      'The products file is sent again, whole this time.',
      'Zoë comes back under her old number, now in Łódź.',
      'Accounts 8 and 23 are one person: 23 becomes 8, and its orders follow.',
    ],
  );

  const repeated = [...only('orders', damaged), ...only('order_lines', damaged)];
  const again = repeated.map((file) => ({ ...file, name: cdcFileName(db.now()) }));
  yield round(
    '18:00',
    'A new column',
    [...again, ...loyalty(shop)],
    [
      'The shop adds a column loyalty_tier to customers.',
      'DMS was restarted and sends changes of this afternoon once more, in new files.',
    ],
  );
}

const anyCustomer = ({ db, random }: Shop): string => random.pick(db.rows('customers')).customer_id!;

function sell(shop: Shop, orders: number): string[] {
  return Array.from({ length: orders }, () => shop.placeOrder(anyCustomer(shop)));
}

function raisePrices(shop: Shop, products: number): void {
  for (let i = 0; i < products; i += 1) {
    shop.changePrice(shop.random.pick(shop.db.rows('products')).sku!, 1.05);
  }
}

function morning(shop: Shop): string[] {
  const opened = sell(shop, 6);
  shop.updateCustomer(ZOE, { city: 'Zürich' });
  opened.push(shop.placeOrder(ZOE, 'please ring twice;\n"3rd floor", not 2nd'));
  shop.touchCustomer('5');
  return opened;
}

/** The changes whose orders file will be late. */
function noon(shop: Shop, opened: string[]): readonly CutFile[] {
  shop.ship(opened[0]!);
  opened.push(...sell(shop, 3));
  raisePrices(shop, 4);
  return shop.db.cut();
}

function lunch(shop: Shop, opened: string[]): readonly CutFile[] {
  shop.ship(OVERTAKEN_ORDER);
  shop.cancel(opened[1]!);
  shop.deleteCustomer(ZOE);
  opened.push(...sell(shop, 2));
  return shop.db.cut();
}

function afternoon(shop: Shop, opened: string[]): readonly CutFile[] {
  shop.renumber('TEA-03B', 'TEA-90B');
  shop.discontinue('TEA-08C');
  raisePrices(shop, 3);
  const lines = (order: string) =>
    shop.db.rows('order_lines').filter((line) => line.order_id === order).length;
  shop.dropFirstLine(opened.find((order) => lines(order) >= 3)!);
  shop.updateCustomer('12', { credit_limit: '1250.00', newsletter: 'true' });
  opened.push(...sell(shop, 3));
  return shop.db.cut();
}

function reunion(shop: Shop, zoe: SourceValues): readonly CutFile[] {
  shop.comeBack({ ...zoe, city: 'Łódź' });
  shop.mergeAccounts('8', '23');
  sell(shop, 3);
  return shop.db.cut();
}

function loyalty(shop: Shop): readonly CutFile[] {
  shop.db.addColumn('customers', { name: 'loyalty_tier', sqlType: 'varchar(10)' });
  shop.updateCustomer(ZOE, { loyalty_tier: 'gold' });
  for (const id of ['3', '8', '30']) shop.updateCustomer(id, { loyalty_tier: 'silver' });
  sell(shop, 2);
  return shop.db.cut();
}
