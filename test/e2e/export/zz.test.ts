import { it } from 'vitest';
import { exportTable } from '../../../lib/export/export-table.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import { COLUMNS, openExportHarness } from './harness.ts';
it('t', async () => {
  const h = await openExportHarness();
  const t = h.table({ keys: ['id'] });
  const time = async <T>(n: string, f: () => Promise<T>) => {
    const s = performance.now();
    const r = await f();
    console.log(n, Math.round(performance.now() - s));
    return r;
  };
  await time('ingest', () => t.ingest(COLUMNS, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'a' }]));
  const target = await time('openTarget', () => openTarget(t.workspace(), t.settings()));
  for (let i = 0; i < 4; i++)
    await time('export inc', () => exportTable(t.workspace(), t.settings(), target, t.pipeline.config));
  for (let i = 0; i < 3; i++)
    await time('export full', () =>
      exportTable(t.workspace(), t.settings({ mode: 'full' }), target, t.pipeline.config),
    );
  await time('watermark', () => target.watermark('shop', t.name));
  for (let i = 0; i < 3; i++)
    await time('ingest', () =>
      t.ingest(COLUMNS, [{ op: 'U', at: `10:0${i + 1}`, seq: i + 2, id: 1, name: 'a' + i }]),
    );
  await time('pinned', () => t.workspace().engine.pinned(async () => {}));
  await target.close();
  await h.close();
});
