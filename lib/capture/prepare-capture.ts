import { TerminalError } from '../errors.ts';
import type { CaptureContext } from './capture-context.ts';
import { type CaptureState, readState } from './capture-state.ts';
import { assertSource } from './check-source.ts';
import { fullLoad, placeLoad } from './full-load.ts';
import { ensurePublication } from './publication.ts';
import { readServer, readTables } from './read-source.ts';
import { relationId, relationOf } from './relation.ts';
import { claimSlot, dropSlot, type FoundSlot, readSlot } from './slot.ts';
import type { SourceSession } from './source-session.ts';
import { isCopied } from './table-layout.ts';

/**
 * Brings a capture to where the log can be followed: checks the source, makes what is missing, loads the tables if that
 * was never completed. Throws `TransientError` CAPTURE_BUSY, and `TerminalError`: CAPTURE_REFUSED, CAPTURE_PUBLICATION, and CAPTURE_STATE when slot and
 * folder do not belong together.
 */
export async function prepareCapture(context: CaptureContext, session: SourceSession): Promise<CaptureState> {
  const server = await readServer(session);
  const relations = context.tables.map(relationOf);
  const found = await readTables(session, relations);
  assertSource(server, context.tables, found);
  await claimSlot(session, context.slot);
  const state = await readState(context.folder);
  const slot = await readSlot(session, context.slot);
  assertTogether(context, state, { slot, source: server.id });
  const wanted = context.tables.map((table) => {
    const relation = relationOf(table);
    const columns = found.find((one) => relationId(one) === relationId(relation))?.columns ?? [];
    return {
      ...relation,
      columns: columns.map(({ name }) => name).filter((name) => isCopied(table, name)),
    };
  });
  if (await ensurePublication(session, context.publication, wanted)) {
    context.logger.info('publication made', { publication: context.publication });
  }
  if (state?.phase === 'following') return state;
  if (state?.phase === 'placing') return placeLoad(context, state);
  // A load that was cut off: nobody has seen anything of it.
  if (slot) await dropSlot(session, context.slot);
  const loaded = await fullLoad(context, server.id);
  context.logger.info('slot made', { slot: context.slot });
  return placeLoad(context, loaded);
}

function assertTogether(
  { slot, folder, tables }: CaptureContext,
  state: CaptureState | null,
  { slot: found, source }: { slot: FoundSlot | null; source: string },
): void {
  if (!state) {
    if (!found) return;
    refuse(`Slot ${slot} is at the source, but nothing in ${folder} tells what was read of it`);
  }
  if (state.source !== source) refuse(`${folder} belongs to a capture of another database`);
  if (state.phase === 'loading') return;
  if (!found) refuse(`Slot ${slot} is gone from the source, and with it the changes since`);
  if (found.confirmed > state.position.lsn)
    refuse(
      `Slot ${slot} was made anew or read by somebody else, and changes that ${folder} has not are gone`,
    );
  const names = tables.map(({ name }) => name).sort();
  if (JSON.stringify(names) !== JSON.stringify(state.tables)) {
    refuse(`Slot ${slot} was made for other tables: ${state.tables.join(', ')}`);
  }
}

function refuse(what: string): never {
  throw new TerminalError(
    'CAPTURE_STATE',
    `${what}. Use another --slot, or start over with a full load: "tidemark dev capture --drop", then again without.`,
  );
}
