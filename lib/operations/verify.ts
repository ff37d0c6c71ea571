import type { TableConfig } from '../config/config.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { renderInvariants, renderLaterBatches } from '../history/invariants.ts';
import { versionsRef } from '../history/table-definition.ts';
import type { Workspace } from '../workspace.ts';
import { listCandidates } from './locate-applied.ts';
import { historyRef } from '../history/history-table.ts';
import { findHistory } from '../open-history.ts';

/** One rule and how many rows, keys or files break it. */
export interface VerifyCheck {
  readonly code: string;
  readonly rule: string;
  readonly broken: number;
}

export interface VerifyReport {
  readonly table: string;
  /** Nothing is broken. */
  readonly healthy: boolean;
  readonly checks: readonly VerifyCheck[];
}

/**
 * Checks every promise about one table that can be checked: the invariants of its history, its view, and that ledger
 * and folders agree. Files are judged by name and size, not read. Changes nothing. A table that was never ingested is
 * healthy.
 */
export async function verifyTable(ws: Workspace, table: TableConfig): Promise<VerifyReport> {
  const history = await findHistory(ws, table);
  return toReport(table, [
    await checkTable(ws, table, history),
    ...(history ? await checkHistory(ws, table, history) : []),
    await checkProcessed(ws, table),
    await checkRejected(ws, table),
  ]);
}

/** Puts checks of a table together. */
export function toReport({ name }: TableConfig, checks: readonly VerifyCheck[]): VerifyReport {
  return { table: name, healthy: checks.every((check) => check.broken === 0), checks };
}

/** That there is a history where batches were applied. */
export async function checkTable(
  ws: Workspace,
  table: TableConfig,
  history: HistoryTable | null,
): Promise<VerifyCheck> {
  const batch = await ws.ledger.newest(table.name);
  return {
    code: 'HISTORY_PRESENT',
    rule: 'a table with applied batches has a history',
    broken: batch && !history ? 1 : 0,
  };
}

/**
 * The invariants of a history, its batches and its view.
 *
 * @param relation rows to hold the invariants against; all rows of some keys. @default the whole history
 */
export async function checkHistory(
  ws: Workspace,
  table: TableConfig,
  history: HistoryTable,
  relation?: string,
): Promise<VerifyCheck[]> {
  const checks: VerifyCheck[] = [];
  for (const { code, rule, sql } of renderInvariants(ws.engine.dialect, history, relation)) {
    const [row] = await ws.engine.query(sql);
    checks.push({ code, rule, broken: Number(row![0]) });
  }
  const head = await ws.ledger.head(table.name);
  const unknown = renderLaterBatches(ws.engine.dialect, history, head?.batchId ?? 0n);
  const [later] = await ws.engine.query(unknown);
  const view = await ws.engine.columns(versionsRef(historyRef(ws.config, table)));
  return [
    ...checks,
    {
      code: 'BATCH_KNOWN',
      rule: 'every row was written by a batch that the ledger knows',
      broken: Number(later![0]),
    },
    { code: 'VIEW_PRESENT', rule: 'the history has its view of versions', broken: view ? 0 : 1 },
  ];
}

/** The check of applied files that are nowhere to be found. */
export function processedCheck(missing: number): VerifyCheck {
  return {
    code: 'PROCESSED_PRESENT',
    rule: 'an applied file is in the processed folder, or waits to be moved there',
    broken: missing,
  };
}

async function checkProcessed(ws: Workspace, table: TableConfig): Promise<VerifyCheck> {
  const applied = await ws.ledger.allApplied(table.name);
  const candidatesOf = await listCandidates(ws.store(table));
  return processedCheck(applied.filter((file) => candidatesOf(file).length === 0).length);
}

/** That nothing was rejected after it was applied. */
export async function checkRejected(ws: Workspace, table: TableConfig): Promise<VerifyCheck> {
  return {
    code: 'APPLIED_NOT_REJECTED',
    rule: 'a file that was applied is not rejected afterwards',
    broken: await ws.ledger.appliedThenRejected(table.name),
  };
}
