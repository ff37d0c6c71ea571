import { setTimeout as sleep } from 'node:timers/promises';
import { pickDeal } from './deals.ts';
import { createRandom } from './random.ts';
import { inTransaction, isConflict, openSession, type ShopSession } from './shop-session.ts';

/** How busy the shop is. */
export interface ShopHours {
  /** URL of the shop's Postgres. */
  readonly url: string;
  readonly seed: number;
  /** Transactions a second, over all who work there. */
  readonly rate: number;
}

/** The shop while it is open. */
export interface OpenShop {
  readonly committed: number;
  readonly rolledBack: number;
  /** Lets everybody finish what is under way. Throws what broke meanwhile. Safe to call twice. */
  close(): Promise<void>;
}

/** Sessions that change rows side by side. */
const HANDS = 4;

/** Opens the shop: four sessions of Postgres make transactions at once, until it is closed. */
export async function openShop({ url, seed, rate }: ShopHours): Promise<OpenShop> {
  const counts = { committed: 0, rolledBack: 0 };
  let open = true;
  const work = async (session: ShopSession, hand: number): Promise<void> => {
    const random = createRandom(seed * 1000 + hand);
    const pauseMs = (1000 * HANDS) / rate;
    for (let due = Date.now(); open; due += random.between(50, 150) * (pauseMs / 100)) {
      await sleep(Math.max(0, due - Date.now()));
      const deal = pickDeal(random);
      const done = await inTransaction(session, () => deal(session, random)).catch(asConflict);
      counts[done ? 'committed' : 'rolledBack'] += 1;
    }
  };
  const hands = Array.from({ length: HANDS }, async (_, hand) => {
    const session = await openSession(url);
    await work(session, hand).finally(() => session.end());
  });
  const all = Promise.all(hands);
  // What breaks is told when the shop closes.
  all.catch(() => {});
  return {
    get committed() {
      return counts.committed;
    },
    get rolledBack() {
      return counts.rolledBack;
    },
    async close() {
      open = false;
      await all;
    },
  };
}

function asConflict(error: unknown): false {
  if (isConflict(error)) return false;
  throw error;
}
