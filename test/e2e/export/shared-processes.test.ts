import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import type { SharedTableRun } from '../../../lib/export/share-export.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import { openWorkspace } from '../../../lib/open-workspace.ts';
import { cdcFileName, loadFileName, writeChangeFile } from '../../helpers/change-files.ts';
import type { Change } from '../../helpers/oracle-types.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/postgres.ts';
import { readEverything } from './harness.ts';
import type { StepTask } from './shared-step.ts';

const STEP = fileURLToPath(new URL('shared-step.ts', import.meta.url));
const ROWS = 100_000;
const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'Näme "x"', type: { kind: 'string' } },
  { name: 'price', type: { kind: 'decimal', precision: 38, scale: 9 } },
  { name: 'at', type: { kind: 'timestamptz' } },
] as const;

/** A row for a key; some values are null, some hostile. */
function row(id: number): Change['values'] {
  return {
    id: String(id * 1_000_003),
    'Näme "x"': id % 7 === 0 ? null : `${id} \\ \t "ö" 表`,
    price: `-${id}.000000001`,
    at: `2026-01-31T10:00:00.${String(id % 1_000_000).padStart(6, '0')}Z`,
  };
}

describe('an export that several processes send', { timeout: 120_000 }, () => {
  let dir: string;
  let database: TestDatabase;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-shared-'));
    database = await createTestDatabase();
    await ingest(loadFileName(1), (id) => ({ op: 'I', load: true, values: row(id) }), ROWS);
  });
  afterAll(async () => {
    await database?.close();
    await rm(dir, { recursive: true, force: true });
  });

  const yaml = (targetSchema: string, mode = 'full') =>
    [
      'name: shop',
      'tables: [{name: sale, keys: [id]}]',
      `exports: [{connection: "\${env:PG_URL}", targetSchema: ${targetSchema}, mode: ${mode}, connections: 4}]`,
    ].join('\n');

  /** Ingests one file; the process lets go of the history afterwards. */
  async function ingest(
    name: string,
    change: (id: number) => Pick<Change, 'op' | 'values'> & { load?: boolean },
    rows: number,
  ): Promise<void> {
    const { config } = parseConfig(yaml('any'), { baseDir: dir });
    const ws = await openWorkspace(config, { env: {} });
    try {
      const deps = ws.ingestDeps(config.tables[0]!);
      const folder = deps.store.location('incoming');
      await mkdir(folder, { recursive: true });
      const changes = Array.from({ length: rows }, (_, id) => {
        const { load, ...one } = change(id);
        return { commitTime: '2026-02-01 10:00:00.000000', seq: load ? null : String(id), ...one };
      });
      await writeChangeFile(join(folder, name), { columns: COLUMNS, changes });
      const { error, rejected } = await ingestTable(deps);
      if (error ?? rejected[0]) throw error ?? new Error(JSON.stringify(rejected));
    } finally {
      await ws.close();
    }
  }

  /** What a process of its own answers; null when it was killed. */
  function run(schema: string, step: StepTask['step'], options: { fault?: string; mode?: string } = {}) {
    const task: StepTask = { dir, yaml: yaml(schema, options.mode), step };
    const env = { ...process.env, PG_URL: database.url, TIDEMARK_FAULT: options.fault ?? '' };
    return new Promise<unknown>((resolve, reject) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', STEP, JSON.stringify(task)],
        { env },
        (error, out, err) => {
          if (error?.signal === 'SIGKILL') resolve(null);
          else if (error) reject(new Error(err));
          else resolve(JSON.parse(out));
        },
      );
    });
  }
  const planned = async (schema: string, id: string, parts: number, mode = 'full') =>
    (await run(schema, { kind: 'plan', id, parts }, { mode })) as SharedTableRun;
  const digest = async (schema: string) =>
    (
      await database.query(
        `select count(*) as rows, md5(string_agg(t::text, e'\\n' order by id)) as digest from ${schema}.sale as t`,
      )
    )[0];

  it('is byte for byte what one process sends, in eight parts of 100,000 rows', async () => {
    expect(await run('one', { kind: 'whole' })).toMatchObject({ upserted: ROWS });
    const plan = await planned('many', 'eight', 8);
    const loaded: number[] = [];
    for (const parts of [
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]) {
      const answers = await Promise.all(parts.map((part) => run('many', { kind: 'load', run: plan, part })));
      loaded.push(...answers.map((one) => (one as { rows: number }).rows));
    }

    expect(loaded.reduce((sum, rows) => sum + rows, 0)).toBe(ROWS);
    expect(Math.min(...loaded)).toBeGreaterThan(ROWS / 10);
    expect(await run('many', { kind: 'publish', run: plan })).toEqual({
      upserted: ROWS,
      removed: 0,
      unchanged: 0,
    });
    expect(await digest('many')).toEqual(await digest('one'));
    expect(await run('many', { kind: 'whole' })).toMatchObject({ upserted: 0, removed: 0, unchanged: ROWS });
  });

  it('keeps its promises although every step is killed once', async () => {
    const id = 'killed';
    const before = await readEverything(database);
    expect(await run('k', { kind: 'plan', id, parts: 2 }, { fault: 'export.planned' })).toBeNull();
    const plan = await planned('k', id, 2);
    for (const part of [0, 1]) {
      const step = { kind: 'load', run: plan, part } as const;
      expect(await run('k', step, { fault: 'export.part-staged' })).toBeNull();
      expect(await run('k', step)).toMatchObject({ rows: expect.any(Number) as number });
    }
    expect(await run('k', { kind: 'publish', run: plan }, { fault: 'export.before-commit' })).toBeNull();
    expect(await database.query(`select to_regclass('k.sale')::text as found`)).toEqual([{ found: null }]);
    expect(await run('k', { kind: 'publish', run: plan }, { fault: 'export.after-commit' })).toBeNull();

    expect(await run('k', { kind: 'publish', run: plan })).toBeNull();
    expect(await digest('k')).toEqual(await digest('one'));
    await run('k', { kind: 'abort', id });
    expect(await digest('k')).toEqual(await digest('one'));
    await database.query('drop schema k cascade');
    expect(await readEverything(database)).toEqual(before);
  });

  it('leaves the target as it was when it is aborted half-way', async () => {
    const before = await readEverything(database);
    const plan = await planned('one', 'half-way', 2);
    await run('one', { kind: 'load', run: plan, part: 0 });

    expect(await run('one', { kind: 'whole' })).toMatchObject({ error: { code: 'EXPORT_UNDER_WAY' } });
    expect(await run('one', { kind: 'publish', run: plan })).toMatchObject({
      error: { code: 'EXPORT_LOST' },
    });
    await run('one', { kind: 'abort', id: plan.id });

    expect(await readEverything(database)).toEqual(before);
  });

  it('refuses settings that are not those it began with', async () => {
    const plan = await planned('one', 'other settings', 1);
    const changed = { ...plan, configHash: 'of other settings' };

    expect(await run('one', { kind: 'load', run: changed, part: 0 })).toMatchObject({
      error: { name: 'TerminalError', code: 'EXPORT_SETTINGS_CHANGED' },
    });
    await run('one', { kind: 'abort', id: plan.id });
  });

  it('sends changes and removals alone, in parts', async () => {
    await ingest(
      cdcFileName(1),
      (id) =>
        id % 2 === 0 ? { op: 'D', values: row(id) } : { op: 'U', values: { ...row(id), price: '7.5' } },
      1000,
    );
    const plan = await planned('many', 'changes', 3, 'incremental');
    const sent: unknown[] = [];
    for (const part of [0, 1, 2])
      sent.push(await run('many', { kind: 'load', run: plan, part }, { mode: 'incremental' }));

    expect(plan.rows).toEqual({ mode: 'delta', after: '1' });
    expect(sent.reduce<number>((sum, one) => sum + (one as { rows: number }).rows, 0)).toBe(1000);
    expect(await run('many', { kind: 'publish', run: plan }, { mode: 'incremental' })).toMatchObject({
      removed: 500,
    });
    await run('one', { kind: 'whole' });
    expect(await digest('many')).toEqual(await digest('one'));
    expect(await digest('many')).toMatchObject({ rows: String(ROWS - 500) });
  });
});
