import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import { readPostgresRows } from './read-tables.ts';
import { alone, type ShopSession } from './shop-session.ts';
import { SHOP_TABLES } from './shop-tables.ts';

/** All rows of the shop by table, right after one commit. */
export type ShopState = ReadonlyMap<string, readonly SourceValues[]>;

/** What the shop was at the commit that wrote one row of `tallies`. */
export interface Tally {
  /** Key of that row, by which the history knows the commit's time. */
  readonly no: number;
  readonly state: ShopState;
}

/** Writes a row of `tallies` and reads every table in the same transaction, while no other one is open. */
export function takeTally(session: ShopSession, no: number): Promise<Tally> {
  return alone(session, async () => {
    await session.query('insert into tallies (tally_no) values ($1)', [no]);
    return { no, state: await readShop(session) };
  });
}

/** Every row of every table, as this session sees them. */
export async function readShop(session: ShopSession): Promise<ShopState> {
  const state = new Map<string, readonly SourceValues[]>();
  for (const { name } of SHOP_TABLES) state.set(name, await readPostgresRows(session, name));
  return state;
}
