import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Column } from '../lib/config/column-type.ts';
import type { ExportConfig } from '../lib/config/config.ts';
import { parseConfig } from '../lib/config/parse-config.ts';
import { openTarget, runExport } from '../lib/export/run-export.ts';
import { exportColumns, renderSnapshotLines } from '../lib/history/export-rows.ts';
import { ingestTable } from '../lib/ingest/ingest-table.ts';
import { openHistory } from '../lib/open-history.ts';
import type { SnapshotTarget } from '../lib/ports.ts';
import { openWorkspace } from '../lib/open-workspace.ts';
import type { Workspace } from '../lib/workspace.ts';

/** What a process of its own is asked to do. */
export interface ExportTask {
  /** `read`: rows as text out of the engine and thrown away; `copy`: ready text into staging, nothing published. */
  readonly step: 'ingest' | 'read' | 'copy' | 'export';
  readonly mode: ExportConfig['mode'];
  /** Folder of the history and the table's files. */
  readonly folder: string;
  /** Folder with the change files of this step. */
  readonly files?: string;
  readonly postgresUrl: string;
}

export interface ExportStepResult {
  readonly seconds: number;
  readonly rows: number;
  /** What the export did, in words; empty for the other steps. */
  readonly outcome: string;
  /** Most memory this process ever held. */
  readonly peakMiB: number;
}

async function run(task: ExportTask): Promise<ExportStepResult> {
  const yaml = [
    'name: bench',
    'tables: [{name: sale, keys: [id]}]',
    `exports: [{connection: "\${env:PG_URL}", mode: ${task.mode}, targetSchema: bench}]`,
  ];
  const { config } = parseConfig(yaml.join('\n'), { baseDir: task.folder });
  const ws = await openWorkspace(config, { env: { PG_URL: task.postgresUrl } });
  try {
    const done = await STEPS[task.step](ws, task);
    // Kilobytes, on every system.
    return { outcome: '', ...done, peakMiB: process.resourceUsage().maxRSS / 1024 };
  } finally {
    await ws.close();
  }
}

type Done = Pick<ExportStepResult, 'seconds' | 'rows'> & { outcome?: string };

const STEPS: Readonly<Record<ExportTask['step'], (ws: Workspace, task: ExportTask) => Promise<Done>>> = {
  async ingest(ws, { files }) {
    const deps = ws.ingestDeps(ws.config.tables[0]!);
    const incoming = deps.store.location('incoming');
    await mkdir(incoming, { recursive: true });
    for (const name of await readdir(files!)) await copyFile(join(files!, name), join(incoming, name));
    return timed(async () => {
      const { rows, error } = await ingestTable(deps);
      if (error) throw error;
      return { rows };
    });
  },
  async read(ws) {
    return withTarget(ws, (target) => timed(() => drain(lines(ws, target))));
  },
  async copy(ws) {
    return withTarget(ws, async (target) => {
      const blocks: string[] = [];
      for await (const block of lines(ws, target)) blocks.push(block);
      const load = await target.open({ ...(await stagingSpec(ws)), connections: settings(ws).connections });
      try {
        return await timed(() => load.load(ready(blocks)));
      } finally {
        await load.abort();
      }
    });
  },
  async export(ws) {
    return timed(async () => {
      const [report] = await runExport(ws, settings(ws));
      if (!report || report.error) throw report?.error ?? new Error('nothing was exported');
      const { mode, rows, upserted, removed, unchanged } = report;
      return { rows, outcome: `${mode}: ${upserted} upserted, ${removed} removed, ${unchanged} unchanged` };
    });
  },
};

const settings = (ws: Workspace): ExportConfig => ws.config.exports[0]!;

async function timed<T extends { rows: number }>(work: () => Promise<T>): Promise<T & { seconds: number }> {
  const start = performance.now();
  const done = await work();
  return { ...done, seconds: (performance.now() - start) / 1000 };
}

async function withTarget<T>(ws: Workspace, work: (target: SnapshotTarget) => Promise<T>): Promise<T> {
  const target = await openTarget(ws, settings(ws));
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}

/** The current rows as the export makes them. */
async function* lines(ws: Workspace, target: SnapshotTarget): AsyncGenerator<string> {
  const table = await openHistory(ws, ws.config.tables[0]!);
  const { dialect } = ws.engine;
  const columns = exportColumns(table).map(({ name, type }) => ({
    name,
    type,
    expr: dialect.quoteIdentifier(name),
  }));
  const line = target.bulkText(dialect, columns, 'null');
  const source = { relation: dialect.tableName(table.ref) };
  const sql = renderSnapshotLines(dialect, table, { kind: 'current' }, source, line);
  for await (const block of ws.engine.stream(sql)) yield `${block.map(([text]) => text).join('\n')}\n`;
}

async function drain(blocks: AsyncIterable<string>): Promise<{ rows: number }> {
  let rows = 0;
  for await (const block of blocks) rows += block.split('\n').length - 1;
  return { rows };
}

async function* ready(blocks: readonly string[]): AsyncGenerator<string> {
  yield* blocks;
}

async function stagingSpec(ws: Workspace) {
  const columns: readonly Column[] = exportColumns(await openHistory(ws, ws.config.tables[0]!));
  const { targetSchema, removeMissing, nonFinite } = settings(ws);
  const rest = { columns, keys: ['id'], removeMissing, nonFinite, mode: 'full' } as const;
  return { targetSchema, targetTable: 'copied', ...rest };
}

process.once('message', async (task) => {
  process.send!(await run(task as ExportTask));
  process.disconnect();
});
