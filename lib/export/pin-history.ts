import type { TableConfig } from '../config/config.ts';
import { TerminalError, TransientError } from '../errors.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { renderRowsTakenOver } from '../history/read-rows.ts';
import { createLedger } from '../ledger/ledger.ts';
import { openHistory } from '../open-history.ts';
import type { SqlSession, TableRef } from '../ports.ts';
import type { Workspace } from '../workspace.ts';

/** One version of a history, in which everything that an export reads stands. */
export interface PinnedHistory {
  readonly relation: string;
  readonly history: HistoryTable;
  readonly historyId: string;
  /** Newest applied batch; 0 where there are only rows from before the history was taken over. */
  readonly batchId: bigint;
  /** How many times a key was erased. */
  readonly erasures: number;
}

/**
 * Reads what an export has to know of a pinned history. Throws `TerminalError` NO_HISTORY_YET before the first batch was
 * applied, unless `setup` took over a table that had rows.
 */
export async function pinHistory(
  ws: Workspace,
  session: SqlSession,
  relationOf: (table: TableRef) => Promise<string>,
  config: TableConfig,
): Promise<PinnedHistory> {
  const history = await openHistory(ws, config, session);
  const ledger = createLedger(session, ws.config, ws.clock);
  const head = await ledger.head(config.name);
  const batchId = await ledger.lastApplied(config.name);
  // The table is made before the first batch is applied; sending it then would empty a target that somebody filled.
  if (!head || (batchId === 0n && !(await hasRowsTakenOver(session, history)))) {
    throw new TerminalError(
      'NO_HISTORY_YET',
      `Table ${config.name} has no history yet: no batch was ever applied. Run: tidemark ingest ${config.name}`,
      { context: { table: config.name } },
    );
  }
  const erasures = (await ledger.erasures(config.name)).length;
  // Last: rows of a batch newer than `batchId` are merely sent again, rows missing from it would be lost.
  const relation = await relationOf(history.ref);
  return { relation, history, historyId: head.historyId, batchId, erasures };
}

async function hasRowsTakenOver(session: SqlSession, { ref, config }: HistoryTable): Promise<boolean> {
  const { batchId } = config.historyColumns;
  return (await session.query(renderRowsTakenOver(session.dialect, ref, batchId))).length > 0;
}

/**
 * Throws `TransientError` EXPORT_OUTDATED when a key was erased since the history was pinned: sending the pinned rows
 * would bring it back. To be called when it is our turn at the target, since an erasure takes its turn there too.
 */
export async function assertNothingErased(
  { ledger }: Pick<Workspace, 'ledger'>,
  { table: name, erasures }: { readonly table: string; readonly erasures: number },
): Promise<void> {
  if ((await ledger.erasures(name)).length === erasures) return;
  throw new TransientError(
    'EXPORT_OUTDATED',
    `A key of ${name} was erased while its export waited; the target is unchanged. Run the export again.`,
    { context: { table: name } },
  );
}
