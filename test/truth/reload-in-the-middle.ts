import { completeReload, startReload } from '../../lib/operations/reload.ts';
import type { TruthLab } from './truth-lab.ts';
import type { TruthTable } from './truth-tables.ts';
import { runWorkload, type Workload } from './workload.ts';

/**
 * Reads a table again while others write to it, and half of the time capture ends on the way. Returns whether an instant is outside of the reload: from its beginning
 * until its rows were read, the history mixes what was with what was read.
 */
export async function reloadInTheMiddle(
  lab: TruthLab,
  { name }: TruthTable,
  meanwhile: Workload,
): Promise<(instant: string) => boolean> {
  // Files of a load take the names of those of the one before.
  await lab.delivery.deliverLoads();
  await lab.ingest();
  const { instant } = await lab.withWorkspace((ws) => startReload(ws, ws.table(name)));
  const working = runWorkload(meanwhile);
  if (meanwhile.random.oneIn(2)) lab.crashes.arm('capture');
  const rows = await lab.reload(name);
  lab.crashes.disarm();
  const until = await sourceClock(lab);
  // What was captured before may still be on its way.
  await lab.delivery.deliverLoads();
  await lab.ingest();
  await lab.withWorkspace((ws) => completeReload(ws, ws.table(name), { rows }));
  await working;
  return (at) => at < instant || at > until;
}

async function sourceClock({ db }: TruthLab): Promise<string> {
  const [row] = await db.query(
    `select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`,
  );
  return row!.now!;
}
