import type { TableConfig } from '../config/config.ts';
import { keyHashExpr, renderErase } from '../history/erasure.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { type KeyValue, keyLiteral } from '../history/key-condition.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Place, SnapshotTarget, SqlSession } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { findKeyInFiles } from './find-key-in-files.ts';
import { openHistory } from '../open-history.ts';
import { parseKey } from './parse-key.ts';
import { withLease } from './with-lease.ts';

/** Erases the key in one target table. Names are those of the target. */
export type VisitTarget = (
  exportName: string,
  target: SnapshotTarget,
  schema: string,
  tableName: string,
  columnCase: 'keep' | 'lower',
) => Promise<void>;

/** Opens every export target that may hold the table, calls `visit` for each of its tables, and closes them again. */
export type EraseTargets = (visit: VisitTarget) => Promise<void>;

/** What was erased, and where the key still is. */
export interface EraseReport {
  readonly historyRows: number;
  readonly targets: readonly { readonly export: string; readonly table: string; readonly rows: number }[];
  /** Files that still hold the key, and how many rows of it; nothing in them is changed. */
  readonly files: readonly { readonly place: Place; readonly path: string; readonly rows: number }[];
  /** Files that cannot be read, so nobody knows whether they hold the key. */
  readonly unreadable: readonly { readonly place: Place; readonly path: string }[];
}

/**
 * Removes every row of one key from the history and from the targets, remembers that it was erased (by hash only), and
 * says which change files still hold it. Neither messages nor the ledger carry the key. A crash at any point is mended
 * by the same call. Throws `TerminalError` NO_HISTORY_YET, KEY_UNKNOWN, KEY_INCOMPLETE or KEY_INVALID before anything
 * is erased.
 */
export async function eraseKey(
  ws: Workspace,
  config: TableConfig,
  key: Readonly<Record<string, string>>,
  targets: EraseTargets,
): Promise<EraseReport> {
  return withLease(ws, config, async (lease) => {
    const table = await openHistory(ws, config);
    const values = await parseKey(ws.engine, table, key, { complete: true });
    const historyRows = await eraseFromHistory(ws, lease, table, values);
    await ws.faults.at('erase.history');
    const erased = await eraseFromTargets(values, targets);
    await ws.faults.at('erase.targets');
    const renew = () => ws.ledger.hold(ws.engine, lease);
    const found = await findKeyInFiles(ws.engine, ws.store(config), config, values, renew);
    return { historyRows, targets: erased, files: found.files, unreadable: found.unreadable };
  });
}

async function eraseFromHistory(
  { engine, ledger, faults }: Workspace,
  lease: Lease,
  table: HistoryTable,
  key: readonly KeyValue[],
): Promise<number> {
  const name = table.config.name;
  const keyColumns = key.map(({ column }) => column.name.toLowerCase()).sort();
  const keyHash = await hashKey(engine, key);
  const known = (await ledger.erasures(name)).some((erasure) => erasure.keyHash === keyHash);
  return engine.transaction(async (session) => {
    await ledger.hold(session, lease);
    const result = await session.execute(renderErase(session.dialect, table, key));
    const rows = result.deleted ?? result.changed ?? 0;
    await faults.at('erase.deleted');
    // What was erased before and did not come back needs no second record.
    if (rows > 0 || !known) await ledger.recordErasure(session, name, { keyColumns, keyHash });
    await faults.at('erase.before-commit');
    return rows;
  });
}

async function hashKey(session: SqlSession, key: readonly KeyValue[]): Promise<string> {
  const { dialect } = session;
  const columns = key.map((value) => ({ ...value.column, expr: keyLiteral(dialect, value) }));
  const [row] = await session.query(`select ${keyHashExpr(dialect, columns)}`);
  return row![0]!;
}

async function eraseFromTargets(
  key: readonly KeyValue[],
  targets: EraseTargets,
): Promise<{ export: string; table: string; rows: number }[]> {
  const erased: { export: string; table: string; rows: number }[] = [];
  await targets(async (exportName, target, schema, tableName, columnCase) => {
    const named = key.map(({ column, text }): [string, string] => [
      columnCase === 'lower' ? column.name.toLowerCase() : column.name,
      text,
    ]);
    const rows = await target.eraseKey(schema, tableName, Object.fromEntries(named));
    erased.push({ export: exportName, table: `${schema}.${tableName}`, rows });
  });
  return erased;
}
