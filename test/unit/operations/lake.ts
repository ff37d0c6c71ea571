import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Column, ColumnType } from '../../../lib/config/column-type.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import type { TableReport } from '../../../lib/ingest/report.ts';
import { type RowStream, readHistory, readSnapshot } from '../../../lib/operations/read-rows.ts';
import type { FileStore, Place } from '../../../lib/ports.ts';
import { openWorkspace, type WorkspaceOptions } from '../../../lib/open-workspace.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { type ChangeFileOptions, writeChangeFile } from '../../helpers/change-files.ts';
import type { Change } from '../../helpers/oracle-types.ts';

/** What a test throws at a fault point. */
export class Killed extends Error {}

/** A pipeline of one table in a temporary folder, on a real DuckDB. */
export interface Lake {
  readonly dir: string;
  ws: Workspace;
  table: TableConfig;
  store: FileStore;
  /** The run ends at this point, once, or at its n-th visit. */
  killAt(point: string, visit?: number): void;
  /** Fault points passed since the last call. */
  visited(): string[];
  /** Closes and opens again, with other settings of the table if given. */
  reopen(settings?: string, options?: WorkspaceOptions): Promise<void>;
  /** Writes a change file into the incoming folder. */
  write(path: string, changes: readonly Change[], options?: WriteOptions): Promise<void>;
  /** Writes any bytes into a place. */
  put(place: Place, path: string, content: string): Promise<void>;
  /** Ingests all that waits; throws when the run itself failed. */
  ingest(): Promise<TableReport>;
  /** Paths in a place, sorted, reason files too. */
  paths(place: Place): Promise<string[]>;
  /** All rows of the history with all columns. */
  history(): Promise<Row[]>;
  /** The current snapshot. */
  current(): Promise<Row[]>;
}

export type Row = Record<string, string | null>;

export interface WriteOptions extends ChangeFileOptions {
  readonly columns?: readonly Column[];
}

const INT: ColumnType = { kind: 'int', bits: 32 };
const TEXT: ColumnType = { kind: 'string' };

export const CUSTOMER: readonly Column[] = [
  { name: 'id', type: INT },
  { name: 'name', type: TEXT },
];

const opened: Lake[] = [];

/** Closes every lake of a test and removes its folder. */
export async function drainLakes(): Promise<void> {
  for (const lake of opened.splice(0)) {
    await lake.ws.close().catch(() => {});
    await rm(lake.dir, { recursive: true, force: true });
  }
}

/** @param settings lines of the table besides its name, for instance `keys: [id]` */
export async function openLake(settings = 'keys: [id]', name = 'customer'): Promise<Lake> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-lake-'));
  let kill: { point: string; visits: number } | null = null;
  let visited: string[] = [];
  const faults = {
    at: async (point: string) => {
      visited.push(point);
      if (kill?.point !== point) return;
      kill.visits -= 1;
      if (kill.visits > 0) return;
      kill = null;
      throw new Killed(point);
    },
  };
  const connect = async (lines: string, options: WorkspaceOptions = {}): Promise<Workspace> =>
    openWorkspace(configOf(dir, name, lines), { faults, ...options });
  const ws = await connect(settings);
  let used = settings;
  const lake: Lake = {
    dir,
    ws,
    table: ws.table(name),
    store: ws.store(ws.table(name)),
    killAt: (point, visits = 1) => {
      kill = { point, visits };
    },
    visited: () => {
      const passed = visited;
      visited = [];
      return passed;
    },
    async reopen(lines = used, options = {}) {
      await lake.ws.close();
      used = lines;
      lake.ws = await connect(lines, options);
      lake.table = lake.ws.table(name);
      lake.store = lake.ws.store(lake.table);
    },
    async write(path, changes, { columns = CUSTOMER, ...options } = {}) {
      const file = join(lake.store.location('incoming'), path);
      await mkdir(dirname(file), { recursive: true });
      await writeChangeFile(file, { columns, changes, options });
    },
    async put(place, path, content) {
      const file = join(lake.store.location(place), path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    },
    async ingest() {
      const report = await ingestTable(lake.ws.ingestDeps(lake.table));
      if (report.error) throw report.error;
      return report;
    },
    async paths(place) {
      const paths: string[] = [];
      for await (const file of lake.store.list(place)) paths.push(file.path);
      return paths.sort();
    },
    history: async () => readAll(await readHistory(lake.ws, lake.table)),
    current: async () => readAll(await readSnapshot(lake.ws, lake.table)),
  };
  opened.push(lake);
  return lake;
}

function configOf(dir: string, name: string, lines: string) {
  const table = lines.replace(/^(?=.)/gm, '    ');
  const yaml = [
    'name: shop',
    `engine: {kind: duckdb, path: ${JSON.stringify(join(dir, 'history.duckdb'))}}`,
    `storage: {kind: local, root: ${JSON.stringify(join(dir, 'files'))}}`,
    'tables:',
    `  - name: ${JSON.stringify(name)}`,
    table,
  ].join('\n');
  return parseConfig(yaml, { baseDir: dir }).config;
}

/** Every row of a stream by column name. */
export async function readAll({ columns, rows }: RowStream): Promise<Row[]> {
  const all: Row[] = [];
  for await (const block of rows) {
    for (const row of block) all.push(Object.fromEntries(columns.map((c, i) => [c.name, row[i] ?? null])));
  }
  return all;
}

/** Only these columns of each row, as arrays. */
export function pick(rows: readonly Row[], ...names: string[]): (string | null)[][] {
  return rows.map((row) => names.map((name) => row[name] ?? null));
}
