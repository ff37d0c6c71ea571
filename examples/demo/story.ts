import { ZOE } from './shop-names.ts';
import { inTransaction, isConflict, type ShopSession } from './shop-session.ts';

/** Something that happens once in every run. */
export interface Scene {
  /** When, as a part of the time that the shop is open. */
  readonly at: number;
  /** Lines of at most 70 characters, for the reader. */
  readonly told: readonly string[];
  /** Statements of one transaction at the source, or what is done to the worker. */
  readonly happens: readonly string[] | 'kill';
}

const zoe = `where customer_id = ${ZOE.id}`;

/** What the demo tells while the shop is open, in order. */
export const STORY: readonly Scene[] = [
  {
    at: 0.08,
    told: [`${ZOE.name}, customer ${ZOE.id}, moves from Graz to Zürich.`],
    happens: [`update customers set city = 'Zürich' ${zoe}`],
  },
  {
    at: 0.2,
    told: ['Every price rises by five percent, in one statement.'],
    happens: ['update products set price = round(price * 1.05, 2)'],
  },
  {
    at: 0.3,
    told: ['Zoë closes her account: her row is deleted.'],
    happens: [`delete from customers ${zoe}`],
  },
  {
    at: 0.4,
    told: ['The table customers gets a column, loyalty_tier. Nothing is stopped for it.'],
    happens: [
      'alter table customers add column loyalty_tier varchar(10)',
      `update customers set loyalty_tier = 'silver' where customer_id in (3, 8, 30)`,
    ],
  },
  {
    at: 0.55,
    told: ['The process that captures, ingests and exports is killed in the middle of it.'],
    happens: 'kill',
  },
  {
    at: 0.7,
    told: ['Zoë comes back under her old number, now in Łódź.'],
    happens: [
      `insert into customers (customer_id, public_id, name, email, city, newsletter)
       values (${ZOE.id}, '01890a5d-ac96-774b-bcce-b302099a8057', '${ZOE.name}', '${ZOE.email}', 'Łódź', true)`,
    ],
  },
  {
    at: 0.82,
    told: [
      'She becomes a gold customer, and changes her mind about the newsletter',
      'in the same transaction.',
    ],
    happens: [
      `update customers set loyalty_tier = 'gold' ${zoe}`,
      `update customers set newsletter = false ${zoe}`,
    ],
  },
];

const TRIES = 5;

/** Runs the statements of a scene as one transaction, again where it met another one. */
export async function playScene(session: ShopSession, statements: readonly string[]): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    try {
      await inTransaction(session, async () => {
        for (const sql of statements) await session.query(sql);
      });
      return;
    } catch (error) {
      if (left === 1 || !isConflict(error)) throw error;
    }
  }
}
