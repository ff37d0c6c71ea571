import { comparePositions, keyOf, type Position, sameIn } from './oracle-changes.ts';
import type { HistoryRow, OracleHistory, OracleTable, PlainChange, Values } from './oracle-types.ts';

type Row = { -readonly [field in keyof HistoryRow]: HistoryRow[field] };
type Verdict = 'stale' | 'nothing' | 'insert' | 'close' | 'succeed' | 'replace';
type Outcome = { opened: number; closed: number; updated: number; unchanged: number; stale: number };

/** Mode `last-change`: only the last change per key of a batch counts, against the key's latest row. */
export class LastChange implements OracleHistory {
  readonly #table: () => OracleTable;
  readonly #rows: Row[] = [];

  constructor(table: () => OracleTable) {
    this.#table = table;
  }

  apply(changes: readonly PlainChange[], batchId: bigint): Outcome {
    const outcome: Outcome = { opened: 0, closed: 0, updated: 0, unchanged: 0, stale: 0 };
    for (const [key, change] of lastPerKey(changes, this.#table().keys)) {
      const latest = this.#latestRow(key);
      const verdict = latest ? this.#judge(change, latest) : 'insert';
      this.#carryOut(verdict, change, latest, batchId);
      count(outcome, verdict);
    }
    return outcome;
  }

  closeUnseen(instant: string, batchId: bigint): number {
    const unseen = this.#rows.filter((row) => row.current && row.seen_date < instant);
    for (const row of unseen) {
      end(row, { t: instant, s: '' }, batchId);
      see(row, { t: instant, s: '' });
    }
    return unseen.length;
  }

  mapValues(map: (values: Values) => Values): void {
    for (const row of this.#rows) row.values = map(row.values);
  }

  rows(): HistoryRow[] {
    return this.#rows.map((row) => ({ ...row }));
  }

  #latestRow(key: string): Row | undefined {
    return this.#rows
      .filter((row) => keyOf(row.values, this.#table().keys) === key)
      .sort((a, b) => comparePositions(effective(b), effective(a)))[0];
  }

  /** The table of rules. Only `sequence: commit-time` can bring a change to the very position of its row. */
  #judge(change: PlainChange, latest: Row): Verdict {
    const table = this.#table();
    if (this.#isStale(change, latest)) return 'stale';
    if (change.kind === 'delete') return latest.current ? 'close' : 'nothing';
    const samePosition = comparePositions(change, effective(latest)) === 0;
    if (!latest.current) return samePosition ? 'replace' : 'insert';
    const tracked = sameIn(table.tracked, change.values, latest.values, table);
    if (!tracked) return samePosition ? 'replace' : 'succeed';
    const all = table.columns.map((column) => column.name);
    return sameIn(all, change.values, latest.values, table) ? 'nothing' : 'replace';
  }

  #isStale(change: PlainChange, latest: Row): boolean {
    const order = comparePositions(change, { t: latest.seen_date, s: latest.seen_seq });
    return this.#table().sequence === 'commit-time' ? order < 0 : order <= 0;
  }

  #carryOut(verdict: Verdict, change: PlainChange, latest: Row | undefined, batchId: bigint): void {
    if (verdict === 'stale') return;
    if (verdict === 'close' || verdict === 'succeed') end(latest!, change, batchId);
    if (verdict === 'replace') reopen(latest!, change.values, batchId);
    if (verdict === 'insert' || verdict === 'succeed') this.#rows.push(newRow(change, batchId));
    else see(latest!, change);
  }
}

function lastPerKey(changes: readonly PlainChange[], keys: readonly string[]): Map<string, PlainChange> {
  const last = new Map<string, PlainChange>();
  for (const change of changes) {
    const key = keyOf(change.values, keys);
    const other = last.get(key);
    if (!other || comparePositions(change, other) > 0) last.set(key, change);
  }
  return last;
}

function count(outcome: Outcome, verdict: Verdict): void {
  if (verdict === 'stale') outcome.stale += 1;
  if (verdict === 'nothing') outcome.unchanged += 1;
  if (verdict === 'replace') outcome.updated += 1;
  if (verdict === 'insert' || verdict === 'succeed') outcome.opened += 1;
  if (verdict === 'close' || verdict === 'succeed') outcome.closed += 1;
}

/** An open row, or a tombstone for a delete. */
function newRow(change: PlainChange, batchId: bigint): Row {
  const open = change.kind === 'upsert';
  return {
    values: change.values,
    current: open,
    effective_date: change.t,
    effective_seq: change.s,
    end_date: open ? null : change.t,
    end_seq: open ? null : change.s,
    seen_date: change.t,
    seen_seq: change.s,
    batch_id: batchId,
  };
}

function reopen(row: Row, values: Values, batchId: bigint): void {
  Object.assign(row, { values, current: true, end_date: null, end_seq: null, batch_id: batchId });
}

function end(row: Row, at: Position, batchId: bigint): void {
  Object.assign(row, { current: false, end_date: at.t, end_seq: at.s, batch_id: batchId });
}

function see(row: Row, at: Position): void {
  row.seen_date = at.t;
  row.seen_seq = at.s;
}

function effective(row: Row): Position {
  return { t: row.effective_date, s: row.effective_seq };
}
