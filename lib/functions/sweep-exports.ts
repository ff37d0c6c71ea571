import { isExpected } from '../cloud-plan/parts.ts';
import type { Config } from '../config/config.ts';
import { secondsBetween } from '../instant.ts';
import type { Workspace } from '../workspace.ts';

/** Since when each export lacks a batch; ISO instants, null where it lacks none. Of those that somebody expects. */
export type Lacking = Readonly<Record<string, string | null>>;

/** Asks the ledger what exports that run by themselves have not sent. */
export async function findLacking(ws: Workspace): Promise<Lacking> {
  const expected = ws.config.exports.filter(isExpected);
  const wanted = expected.flatMap(({ name, tables }) => tables.map((table) => ({ export: name, table })));
  const unsent = (await ws.ledger.exists()) ? await ws.ledger.unsent(wanted) : [];
  return Object.fromEntries(
    expected.map(({ name }) => {
      const since = unsent.filter((one) => one.export === name).map((one) => one.since);
      return [name, since.sort()[0] ?? null];
    }),
  );
}

/**
 * True when an export, by what was last known of it, lacks a batch for longer than is all right: worth waking the
 * warehouse, for it may have sent it since.
 */
export function isWorthAsking(
  { exports, cloud }: Pick<Config, 'exports' | 'cloud'>,
  lacking: Lacking,
  now: string,
): boolean {
  const bound = cloud.alarms.exportHours * 3600;
  return exports.filter(isExpected).some(({ name }) => {
    const since = lacking[name] ?? null;
    return since !== null && secondsBetween(since, now) > bound;
  });
}
