import type { Cli } from '../../bin/cli.ts';
import { timeline } from '../../bin/commands/timeline.ts';
import type { Printer } from './print.ts';
import { ZOE } from './shop-names.ts';
import type { ShopSession } from './shop-session.ts';

/** Draws the life of one customer. */
export async function showTimeline(cli: Cli, print: Printer): Promise<void> {
  await print.part('One customer, from the first row to now');
  await print.command(`timeline customers --key customer_id=${ZOE.id}`);
  await timeline(cli, 'customers', { key: [`customer_id=${ZOE.id}`] });
}

const BEST_CUSTOMERS = `select c.name, c.city, count(*) as orders, sum(o.total) as total
from customers c
join orders o using (customer_id)
where o.status <> 'cancelled'
group by c.customer_id, c.name, c.city
order by sum(o.total) desc
limit 5`;

/** Asks the exported tables something. */
export async function showSql(target: ShopSession, print: Printer): Promise<void> {
  await print.part('The same rows, asked for in the other Postgres');
  await print.lines([...BEST_CUSTOMERS.split('\n').map((line) => `  ${line}`), '']);
  const rows = await target.query(BEST_CUSTOMERS);
  await print.table(
    [
      { title: 'name' },
      { title: 'city' },
      { title: 'orders', align: 'right' },
      { title: 'total', align: 'right' },
    ],
    rows.map(({ name, city, orders, total }) => [name ?? '', city ?? '', orders ?? '', total ?? '']),
  );
}
