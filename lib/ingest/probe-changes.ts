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
export interface ChangeProbe extends Pick<ChangeFacts, 'repeats' | 'keyChanges'> {
  /** Different changes that lose against another one with the same key, time and sequence. */
  readonly ambiguous: number;
  readonly keys: number;
  readonly changes: number;
}

/** Whether the checks of a batch's files saw an update that changes a key. */
export function keyChangesIn(facts: ReadonlyMap<string, FileFacts>): ChangeFacts['keyChanges'] {
  return [...facts.values()].some(({ keyChanges }) => keyChanges > 0) ? 'possible' : 'none';
}

/** Asks how often keys and changes come. Ties are rare, so the dear question is asked only after the cheap one. */
export async function probeChanges(
  session: SqlSession,
  table: HistoryTable,
  files: readonly FileToRead[],
  keyChanges: ChangeFacts['keyChanges'],
): Promise<ChangeProbe> {
  const { dialect } = session;
  const [probe] = await session.query(renderChangeProbe(dialect, table, files, { keyChanges }));
  const [repeated = 0, keys = 0, changes = 0] = (probe ?? []).map(Number);
  const found = { keyChanges, keys, changes };
  if (repeated === 0) return { ...found, repeats: keys === changes ? 'no-key-twice' : 'none', ambiguous: 0 };
  const [ambiguous] = await session.query(renderAmbiguousCount(dialect, table, files, { keyChanges }));
  return { ...found, repeats: 'possible', ambiguous: Number(ambiguous?.[0] ?? 0) };
}

/** Where the keys of a batch lie, where knowing it spares reading; none: anywhere. */
export async function findKeyRanges(
  session: SqlSession,
  table: HistoryTable,
  files: readonly FileToRead[],
  { changes, keyChanges }: ChangeProbe,
): Promise<readonly KeyRange[]> {
  if (changes > MAX_RANGED_CHANGES) return [];
  const sql = renderKeyRanges(session.dialect, table, files, { keyChanges });
  return sql === null ? [] : parseKeyRanges(await session.query(sql));
}
