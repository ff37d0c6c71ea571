import type { Clock } from '../ports.ts';
import { renderBreakClaim } from './lease.ts';
import type { LedgerIo } from './ledger-io.ts';
import { HEADS } from './ledger-tables.ts';

/** Ends claims that nobody will give back. */
export function createClaimBreaker(io: LedgerIo, clock: Clock) {
  return {
    /**
     * Ends a claim, if it is still the newest one: whoever made it is refused when it is looked at the next time. Done
     * twice it changes nothing more.
     */
    async breakClaim(table: string, fence: bigint): Promise<void> {
      await io.session.execute(
        renderBreakClaim(io.dialect, io.ref(HEADS), { table, fence, now: clock.now() }),
      );
    },
  };
}
