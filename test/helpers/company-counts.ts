import type { TableReport } from '../../lib/ingest/report.ts';
import type { HistoryMode } from '../../lib/config/config.ts';
import { type Company, type Member, roundOf } from './company.ts';
import type { Counts } from './oracle-types.ts';
import { trackedColumns } from './scenarios.ts';
import type { Change, Oracle } from './scd2-oracle.ts';
import { oracleOfStory } from './story.ts';

/**
 * What the engine can tell of a batch: everything; what its merge and the history tell, so not which changes it knew
 * before in `every-change`; or nothing, as after a lost answer.
 */
export type CountsTold = 'all' | 'of the merge' | 'none';

/** Counts as the model and an engine both tell them. */
export type Summed = {
  [P in 'read' | 'inserted' | 'changed' | 'unchanged' | 'stale' | 'ambiguous']?: number | undefined;
};

/** What the model counts: of the changed rows also how many nobody sees changed. */
export type ModelCounts = Summed & { readonly changedUnseen: number };

/** The model counts tombstones among the opened, and every end that moved as closed; the sums are the same. */
export function countsOf({ rows, opened, tombstones, closed, ...report }: TableReport): Summed {
  return {
    read: rows,
    inserted: (opened ?? 0) + (tombstones ?? 0),
    changed: (closed ?? 0) + (report.updated ?? 0),
    unchanged: report.unchanged ?? undefined,
    stale: report.stale ?? undefined,
    ambiguous: report.ambiguous,
  };
}

/** Counts of the model summed as those of an engine are; what is not stated stays out. */
export function summed(counts: Partial<Counts>): Summed {
  const { read, opened, closed, updated, unchanged, stale, ambiguous } = counts;
  const known = { read, inserted: opened, unchanged, stale, ambiguous };
  const changed = closed === undefined && updated === undefined ? undefined : (closed ?? 0) + (updated ?? 0);
  return Object.fromEntries(Object.entries({ ...known, changed }).filter(([, count]) => count !== undefined));
}

/**
 * Those of the counts that an engine must tell. Rows bear the id of the batch that showed something else of them, so
 * who counts by it does not count what nobody sees.
 */
export function toldOf(mode: HistoryMode | undefined, told: CountsTold, model: ModelCounts): Summed {
  const { changedUnseen, ...wanted } = model;
  if (told === 'all') return wanted;
  const untold =
    told === 'none'
      ? ['inserted', 'changed', 'unchanged', 'stale']
      : mode === 'every-change'
        ? ['unchanged']
        : [];
  const seen = { ...wanted, changed: (wanted.changed ?? 0) - changedUnseen };
  return Object.fromEntries(Object.entries(seen).filter(([name]) => !untold.includes(name)));
}

/** What the model counts in each round of a company, all stories together. */
export function countsOfCompany(company: Company): readonly ModelCounts[] {
  const models = company.members.map((member) => ({ member, oracle: oracleOfStory(member.story) }));
  return company.rounds.map(({ reload, completes }, round) => {
    const counts = models.map(({ member, oracle }) => {
      if (reload !== null) oracle.beginReload(reload);
      const own = applyRound(oracle, member, round);
      if (completes) oracle.completeReload(round + 1);
      return own;
    });
    const all = sum(counts.flat());
    return { ...summed(all), changedUnseen: all.closedUnseen ?? 0 };
  });
}

/** Applies a member's files of a round to its model: full-load files are a batch before the others. */
function applyRound(oracle: Oracle, member: Member, round: number): Counts[] {
  const own = roundOf(member, round);
  if (own === null) return [];
  oracle.evolve(own.columns, trackedColumns(member.story.table, own.columns));
  const parts = [true, false].map((load) =>
    own.files.filter((file) => file.load === load).flatMap(({ changes }): readonly Change[] => changes),
  );
  return parts.filter((part) => part.length > 0).map((part) => oracle.applyBatch(part, own.batchId));
}

const NOTHING: Counts = { read: 0, opened: 0, closed: 0, updated: 0, unchanged: 0, stale: 0, ambiguous: 0 };

function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, counts) => ({
      read: total.read + counts.read,
      opened: total.opened + counts.opened,
      closed: total.closed + counts.closed,
      closedUnseen: (total.closedUnseen ?? 0) + (counts.closedUnseen ?? 0),
      updated: total.updated + counts.updated,
      unchanged: total.unchanged + counts.unchanged,
      stale: total.stale + counts.stale,
      ambiguous: total.ambiguous + counts.ambiguous,
    }),
    NOTHING,
  );
}
