import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryMode } from '../lib/config/config.ts';
import { parseConfig } from '../lib/config/parse-config.ts';
import { ingestTable } from '../lib/ingest/ingest-table.ts';
import type { TableReport } from '../lib/ingest/report.ts';
import { createLedger } from '../lib/ledger/ledger.ts';
import { openWorkspace } from '../lib/open-workspace.ts';
import type { Workspace } from '../lib/workspace.ts';
import type { Phase } from './change-feed.ts';
import { timeEngine } from './timed-engine.ts';

/** What a process of its own is asked to measure. */
export interface ModeTask {
  readonly mode: HistoryMode;
  /** Empty folder for the history and the table's files. */
  readonly folder: string;
  readonly phases: readonly Phase[];
}

export interface PhaseResult {
  readonly name: string;
  readonly rows: number;
  readonly files: number;
  readonly seconds: number;
  /** Of them, spent in the engine. */
  readonly engineSeconds: number;
  /** Work of all cores; says more than `seconds` on a machine that is shared. */
  readonly cpuSeconds: number;
  readonly opened: number | null;
  readonly closed: number | null;
}

export interface ModeResult {
  readonly mode: HistoryMode;
  readonly phases: readonly PhaseResult[];
  readonly historyRows: number;
  readonly currentRows: number;
  /** Most memory this process ever held. */
  readonly peakMiB: number;
}

/** Ingests the phases one after the other and measures each. */
export async function measureMode({ mode, folder, phases }: ModeTask): Promise<ModeResult> {
  const yaml = `name: bench\ntables: [{name: sale, keys: [id], history: ${mode}}]\n`;
  const { config } = parseConfig(yaml, { baseDir: folder });
  const workspace = await openWorkspace(config);
  try {
    const results: PhaseResult[] = [];
    for (const phase of phases) results.push(await measurePhase(workspace, phase));
    const [historyRows, currentRows] = await countRows(workspace);
    // Kilobytes, on every system.
    const peakMiB = process.resourceUsage().maxRSS / 1024;
    return { mode, phases: results, historyRows, currentRows, peakMiB };
  } finally {
    await workspace.close();
  }
}

async function measurePhase(workspace: Workspace, phase: Phase): Promise<PhaseResult> {
  const { config } = workspace;
  const deps = workspace.ingestDeps(config.tables[0]!);
  await deliver(phase, deps.store.location('incoming'));
  const { engine, takeMs } = timeEngine(deps.engine);
  const ledger = createLedger(engine, config, deps.clock);
  const start = performance.now();
  const cpuStart = process.cpuUsage();
  const report = await ingestTable({ ...deps, engine, ledger });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuStart);
  assertComplete(phase, report);
  const { files, opened, closed } = report;
  return {
    name: phase.name,
    rows: phase.rows,
    files,
    seconds,
    engineSeconds: takeMs() / 1000,
    cpuSeconds: (user + system) / 1e6,
    opened,
    closed,
  };
}

async function deliver({ folder }: Phase, incoming: string): Promise<void> {
  await mkdir(incoming, { recursive: true });
  for (const name of await readdir(folder)) await copyFile(join(folder, name), join(incoming, name));
}

function assertComplete(phase: Phase, { rows, rejected, error }: TableReport): void {
  if (error) throw error;
  if (rejected.length > 0 || rows !== phase.rows) {
    throw new Error(
      `${phase.name}: ${rows} of ${phase.rows} rows applied, ${rejected.length} files rejected`,
    );
  }
}

async function countRows({ engine, config }: Workspace): Promise<[number, number]> {
  const table = engine.dialect.tableName({ catalog: config.catalog, schema: config.schema, name: 'sale' });
  const [row] = await engine.query(
    `select cast(count(*) as varchar), cast(count(*) filter (where current) as varchar) from ${table}`,
  );
  return [Number(row?.[0]), Number(row?.[1])];
}

if (process.send) {
  process.once('message', async (task) => {
    process.send!(await measureMode(task as ModeTask));
    process.disconnect();
  });
}
