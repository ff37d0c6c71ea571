import type { Config, TableConfig } from '../config/config.ts';
import { PipelineError } from '../errors.ts';
import { historyRef } from '../history/history-table.ts';
import { secondsBetween } from '../instant.ts';
import { LEDGER_TABLES, ledgerRef } from '../ledger/ledger-tables.ts';
import type { Clock, Dialect, Engine, TableRef } from '../ports.ts';

/** One statement of maintenance. */
export interface MaintenanceStep {
  /** The table by its name; null where the statement is for the whole database. */
  readonly table: string | null;
  readonly does: 'optimize' | 'vacuum' | 'checkpoint';
  readonly sql: string;
}

export interface MaintenanceResult extends MaintenanceStep {
  /** False in a dry run, and when it failed. */
  readonly done: boolean;
  readonly seconds: number | null;
  /** Numbers by the engine's own names, where the statement tells any. */
  readonly metrics: Readonly<Record<string, number>> | null;
  readonly error: PipelineError | null;
}

export interface MaintainDeps {
  readonly config: Config;
  readonly engine: Engine;
  readonly clock: Clock;
}

export interface MaintainOptions {
  readonly tables: readonly TableConfig[];
  /** The ledger grows by many small commits, so it is laid out again with the histories. */
  readonly withLedger: boolean;
  readonly dryRun: boolean;
  readonly onResult?: (result: MaintenanceResult) => void;
}

/**
 * The statements that keep tables fast to read and small to store. Pure.
 *
 * No lease is taken, and none is needed. `optimize` moves rows between files and changes none of them; when it meets a
 * batch on its way, the engine lets one of the two commit and refuses the other, which is tried again. `vacuum` removes
 * only files that no version younger than the retention reads.
 */
export function planMaintenance(
  { engine }: Pick<Config, 'engine'>,
  dialect: Dialect,
  tables: readonly TableRef[],
): readonly MaintenanceStep[] {
  if (engine.kind === 'duckdb') return [{ table: null, does: 'checkpoint', sql: 'checkpoint' }];
  const { optimize, vacuum, retentionHours } = engine.maintenance;
  return tables.flatMap((ref) => {
    const name = dialect.tableName(ref);
    return [
      ...(optimize ? [{ table: ref.name, does: 'optimize' as const, sql: `optimize ${name}` }] : []),
      ...(vacuum
        ? [{ table: ref.name, does: 'vacuum' as const, sql: `vacuum ${name} retain ${retentionHours} hours` }]
        : []),
    ];
  });
}

/**
 * Maintains the tables that are there, one statement after the other. One that fails does not keep the others from it.
 * Safe to run at any time, beside ingests and exports too, and to repeat.
 */
export async function maintain(
  { config, engine, clock }: MaintainDeps,
  { tables, withLedger, dryRun, onResult }: MaintainOptions,
): Promise<readonly MaintenanceResult[]> {
  const wanted = [
    ...tables.map((table) => historyRef(config, table)),
    ...(withLedger ? LEDGER_TABLES.map((table) => ledgerRef(config.catalog, config.schema, table)) : []),
  ];
  const there: TableRef[] = [];
  for (const ref of wanted) if ((await engine.columns(ref)) !== null) there.push(ref);
  const results: MaintenanceResult[] = [];
  for (const step of planMaintenance(config, engine.dialect, there)) {
    const result = dryRun ? { ...step, ...NOTHING_DONE } : await run({ engine, clock }, step);
    results.push(result);
    onResult?.(result);
  }
  return results;
}

const NOTHING_DONE = { done: false, seconds: null, metrics: null, error: null } as const;

async function run(
  { engine, clock }: Pick<MaintainDeps, 'engine' | 'clock'>,
  step: MaintenanceStep,
): Promise<MaintenanceResult> {
  const begin = clock.now();
  try {
    const { metrics } = await engine.execute(step.sql);
    const seconds = secondsBetween(begin, clock.now());
    return { ...step, done: true, seconds, metrics: metrics ?? null, error: null };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    return { ...step, ...NOTHING_DONE, error };
  }
}
