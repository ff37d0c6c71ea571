import type { Clock, SqlSession } from '../ports.ts';
import { createBatchLedger } from './batch-ledger.ts';
import { createClaimBreaker } from './claim-breaker.ts';
import { createErasureLedger } from './erasure-ledger.ts';
import { createFileLedger } from './file-ledger.ts';
import { createHeadLedger, LEASE_SECONDS } from './head-ledger.ts';
import { createLedgerIo } from './ledger-io.ts';
import { HEADS, LEDGER_TABLES, renderCreateLedgerTable } from './ledger-tables.ts';
import { createReloadLedger } from './reload-ledger.ts';
import { createSurveyLedger } from './survey-ledger.ts';

export type Ledger = ReturnType<typeof createLedger>;

export interface LedgerOptions {
  /**
   * How long a claim lasts that is made or renewed now; no statement may run for more than half of it.
   * @default 15 minutes
   */
  readonly leaseSeconds?: () => number;
}

/**
 * Batches, files, leases and reloads of every table of one schema, kept in tables beside the histories. Methods that
 * write take the session to write in, so that on an engine with transactions they commit with the history.
 */
export function createLedger(
  session: SqlSession,
  place: { readonly catalog: string; readonly schema: string },
  clock: Clock,
  { leaseSeconds = () => LEASE_SECONDS }: LedgerOptions = {},
) {
  const io = createLedgerIo(session, place);
  const files = createFileLedger(io, clock);
  return {
    /** Makes the ledger's tables; those that exist stay. */
    async prepare(): Promise<void> {
      for (const table of LEDGER_TABLES) {
        await session.execute(renderCreateLedgerTable(io.dialect, io.ref(table), table));
      }
    },

    /** True when the ledger's tables are there. */
    async exists(): Promise<boolean> {
      return (await session.columns(io.ref(HEADS))) !== null;
    },

    ...createHeadLedger(io, clock, leaseSeconds),
    ...createClaimBreaker(io, clock),
    ...createBatchLedger(io, clock),
    ...files,
    ...createReloadLedger(io, clock),
    ...createErasureLedger(io, clock),
    ...createSurveyLedger(io, clock),
  };
}
