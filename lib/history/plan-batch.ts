import type { Dialect } from '../ports.ts';
import { confirmsRows, renderEveryChangeDecisions, renderEveryChangeWrites } from './every-change.ts';
import { type HistoryTable, historyNames, isTracked } from './history-table.ts';
import { renderFirstRows, renderLastChangeDecisions, renderLastChangeWrites } from './last-change.ts';
import type { BatchCounts } from './batch-counts.ts';
import { renderFirstInsert, renderMerge, type Write } from './merge.ts';
import { type ChangeFacts, type FileToRead, NO_FACTS } from './read-changes.ts';
import { renderCountRows, renderRecount } from './recount.ts';

/** What to apply to a history in one batch. */
export interface BatchInput {
  readonly table: HistoryTable;
  /** Never empty. */
  readonly files: readonly FileToRead[];
  readonly batchId: bigint;
  /** The history has no rows and every row of the files is an insert of a first full load. */
  readonly firstLoad: boolean;
  /** What was found out about the changes. @default everything is possible */
  readonly facts?: ChangeFacts;
}

/** The statements of one batch, in order. `apply` alone changes the history. */
export interface BatchPlan {
  readonly kind: 'first-load' | 'merge';
  /** Makes the staging table, where the dialect has one. */
  readonly stage: string | null;
  readonly apply: string;
  /** Rows of (decision, how many), read after `stage`. */
  readonly counts: string | null;
  /** One row for `recount`, read after `apply`, where there is nothing staged to count. */
  readonly recount: string | null;
  readonly cleanup: string | null;
}

/** The plan of one batch: which one atomic statement applies it, and what is asked before and after. Pure. */
export function planBatch(dialect: Dialect, input: BatchInput): BatchPlan {
  if (input.firstLoad) return planFirstLoad(dialect, input);
  const { table, files, batchId, facts = NO_FACTS } = input;
  const every = table.config.history === 'every-change';
  const decisions = every
    ? renderEveryChangeDecisions(dialect, table, files, facts)
    : renderLastChangeDecisions(dialect, table, files, facts);
  const { staging } = dialect;
  const from = staging ? staging.table : `(\n${decisions}\n)`;
  const source = every
    ? renderEveryChangeWrites(dialect, table, from)
    : renderLastChangeWrites(dialect, table, from);
  return {
    kind: 'merge',
    stage: staging ? staging.create(decisions) : null,
    apply: renderMerge(dialect, table, source, batchId, possibleWrites(table), facts.keyRanges),
    counts: staging ? renderCounts(dialect, table, files, staging.table) : null,
    recount: staging ? null : renderRecount(dialect, table, batchId),
    cleanup: staging ? staging.drop : null,
  };
}

function planFirstLoad(
  dialect: Dialect,
  { table, files, batchId, facts: found = NO_FACTS }: BatchInput,
): BatchPlan {
  // Inserts alone: a key change needs an update.
  const facts: ChangeFacts = { ...found, keyChanges: 'none' };
  let rows = renderFirstRows(dialect, table, files, facts);
  // Of a key that comes once both modes keep the same row.
  if (table.config.history === 'every-change' && facts.repeats !== 'no-key-twice') {
    const decisions = renderEveryChangeDecisions(dialect, table, files, facts, true);
    rows = renderEveryChangeWrites(dialect, table, `(\n${decisions}\n)`);
  }
  return {
    kind: 'first-load',
    stage: null,
    apply: renderFirstInsert(dialect, table, rows, batchId),
    counts: null,
    // An insert of an engine that does not count is counted where it went, which was empty.
    recount: dialect.staging ? null : renderCountRows(dialect, table),
    cleanup: null,
  };
}

function possibleWrites(table: HistoryTable): readonly Write[] {
  if (table.config.history === 'every-change') return ['delete', 'close', 'touch', 'insert'];
  const inPlace =
    table.config.sequence === 'commit-time' || table.columns.some((c) => !isTracked(table.config, c.name));
  return inPlace ? ['close', 'rewrite', 'touch', 'insert'] : ['close', 'touch', 'insert'];
}

/** Rows of (what happened, how many) from the staged decisions; names are keys of `BatchCounts`. */
function renderCounts(
  dialect: Dialect,
  table: HistoryTable,
  files: readonly FileToRead[],
  staged: string,
): string {
  const names = historyNames(dialect, table);
  const decision = names.own('decision');
  const count = (name: keyof BatchCounts, conditions: readonly string[]): string => {
    const rows = conditions.map((condition) => `(select count(*) from ${staged} where ${condition})`);
    return `select '${name}', ${dialect.toText(rows.join(' + '), { kind: 'int', bits: 64 })}`;
  };
  const last: [keyof BatchCounts, ...string[]][] = [
    ['opened', `${decision} in ('open', 'replace')`],
    ['closed', `${decision} in ('close', 'replace')`],
    ['updated', `${decision} = 'update'`],
    ['tombstones', `${decision} = 'tombstone'`],
    ['unchanged', `${decision} = 'seen'`],
    ['stale', `${decision} = 'stale'`],
  ];
  const kind = names.own('kind');
  const storedEnd = names.own('stored_end_date');
  // A reloaded row that only confirms another is no row of its own.
  const confirmed = confirmsRows(table, files) ? [`${names.own('confirmed_at')} is not null`] : [];
  const every: [keyof BatchCounts, ...string[]][] = [
    ['opened', `${decision} = 'insert' and ${kind} = 'U'`],
    ['closed', `${decision} = 'close' and ${storedEnd} is null and ${names.own('end_date')} is not null`],
    ['updated', `${decision} = 'close' and ${storedEnd} is not null`],
    ['tombstones', `${decision} = 'insert' and ${kind} = 'D'`],
    ['unchanged', `${names.own('repeated')}`, ...confirmed],
    ['stale', 'false'],
  ];
  return (table.config.history === 'every-change' ? every : last)
    .map(([name, ...conditions]) => count(name, conditions))
    .join('\nunion all\n');
}

/** Reads the rows of `BatchPlan.counts`. */
export function parseCounts(rows: readonly (readonly (string | null)[])[]): BatchCounts {
  const found = new Map(rows.map(([name, value]) => [name, Number(value)]));
  const of = (name: keyof BatchCounts): number | null => found.get(name) ?? null;
  return {
    opened: of('opened'),
    closed: of('closed'),
    updated: of('updated'),
    tombstones: of('tombstones'),
    unchanged: of('unchanged'),
    stale: of('stale'),
  };
}
