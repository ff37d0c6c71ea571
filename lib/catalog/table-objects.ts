import { type Column, formatColumnType } from '../config/column-type.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { type HistoryTable, historyRef } from '../history/history-table.ts';
import { bookkeepingColumns, versionsRef } from '../history/table-definition.ts';
import { renderVersionsView, renderVersionsViewAnew } from '../history/versions-view.ts';
import { storageTypeOf } from '../changes/type-fit.ts';
import { viewFingerprint } from '../ingest/prepare-history.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Clock, Dialect, Engine } from '../ports.ts';
import { nameWorker } from '../worker.ts';
import type { CatalogObject, Finding, Need } from './finding.ts';
import { type HistoryFinding, judgeHistory, judgeMissingHistory, type KnownHead } from './history-object.ts';
import { type Relation, readRelation } from './relation.ts';
import { schemaName } from './schema-object.ts';

/** What setup works with. */
export interface SetupDeps {
  readonly config: Config;
  readonly engine: Engine;
  readonly ledger: Pick<Ledger, 'head' | 'claim' | 'release' | 'keepView'>;
  readonly clock: Clock;
}

/** What was learnt of a table when its history was looked at, for its view to go by. */
interface Seen {
  /** As the ledger has it; null where it knows of nothing. */
  head: Head | null;
  last: HistoryFinding | null;
}

type Head = NonNullable<Awaited<ReturnType<Ledger['head']>>>;

/**
 * The history of a table and its view, in this order: the view is judged by the history that was looked at before it.
 *
 * @param hasLedger false where the ledger was not there, so that it knows of nothing
 */
export function tableObjects(
  deps: SetupDeps,
  table: TableConfig,
  hasLedger: boolean,
): readonly [history: CatalogObject, view: CatalogObject] {
  const seen: Seen = { head: null, last: null };
  return [historyObject(deps, table, seen, hasLedger), viewObject(deps, table, seen)];
}

function historyObject(deps: SetupDeps, table: TableConfig, seen: Seen, hasLedger: boolean): CatalogObject {
  const { config, engine, ledger } = deps;
  const { dialect } = engine;
  const ref = historyRef(config, table);
  const judge = async (head: KnownHead | null): Promise<Finding> => {
    const found = await readRelation(engine, ref);
    seen.last = found
      ? await judgeHistory(engine, config, table, found, head)
      : judgeMissingHistory(dialect, config, table, head);
    return seen.last.finding;
  };
  return {
    kind: 'history',
    name: ref.name,
    needs: [createTable(deps), { privileges: 'select, modify', on: `table ${dialect.tableName(ref)}` }],
    async look() {
      seen.head = hasLedger ? await ledger.head(table.name) : null;
      return judge(seen.head);
    },
    async make(statements) {
      // A table that is being made has no rows that a writer could change meanwhile.
      if (seen.last?.finding.state === 'missing') return execute(engine, statements);
      await withClaim(deps, table, async (lease) => {
        // What a writer did in between counts.
        const now = await judge(lease);
        if ('statements' in now) await execute(engine, now.statements);
      });
    },
  };
}

function viewObject(deps: SetupDeps, table: TableConfig, seen: Seen): CatalogObject {
  const { config, engine, ledger } = deps;
  const { dialect } = engine;
  const ref = historyRef(config, table);
  const view = versionsRef(ref);
  return {
    kind: 'view',
    name: view.name,
    needs: [createTable(deps), { privileges: 'select', on: `table ${dialect.tableName(ref)}` }],
    async look() {
      if (!seen.last?.history) return noView(seen.last);
      const found = await readRelation(engine, view);
      return judgeView(dialect, seen.last.history, found, seen.head?.view ?? null);
    },
    make: (statements) =>
      withClaim(deps, table, async () => {
        await execute(engine, statements);
        // Ingest then leaves the view alone, which matters where only its owner may replace it.
        await ledger.keepView(engine, table.name, viewFingerprint(dialect, seen.last!.history!));
      }),
  };
}

function createTable({ config, engine }: SetupDeps): Need {
  return { privileges: 'use schema, create table', on: `schema ${schemaName(engine.dialect, config)}` };
}

async function execute(engine: Engine, statements: readonly string[]): Promise<void> {
  for (const sql of statements) await engine.execute(sql);
}

/** Runs `work` as the only writer of a table. Throws `TransientError` TABLE_BUSY while another has it. */
async function withClaim(
  { ledger, clock }: SetupDeps,
  table: TableConfig,
  work: (lease: Lease) => Promise<void>,
): Promise<void> {
  const lease = await ledger.claim(table.name, nameWorker(clock.now()));
  try {
    await work(lease);
  } finally {
    await ledger.release(lease).catch(() => {});
  }
}

function noView(last: HistoryFinding | null): Finding {
  return last?.finding.state === 'later'
    ? { state: 'later', note: 'made with its history' }
    : { state: 'blocked', note: 'its history is not there, or not as it must be' };
}

/**
 * Compares a view with the history it is to show.
 *
 * @param known fingerprint of the view made last; null where the ledger knows of none
 */
export function judgeView(
  dialect: Dialect,
  history: HistoryTable,
  found: Relation | null,
  known: string | null,
): Finding {
  if (!found) return { state: 'missing', statements: [renderVersionsView(dialect, history)] };
  if (found.kind !== 'view') {
    return {
      state: 'differs',
      note: `it is a ${found.described}, wanted a view. Rename it and run setup again`,
    };
  }
  const statements = renderVersionsViewAnew(dialect, history);
  if (!sameColumns(found.columns, viewColumns(history))) {
    return { state: 'migrated', statements, note: 'made anew for the columns of its history' };
  }
  if (known !== null && known !== viewFingerprint(dialect, history)) {
    return { state: 'migrated', statements, note: 'made anew for what is tracked now' };
  }
  return { state: 'fits' };
}

function viewColumns({ config, columns }: HistoryTable): readonly Column[] {
  const { current, effectiveDate, endDate } = config.historyColumns;
  const own = bookkeepingColumns(config).filter(({ name }) =>
    [current, effectiveDate, endDate].includes(name),
  );
  return [...columns.map(({ name, type }) => ({ name, type: storageTypeOf(type) })), ...own];
}

function sameColumns(a: readonly Column[] | null, b: readonly Column[]): boolean {
  const text = (columns: readonly Column[]): string =>
    JSON.stringify(columns.map(({ name, type }) => [name.toLowerCase(), formatColumnType(type)]));
  return a !== null && text(a) === text(b);
}
