import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Capture, type CaptureOptions, startCapture } from '../../../lib/capture/start-capture.ts';
import type { Config } from '../../../lib/config/config.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { openDuckdb } from '../../../lib/engines/duckdb/engine.ts';
import { ingestTables } from '../../../lib/ingest/ingest-tables.ts';
import { openWorkspace } from '../../../lib/open-workspace.ts';
import { readSnapshot } from '../../../lib/operations/read-rows.ts';
import type { Engine } from '../../../lib/ports.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import type { SourceDatabase, SourceServer } from '../../helpers/source-postgres.ts';

export type TextRecord = Record<string, string | null>;

/** A source database, and a folder that its changes are captured into. */
export interface CaptureLab {
  readonly db: SourceDatabase;
  readonly root: string;
  readonly config: Config;
  start(options?: Partial<CaptureOptions>): Promise<Capture>;
  /** Names of a table's incoming files, sorted. */
  files(table: string): Promise<string[]>;
  /** Rows of files in the order of change sequence and name, values as DuckDB's text. */
  rows(table: string, pattern?: string): Promise<TextRecord[]>;
  /** Ingests everything that waits, and fails where a file is rejected. */
  ingest(): Promise<void>;
  /** The rows of a snapshot by column, ordered by key, as canonical text. */
  snapshot(table: string, asOf?: string): Promise<TextRecord[]>;
  withWorkspace<T>(work: (ws: Workspace) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param tables the `tables:` of the configuration, as YAML in flow style */
export async function createLab(server: SourceServer, tables: string): Promise<CaptureLab> {
  const root = await mkdtemp(join(tmpdir(), 'tidemark-capture-'));
  const { config } = parseConfig(`name: shop\nstorage: {kind: local, root: .}\ntables: ${tables}\n`, {
    baseDir: root,
  });
  const db = await server.database();
  const duckdb = await openDuckdb({ path: ':memory:', schema: 'main' });
  const running = new Set<Capture>();
  const folder = (table: string): string => join(root, `${table}_incoming`);
  return {
    db,
    root,
    config,
    async start(options = {}) {
      const slot = db.url.slice(db.url.lastIndexOf('/') + 1);
      const capture = await startCapture({ config, source: db.url, slot, intervalMs: 200, ...options });
      running.add(capture);
      return capture;
    },
    files: async (table) =>
      (await readdir(folder(table)).catch(() => [])).filter((name) => !name.startsWith('.')).sort(),
    rows: (table, pattern = '*.parquet') => readFiles(duckdb, join(folder(table), pattern)),
    ingest: () => ingestAll(config),
    snapshot: (table, asOf) => snapshotOf(config, table, asOf),
    async withWorkspace(work) {
      const ws = await openWorkspace(config);
      try {
        return await work(ws);
      } finally {
        await ws.close();
      }
    },
    async close() {
      for (const capture of running) await capture.stop().catch(() => {});
      await duckdb.close();
      await db.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function readFiles(duckdb: Engine, pattern: string): Promise<TextRecord[]> {
  const from = `read_parquet(${duckdbDialect.stringLiteral(pattern)}, union_by_name = true, filename = 'file')`;
  await duckdb.execute(`create or replace view files as select * from ${from}`);
  const described = await duckdb.query(
    `select column_name, data_type from information_schema.columns where table_name = 'files' order by ordinal_position`,
  );
  const columns = described.map(([name]) => name ?? '').filter((name) => name !== 'file');
  const texts = columns.map((name) => {
    const quoted = duckdbDialect.quoteIdentifier(name);
    const isBlob = described.some(([one, type]) => one === name && type === 'BLOB');
    return isBlob ? `lower(hex(${quoted}))` : `cast(${quoted} as varchar)`;
  });
  const rows = await duckdb.query(
    `select ${texts.join(', ')} from files order by change_seq nulls first, file`,
  );
  return rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])));
}

async function ingestAll(config: Config): Promise<void> {
  for (const { name } of config.tables)
    await mkdir(join(localRoot(config), `${name}_incoming`), { recursive: true });
  const ws = await openWorkspace(config);
  try {
    for (const { table, rejected, error } of await ingestTables(config.tables, ws.ingestDeps)) {
      if (error) throw error;
      if (rejected.length > 0) throw new Error(`${table}: ${JSON.stringify(rejected)}`);
    }
  } finally {
    await ws.close();
  }
}

async function snapshotOf(config: Config, name: string, asOf?: string): Promise<TextRecord[]> {
  const ws = await openWorkspace(config);
  try {
    const { columns, rows } = await readSnapshot(ws, ws.table(name), asOf === undefined ? {} : { asOf });
    const found: TextRecord[] = [];
    for await (const block of rows) {
      for (const row of block) {
        found.push(Object.fromEntries(columns.map((column, i) => [column.name, row[i] ?? null])));
      }
    }
    return found;
  } finally {
    await ws.close();
  }
}

function localRoot({ storage }: Config): string {
  return storage.kind === 'local' ? storage.root : '';
}
