import { planSchema, type SchemaPlan } from '../changes/plan-schema.ts';
import { type Column, formatColumnType, sameColumnType } from '../config/column-type.ts';
import type { TableConfig } from '../config/config.ts';
import { PipelineError } from '../errors.ts';
import { bookkeepingNames, type HistoryTable, historyTable, includesName } from '../history/history-table.ts';
import { assertSameSettings } from '../history/history-settings.ts';
import { renderInvariants } from '../history/invariants.ts';
import { bookkeepingColumns, renderCreateHistory } from '../history/table-definition.ts';
import type { Dialect, SqlSession } from '../ports.ts';
import type { Finding } from './finding.ts';
import type { Relation } from './relation.ts';
import type { CatalogPlace } from './schema-object.ts';
import { renderCountUnfilled, renderTakenOver, renderTakeOver } from './take-over.ts';

/** What the ledger says of a table; null where there is no ledger, or nothing in it. */
export interface KnownHead {
  readonly settings: string | null;
  /** Newest batch given out. */
  readonly batchId: bigint;
}

/** A finding, and the history as it is or will be once that is acted upon; null where there is none. */
export interface HistoryFinding {
  readonly finding: Finding;
  readonly history: HistoryTable | null;
}

const nothing = (state: 'differs' | 'later', note: string): HistoryFinding => ({
  finding: { state, note },
  history: null,
});

/** A history that is not there: made now where its contract says enough, else by the first ingest. */
export function judgeMissingHistory(
  dialect: Dialect,
  place: CatalogPlace,
  table: TableConfig,
  head: KnownHead | null,
): HistoryFinding {
  if (head && head.batchId > 0n) {
    return nothing(
      'differs',
      `it is not there, although the ledger has given out batch ${head.batchId} for it. Put the table back, or build it anew: tidemark rebuild ${table.name}`,
    );
  }
  const typed = Object.keys(table.columns);
  if (!table.keys.every((key) => includesName(typed, key))) {
    return nothing('later', 'made by the first ingest, from the columns of its files');
  }
  // A history that is there would be complete, and every column that its contract leaves out refused.
  if (table.schemaEvolution === 'frozen') {
    return nothing('later', 'made by the first ingest: "frozen" holds from the columns of its first file on');
  }
  const history = historyTable(place, table, planSchema(table, null, []).columns);
  return { finding: { state: 'missing', statements: [renderCreateHistory(dialect, history)] }, history };
}

/** Compares a table with the history it must be. Reads its rows only where it has to be taken over. */
export async function judgeHistory(
  session: SqlSession,
  place: CatalogPlace,
  table: TableConfig,
  found: Relation,
  head: KnownHead | null,
): Promise<HistoryFinding> {
  if (found.kind !== 'table') {
    return nothing('differs', `it is a ${found.described}, wanted a table. Rename it and run setup again`);
  }
  if (!found.columns) return nothing('differs', found.foreign ?? 'a column has a foreign type');
  let plan: SchemaPlan;
  try {
    assertSameSettings(table, head?.settings ?? null);
    plan = planSchema(table, found.columns, []);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return nothing('differs', error.message);
  }
  const unfit = findUnfit(table, found.columns);
  if (unfit) return nothing('differs', unfit);
  const history = historyTable(place, table, heldColumns(found.columns, plan));
  const finding = await judgeRows(session, history, found.columns);
  return { finding: finding.state === 'fits' ? { ...finding, ...ahead(plan) } : finding, history };
}

/** The columns that are there, each with the type that its contract gives it where that is stored the same way. */
function heldColumns(
  columns: readonly Column[],
  { columns: planned, widened }: SchemaPlan,
): readonly Column[] {
  const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
  return columns.map((column) => {
    if (widened.some(({ name }) => same(name, column.name))) return column;
    return planned.find(({ name }) => same(name, column.name)) ?? column;
  });
}

/** The first reason for which no statement could make these columns a history. */
function findUnfit(table: TableConfig, columns: readonly Column[]): string | null {
  const names = columns.map(({ name }) => name);
  const { effectiveDate, endDate } = table.historyColumns;
  const lost = [...table.keys, effectiveDate, endDate].filter((name) => !includesName(names, name));
  if (lost.length > 0) {
    return `it has no column ${lost.map((name) => JSON.stringify(name)).join(', ')}, and nothing can stand in for that. Name the columns it has under "keys" and "historyColumns", or rename the table, so that a history is made beside it`;
  }
  for (const wanted of bookkeepingColumns(table)) {
    const held = columns.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
    if (!held || sameColumnType(held.type, wanted.type)) continue;
    return `column "${held.name}" is ${formatColumnType(held.type)}, wanted ${formatColumnType(wanted.type)}. Rename the table, make one with the right type from it, and run setup again`;
  }
  return null;
}

async function judgeRows(
  session: SqlSession,
  history: HistoryTable,
  columns: readonly Column[],
): Promise<Finding> {
  const { dialect } = session;
  const there = columns.map(({ name }) => name);
  const lacking = bookkeepingNames(history.config).filter((name) => !includesName(there, name));
  const count = async (sql: string): Promise<number> => Number((await session.query(sql))[0]?.[0] ?? 0);
  if (lacking.length === 0 && (await count(renderCountUnfilled(dialect, history))) === 0) {
    return { state: 'fits' };
  }
  const broken: string[] = [];
  for (const { code, rule, sql } of renderInvariants(
    dialect,
    history,
    renderTakenOver(dialect, history, there),
  )) {
    const found = await count(sql);
    if (found > 0) broken.push(`${rule} (${code}, ${found} broken)`);
  }
  if (broken.length > 0) {
    return {
      state: 'differs',
      note: `it cannot be taken over, since what must hold of a history does not hold of it: ${broken.join('; ')}. Mend these rows and run setup again, or rename the table and load a history anew beside it`,
    };
  }
  const adds = lacking.length > 0 ? `adds ${lacking.join(', ')} and fills` : 'fills';
  return {
    state: 'migrated',
    statements: renderTakeOver(dialect, history, there),
    note: `${adds} what its rows lack`,
  };
}

/** What the next ingest will do to the columns by itself. */
function ahead({ added, widened }: SchemaPlan): { note?: string } {
  const does = [
    ...added.map(({ name }) => `adds ${JSON.stringify(name)}`),
    ...widened.map(
      ({ name, from, to }) =>
        `widens ${JSON.stringify(name)} from ${formatColumnType(from)} to ${formatColumnType(to)}`,
    ),
  ];
  return does.length === 0 ? {} : { note: `the next ingest ${does.join(', ')}` };
}
