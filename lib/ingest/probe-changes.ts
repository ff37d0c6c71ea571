import type { HistoryTable } from '../history/history-table.ts';
import { type KeyRange, MAX_RANGED_CHANGES, parseKeyRanges, renderKeyRanges } from '../history/key-ranges.ts';
import {
  type ChangeFacts,
  type FileToRead,
  renderAmbiguousCount,
  renderChangeProbe,
} from '../history/read-changes.ts';
import type { SqlSession } from '../ports.ts';
import type { FileFacts } from './batch-file.ts';

/** What a look at keys, times and sequences of a batch found. */
export interface Repeats extends Pick<ChangeFacts, 'repeats' | 'keyChanges'> {
  readonly keys: number;
  readonly changes: number;
}

/** What `findRepeats` found, and what only a report tells. */
export interface ChangeProbe extends Repeats {
  /** Different changes that lose against another one with the same key, time and sequence. */
  readonly ambiguous: number;
}

/** Whether the checks of a batch's files saw an update that changes a key. */
export function keyChangesIn(facts: ReadonlyMap<string, FileFacts>): ChangeFacts['keyChanges'] {
  return [...facts.values()].some(({ keyChanges }) => keyChanges > 0) ? 'possible' : 'none';
}

/** Asks how often keys and changes come: all that the statement of a batch depends on. */
export async function findRepeats(
  session: SqlSession,
  table: HistoryTable,
  files: readonly FileToRead[],
  keyChanges: ChangeFacts['keyChanges'],
): Promise<Repeats> {
  const [probe] = await session.query(renderChangeProbe(session.dialect, table, files, { keyChanges }));
  const [repeated = 0, keys = 0, changes = 0] = (probe ?? []).map(Number);
  const repeats = repeated > 0 ? 'possible' : keys === changes ? 'no-key-twice' : 'none';
  return { repeats, keyChanges, keys, changes };
}

/** Counts ambiguous changes too. Ties are rare, so the dear question is asked only after the cheap one. */
export async function probeChanges(
  session: SqlSession,
  table: HistoryTable,
  files: readonly FileToRead[],
  keyChanges: ChangeFacts['keyChanges'],
): Promise<ChangeProbe> {
  const found = await findRepeats(session, table, files, keyChanges);
  if (found.repeats !== 'possible') return { ...found, ambiguous: 0 };
  const sql = renderAmbiguousCount(session.dialect, table, files, { keyChanges });
  const [ambiguous] = await session.query(sql);
  return { ...found, ambiguous: Number(ambiguous?.[0] ?? 0) };
}

/**
 * Where the keys of a batch lie, where knowing it spares reading; none: anywhere.
 *
 * @param facts rows of the files, and whether one of them changes a key
 */
export async function findKeyRanges(
  session: SqlSession,
  table: HistoryTable,
  files: readonly FileToRead[],
  { rows, keyChanges }: { readonly rows: number } & Pick<ChangeFacts, 'keyChanges'>,
): Promise<readonly KeyRange[]> {
  if (rows > MAX_RANGED_CHANGES) return [];
  const sql = renderKeyRanges(session.dialect, table, files, { keyChanges });
  return sql === null ? [] : parseKeyRanges(await session.query(sql));
}
