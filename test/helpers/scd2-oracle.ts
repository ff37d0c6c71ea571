import { canonicalValues, dedupe, plainChanges, sameIn } from './oracle-changes.ts';
import { EveryChange } from './oracle-every-change.ts';
import { LastChange } from './oracle-last-change.ts';
import type {
  Change,
  Counts,
  HistoryRow,
  Oracle,
  OracleHistory,
  OracleTable,
  Values,
  VersionRow,
} from './oracle-types.ts';
import { canonicalInstant, compareText, compareValues } from './oracle-values.ts';

export type { Change, Counts, HistoryRow, Oracle, OracleTable, Values, VersionRow } from './oracle-types.ts';

const NOTHING: Counts = { read: 0, opened: 0, closed: 0, updated: 0, unchanged: 0, stale: 0, ambiguous: 0 };

/**
 * An independent reference of one table's history: row by row, plain, and written from the rules alone.
 * Throws for `every-change` without a change sequence, and for a sequence longer than 50.
 */
export function createOracle(table: OracleTable): Oracle {
  if (table.mode === 'every-change' && table.sequence === 'commit-time') {
    throw new Error('every-change needs a change sequence');
  }
  return new MemoryOracle(table);
}

class MemoryOracle implements Oracle {
  counts: Counts = NOTHING;
  #table: OracleTable;
  #reloadInstant: string | null = null;
  readonly #history: OracleHistory;

  constructor(table: OracleTable) {
    this.#table = table;
    const now = (): OracleTable => this.#table;
    this.#history = table.mode === 'every-change' ? new EveryChange(now) : new LastChange(now);
  }

  applyBatch(changes: readonly Change[], batchId: bigint | number): Counts {
    const plain = plainChanges(changes, this.#table, this.#reloadInstant);
    const batch = dedupe(plain, this.#table);
    const outcome = this.#history.apply(batch.changes, BigInt(batchId));
    this.counts = { read: changes.length, ...outcome, ambiguous: batch.ambiguous };
    return this.counts;
  }

  beginReload(instant: string): void {
    this.#reloadInstant = canonicalInstant(instant);
  }

  completeReload(batchId: bigint | number): Counts {
    if (this.#reloadInstant === null) throw new Error('no reload is open');
    const closes = this.#table.reload !== 'changes';
    const closed = closes ? this.#history.closeUnseen(this.#reloadInstant, BigInt(batchId)) : 0;
    this.#reloadInstant = null;
    this.counts = { ...NOTHING, closed };
    return this.counts;
  }

  evolve(columns: OracleTable['columns'], tracked: readonly string[]): void {
    this.#table = { ...this.#table, columns, tracked };
    this.#history.mapValues((values) => canonicalValues(values, this.#table));
  }

  rows(): HistoryRow[] {
    return this.#history
      .rows()
      .sort(
        (a, b) =>
          compareKeys(a.values, b.values, this.#table) ||
          compareText(a.effective_date, b.effective_date) ||
          compareText(a.effective_seq, b.effective_seq),
      );
  }

  snapshotCurrent(): Values[] {
    return this.rows()
      .filter((row) => row.current)
      .map((row) => row.values);
  }

  snapshotAsOf(instant: string): Values[] {
    const at = canonicalInstant(instant);
    return this.rows()
      .filter((row) => row.effective_date <= at && (row.end_date === null || row.end_date > at))
      .map((row) => row.values);
  }

  versions(): VersionRow[] {
    return mergeVersions(this.rows(), this.#table);
  }
}

function compareKeys(a: Values, b: Values, table: OracleTable): number {
  for (const key of table.keys) {
    const column = table.columns.find(({ name }) => name === key);
    if (!column) throw new Error(`key ${key} is no column`);
    const order = compareValues(column.type, a[key] ?? null, b[key] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** Rows, which must come sorted, as `_versions` shows them. */
function mergeVersions(rows: readonly HistoryRow[], table: OracleTable): VersionRow[] {
  const versions: VersionRow[] = [];
  for (const { values, current, effective_date, end_date } of rows) {
    if (effective_date === end_date) continue;
    const last = versions.at(-1);
    const continues =
      last !== undefined &&
      compareKeys(last.values, values, table) === 0 &&
      last.end_date === effective_date &&
      sameIn(table.tracked, last.values, values, table);
    if (continues) versions.pop();
    versions.push({
      values,
      current,
      effective_date: continues ? last.effective_date : effective_date,
      end_date,
    });
  }
  return versions;
}
