import type pg from 'pg';
import type { Cli } from '../../bin/cli.ts';
import { exportCommand } from '../../bin/commands/export.ts';
import { timeline } from '../../bin/commands/timeline.ts';
import { cellText } from '../../bin/output/cell.ts';
import type { SourceValues } from '../../lib/dms-files/dms-file.ts';
import { ingestTables } from '../../lib/ingest/ingest-tables.ts';
import type { Printer } from './print.ts';
import { readHistoryRows } from './read-tables.ts';
import type { Round } from './rounds.ts';
import { ZOE } from './shop-rows.ts';
import { type Shop, withShop } from './with-shop.ts';

/** Customers whose rows tell a change, a merge, and a number that is no more. */
const SHOWN = [ZOE, '8', '23'];
const COLUMNS = ['customer_id', 'name', 'city', 'credit_limit', 'loyalty_tier'];

/** Tells what happened at the shop, ingests the files that came of it, and shows what that did. Throws when a table failed. */
export async function showRound(shop: Shop, print: Printer, round: Round): Promise<void> {
  await print.part(round.title, `until ${round.endedAt.slice(11, 16)}`);
  await print.lines(round.events);
  await print.command('ingest');
  const reports = await withShop(shop, 'change', (ws) => ingestTables(ws.config.tables, ws.ingestDeps));
  await print.ingested(reports);
  for (const { error } of reports) if (error) throw error;
}

/** Sends the current snapshot of every table to Postgres. */
export async function showExport(cli: Cli, print: Printer): Promise<void> {
  await print.command('export');
  await exportCommand(cli, undefined, {});
}

/** Draws the life of one customer. */
export async function showTimeline(cli: Cli, print: Printer): Promise<void> {
  await print.part('One customer, from the first row to now');
  await print.command(`timeline customers --key customer_id=${ZOE}`);
  await timeline(cli, 'customers', { key: [`customer_id=${ZOE}`] });
}

/** Shows the same few customers now and at the end of a round. */
export async function showSnapshots(shop: Shop, print: Printer, then: Round): Promise<void> {
  const asOf = shortInstant(then);
  await print.part('The table now, and as it was');
  await print.lines([`Customers ${SHOWN.join(', ')}; the command prints all of them.`]);
  await withShop(shop, 'look', async (ws) => {
    await print.command('snapshot customers');
    await printCustomers(print, await readHistoryRows(ws, 'customers'));
    await print.command(`snapshot customers --as-of ${asOf}`);
    await printCustomers(print, await readHistoryRows(ws, 'customers', then.endedAt));
  });
}

/** The end of a round as one types it. */
export const shortInstant = (round: Round): string => round.endedAt.replace('.000000', '');

function printCustomers(print: Printer, rows: readonly SourceValues[]): Promise<void> {
  const shown = rows.filter((row) => SHOWN.includes(row.customer_id!));
  return print.table(
    COLUMNS.map((title) => ({ title })),
    shown.map((row) => COLUMNS.map((name) => cellText(row[name] ?? null))),
  );
}

const BEST_CUSTOMERS = `select c.name, c.city, count(*) as orders, sum(o.total) as total
from customers c
join orders o using (customer_id)
where o.status <> 'cancelled'
group by c.customer_id
order by sum(o.total) desc
limit 5`;

/** Asks the exported tables something. */
export async function showSql(client: pg.Client, print: Printer): Promise<void> {
  await print.part('The same rows, asked for in Postgres');
  await print.lines([...BEST_CUSTOMERS.split('\n').map((line) => `  ${line}`), '']);
  const { rows } = await client.query<{ name: string; city: string; orders: string; total: string }>(
    BEST_CUSTOMERS,
  );
  await print.table(
    [
      { title: 'name' },
      { title: 'city' },
      { title: 'orders', align: 'right' },
      { title: 'total', align: 'right' },
    ],
    rows.map(({ name, city, orders, total }) => [name, city, orders, total]),
  );
}
