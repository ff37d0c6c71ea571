import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableConfig } from '../../../lib/config/config.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import { openHistory } from '../../../lib/open-history.ts';
import { rebuildTable } from '../../../lib/operations/rebuild.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { openTestEngine, type TestEngine, type TestPipeline } from '../../helpers/test-pipeline.ts';

const COLUMNS = [
  { name: 'id', type: { kind: 'int', bits: 32 } },
  { name: 'part', type: { kind: 'int', bits: 32 } },
] as const;

describe('settings that decide what a history means', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine();
  });
  afterAll(() => engine.close());

  async function begun(): Promise<TestPipeline> {
    const pipeline = engine.table({ keys: ['id'] });
    await deliver(pipeline, 1);
    await pipeline.ingest();
    return pipeline;
  }

  const deliver = (pipeline: TestPipeline, n: number): Promise<void> =>
    pipeline.deliver(cdcFileName(n), {
      columns: [...COLUMNS],
      changes: [change({ op: 'I', at: '10:00', seq: String(n), id: String(n), part: '1' })],
    });

  it.each<[string, Partial<TableConfig>]>([
    ['keys', { keys: ['id', 'part'] }],
    ['history', { history: 'every-change' }],
    ['sequence', { sequence: 'commit-time' }],
  ])(
    'are kept: a history begun under another "%s" refuses files and leaves them waiting',
    async (name, other) => {
      const pipeline = await begun();
      await deliver(pipeline, 2);
      const config = { ...pipeline.config, ...other };

      const report = await ingestTable(pipeline.workspace.ingestDeps(config));

      expect(report.error).toMatchObject({
        code: 'HISTORY_SETTINGS_CHANGED',
        context: { settings: [name] },
        message: expect.stringContaining(`tidemark rebuild ${config.name}`),
      });
      expect(report).toMatchObject({ files: 0, waiting: 1, rejected: [] });
      await expect(openHistory(pipeline.workspace, config)).rejects.toMatchObject({
        code: 'HISTORY_SETTINGS_CHANGED',
      });
    },
  );

  it('may change with a rebuild, after which files are taken again', async () => {
    const pipeline = await begun();
    const config: TableConfig = { ...pipeline.config, keys: ['id', 'part'], history: 'every-change' };

    await rebuildTable(pipeline.workspace, config);
    await deliver(pipeline, 2);
    const report = await ingestTable(pipeline.workspace.ingestDeps(config));

    expect(report).toMatchObject({ error: null, files: 1, opened: 1 });
  });

  it('are not the tracked columns, which may be others at any time', async () => {
    const pipeline = await begun();
    await deliver(pipeline, 2);

    const tracked = { kind: 'only', columns: ['part'] } as const;
    const report = await ingestTable(pipeline.workspace.ingestDeps({ ...pipeline.config, track: tracked }));

    expect(report).toMatchObject({ error: null, files: 1 });
  });
});
