import type { WorkerMessage } from './worker-messages.ts';

/** What is known of one table while the shop is open; null is not known yet. */
export interface LiveTable {
  readonly table: string;
  /** Rows at the source. */
  readonly source: number | null;
  /** Files that wait. */
  readonly waiting: number;
  /** Rows of the history. */
  readonly versions: number | null;
  readonly current: number | null;
  /** Seconds from commit to history, and to Postgres, of the newest change that arrived there. */
  readonly toHistory: number | null;
  readonly toTarget: number | null;
}

/** Tables by name, in the order in which they are shown. */
export type LiveTables = ReadonlyMap<string, LiveTable>;

export function emptyTables(names: readonly string[]): LiveTables {
  const nothing = {
    source: null,
    waiting: 0,
    versions: null,
    current: null,
    toHistory: null,
    toTarget: null,
  };
  return new Map(names.map((table) => [table, { table, ...nothing }]));
}

/** The tables after something was learnt of some of them. Unknown names are left out. */
export function learn(
  tables: LiveTables,
  news: readonly (Partial<LiveTable> & { readonly table: string })[],
): LiveTables {
  const known = new Map(tables);
  for (const one of news) {
    const before = known.get(one.table);
    if (before) known.set(one.table, { ...before, ...one });
  }
  return known;
}

/** The tables after the worker told something. */
export function learnFromWorker(tables: LiveTables, message: WorkerMessage): LiveTables {
  if (message.kind === 'ingested') {
    return learn(
      tables,
      message.tables.map(({ lagSeconds, ...rest }) => ({ ...rest, toHistory: lagSeconds })),
    );
  }
  if (message.kind !== 'exported') return tables;
  const sent = message.tables.filter(({ lagSeconds }) => lagSeconds !== null);
  return learn(
    tables,
    sent.map(({ table, lagSeconds }) => ({ table, toTarget: lagSeconds })),
  );
}
