import { comparePositions, keyOf, onlyKey, type Position, sameIn } from './oracle-changes.ts';
import type { Counts, HistoryRow, OracleHistory, OracleTable, PlainChange, Values } from './oracle-types.ts';

type End = { readonly date: string; readonly seq: string } | null;

/** A change of the set, and what is remembered of the row that is its image. */
interface Member extends Position {
  readonly kind: 'upsert' | 'delete';
  values: Values;
  /** Instant of the last reload that found the row unchanged. */
  confirmedAt: string | null;
  /** Last batch that changed what can be seen of the row. */
  batchId: bigint;
  /** The row's end as it was when last settled; undefined where there was no row. */
  end: End | undefined;
}

/** Mode `every-change`: a set of changes; the rows are built from it from scratch every time they are asked for. */
export class EveryChange implements OracleHistory {
  readonly #table: () => OracleTable;
  readonly #set: Member[] = [];

  constructor(table: () => OracleTable) {
    this.#table = table;
  }

  apply(changes: readonly PlainChange[], batchId: bigint): Omit<Counts, 'read' | 'ambiguous'> {
    let unchanged = 0;
    const capturedFirst = [
      ...changes.filter((change) => !change.confirms),
      ...changes.filter((change) => change.confirms),
    ];
    for (const change of capturedFirst) {
      if (this.#has(change) || this.#confirm(change)) unchanged += 1;
      else this.#add(change, batchId);
    }
    return { ...this.#settle(batchId), updated: 0, unchanged, stale: 0 };
  }

  closeUnseen(instant: string, batchId: bigint): number {
    const unseen = this.rows().filter((row) => row.current && row.seen_date < instant);
    for (const { values } of unseen) {
      this.#add({ kind: 'delete', t: instant, s: '', values, confirms: false }, batchId);
    }
    this.#settle(batchId);
    return unseen.length;
  }

  mapValues(map: (values: Values) => Values): void {
    for (const member of this.#set) member.values = map(member.values);
  }

  rows(): HistoryRow[] {
    return image(this.#set, this.#table().keys).map(({ member, end }) => toRow(member, end));
  }

  #membersOf(values: Values): Member[] {
    const { keys } = this.#table();
    return this.#set.filter((m) => keyOf(m.values, keys) === keyOf(values, keys)).sort(comparePositions);
  }

  #has(change: PlainChange): boolean {
    return this.#membersOf(change.values).some((member) => comparePositions(member, change) === 0);
  }

  #add(change: PlainChange, batchId: bigint): void {
    const { kind, t, s } = change;
    const values = kind === 'delete' ? onlyKey(change.values, this.#table()) : change.values;
    this.#set.push({ kind, t, s, values, confirmedAt: null, batchId, end: undefined });
  }

  /** True when a reloaded row only says again what the row valid at its position says. */
  #confirm(change: PlainChange): boolean {
    if (!change.confirms) return false;
    const table = this.#table();
    const valid = this.#membersOf(change.values)
      .filter((member) => comparePositions(member, change) < 0)
      .at(-1);
    const all = table.columns.map((column) => column.name);
    if (valid?.kind !== 'upsert' || !sameIn(all, change.values, valid.values, table)) return false;
    if (valid.confirmedAt === null || valid.confirmedAt < change.t) valid.confirmedAt = change.t;
    return true;
  }

  /** Compares the image of the set with the one before: rows that are new, rows whose end moved. */
  #settle(batchId: bigint): { opened: number; closed: number; closedUnseen: number } {
    let opened = 0;
    let closed = 0;
    let closedUnseen = 0;
    const rows = image(this.#set, this.#table().keys);
    const there = new Set(rows.map(({ member }) => member));
    // A tombstone that found its row may be one again later, and is a new row then.
    for (const member of this.#set) if (!there.has(member)) member.end = undefined;
    for (const { member, end } of rows) {
      const before = member.end;
      member.end = end;
      if (before === undefined) {
        opened += 1;
        member.batchId = batchId;
      } else if (before?.date !== end?.date || before?.seq !== end?.seq) {
        closed += 1;
        if (before?.date !== end?.date) member.batchId = batchId;
        else closedUnseen += 1;
      }
    }
    return { opened, closed, closedUnseen };
  }
}

/** The members that are rows, each with its end. A delete right after an upsert is that row's end, not a row. */
function image(set: readonly Member[], keys: readonly string[]): { member: Member; end: End }[] {
  const byKey = new Map<string, Member[]>();
  for (const member of set) {
    const key = keyOf(member.values, keys);
    byKey.set(key, [...(byKey.get(key) ?? []), member]);
  }
  return [...byKey.values()].flatMap((members) => {
    members.sort(comparePositions);
    return members.flatMap((member, at) => {
      const endsRowBefore = member.kind === 'delete' && members[at - 1]?.kind === 'upsert';
      if (endsRowBefore) return [];
      const until = member.kind === 'delete' ? member : members[at + 1];
      return [{ member, end: until ? { date: until.t, seq: until.s } : null }];
    });
  });
}

function toRow(member: Member, end: End): HistoryRow {
  return {
    values: member.values,
    current: end === null,
    effective_date: member.t,
    end_date: end?.date ?? null,
    effective_seq: member.s,
    end_seq: end?.seq ?? null,
    seen_date: member.confirmedAt ?? member.t,
    seen_seq: member.confirmedAt === null ? member.s : '',
    batch_id: member.batchId,
  };
}
