import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { historyRef } from '../history/history-table.ts';
import { isAlive, parseWorker } from '../worker.ts';
import type { Workspace } from '../workspace.ts';

/** Who has a table. */
export interface Holder {
  /** Number of the claim. */
  readonly claim: string;
  /** Null where the claim does not tell. */
  readonly host: string | null;
  readonly pid: number | null;
  /** When it claimed the table; ISO instant. Null where the claim does not tell. */
  readonly since: string | null;
  /** When the claim expires unless it is prolonged; ISO instant. */
  readonly until: string;
  /** Its process, or another one with its number, runs on this machine. */
  readonly alive: boolean;
}

/**
 * Who has a table, or null when whoever wants it can have it. Where one process at a time can have the histories open
 * that is us, so nobody else has one.
 */
export async function findHolder(ws: Workspace, { name }: TableConfig): Promise<Holder | null> {
  const head = await ws.ledger.head(name);
  if (!head?.owner || ws.engine.dialect.capabilities.oneProcess) return null;
  if (head.fence === head.released || head.expiresAt <= ws.clock.now()) return null;
  const worker = parseWorker(head.owner);
  return {
    claim: String(head.fence),
    host: worker?.host ?? null,
    pid: worker?.pid ?? null,
    since: worker?.since ?? null,
    until: head.expiresAt,
    alive: worker !== null && isAlive(worker),
  };
}

/**
 * Takes a table from a holder that is dead, which a person has made sure of. What it still has running in the engine
 * fails, and should it be alive after all it is refused when it looks at its claim; what it did so far is taken up by
 * the next ingest. Returns who had it, or null when nobody had.
 *
 * Throws `TerminalError` HOLDER_CHANGED when another one has it by now, HOLDER_ALIVE when its process runs here.
 *
 * @param claim the one that the person was shown
 */
export async function unlockTable(ws: Workspace, table: TableConfig, claim: string): Promise<Holder | null> {
  const holder = await findHolder(ws, table);
  if (holder === null) return null;
  assertDead(table, holder, claim);
  // The first time before anything is changed: where a right is missing, the claim stays.
  await endStatements(ws, table);
  await ws.faults.at('unlock.stopped');
  await ws.ledger.breakClaim(table.name, BigInt(claim));
  await ws.faults.at('unlock.broken');
  // What began in between.
  await endStatements(ws, table);
  return holder;
}

function assertDead({ name }: TableConfig, holder: Holder, claim: string): void {
  const context = { table: name, claim: holder.claim };
  if (holder.claim !== claim) {
    throw new TerminalError(
      'HOLDER_CHANGED',
      `Table ${name} is not held by claim ${claim} but by claim ${holder.claim}. Look who that is: tidemark unlock ${name}`,
      { context },
    );
  }
  if (!holder.alive) return;
  throw new TerminalError(
    'HOLDER_ALIVE',
    `Table ${name} is held by process ${holder.pid} of this machine, which runs. End it first; if it is another program by now, the claim expires by itself at ${holder.until}.`,
    { context: { ...context, pid: holder.pid } },
  );
}

async function endStatements({ config, engine, clock }: Workspace, table: TableConfig): Promise<void> {
  const ref = historyRef(config, table);
  const sql = engine.dialect.endWrites(ref, clock.now());
  if (sql !== null && (await engine.columns(ref)) !== null) await engine.execute(sql);
}
