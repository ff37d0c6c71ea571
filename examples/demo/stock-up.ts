import { placeOrder, ship } from './deals.ts';
import type { Random } from './random.ts';
import { inventCustomer, inventProducts, ZOE } from './shop-names.ts';
import { inTransaction, type ShopSession } from './shop-session.ts';
import { CREATE_SHOP, INSERT_CUSTOMER, INSERT_PRODUCT } from './shop-tables.ts';

const CUSTOMERS = 40;
const ORDERS = 90;

/** Makes the shop as it is before anybody captures it: 40 customers, 24 products, 90 orders. */
export async function stockUp(session: ShopSession, random: Random): Promise<void> {
  await session.query(CREATE_SHOP);
  await inTransaction(session, async () => {
    for (let id = 1; id <= CUSTOMERS; id += 1) {
      const [publicId, name, email, city, ...rest] = inventCustomer(random);
      const who = id === ZOE.id ? [ZOE.name, ZOE.email, ZOE.city] : [name, email, city];
      await session.query(INSERT_CUSTOMER, [publicId, ...who, ...rest]);
    }
    for (const product of inventProducts(random)) await session.query(INSERT_PRODUCT, product);
  });
  await inTransaction(session, async () => {
    for (let i = 0; i < ORDERS; i += 1) {
      await placeOrder(session, random, i === 7 ? 'gift: “für Oma” 🎁' : null);
      if (i % 3 > 0) await ship(session, random);
    }
  });
}
