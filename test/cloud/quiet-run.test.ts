import { expect, it } from 'vitest';
import { describeWithCloud } from './describe-with-cloud.ts';
import { expectExported, expectModel } from './expect-model.ts';
import { feedOf } from './feed.ts';

const TABLES = [
  { name: 'customer', source: 'dbo.Customer', keys: ['id'] },
  { name: 'order_line', source: 'sales.OrderLine', keys: ['id'], history: 'every-change' },
];

const LONG_MS = 240_000;

describeWithCloud(
  'a pipeline in the cloud that nobody disturbs',
  { tables: TABLES, afterIngest: 1 },
  (lab) => {
    const feeds = Object.entries({ customer: feedOf({ seed: 1 }), order_line: feedOf({ seed: 2 }) });
    const put = async (from: number, to: number): Promise<void> => {
      for (const [table, feed] of feeds) {
        for (const file of feed.slice(from, to)) await lab().put(table, file.name, file);
      }
    };

    it(
      'keeps the histories of tables whose files arrive in two rounds, and sends them on',
      async () => {
        await put(0, 2);
        await lab().pipeline.settle(LONG_MS);
        await put(2, 4);
        await lab().pipeline.settle(LONG_MS);

        for (const [table, feed] of feeds) {
          await expectModel(lab(), table, feed);
          await expectExported(lab(), table, feed);
          const processed = await lab().files(table, 'processed');
          const names = processed.map((path) => path.replace(/^\d+\//, ''));
          expect(names.sort()).toEqual(feed.map(({ name }) => name).sort());
        }
        expect(await lab().deadLetters()).toEqual([]);
      },
      LONG_MS,
    );

    it(
      'sends a table in steps of a state machine where one call has not enough time',
      async () => {
        const { functions, executions, pipeline, database } = lab();
        await database.query('drop table public.order_line');
        // With each try a call trusts itself to send less.
        const attributes = { ApproximateReceiveCount: '14', SentTimestamp: String(Date.now()) };
        const Records = [{ messageId: 'large', body: '{"export":"serving"}', attributes }];
        const outcome = await functions.export.invoke({ Records });
        await pipeline.settle(LONG_MS);

        expect(outcome).toEqual({ kind: 'answered', payload: { batchItemFailures: [] } });
        expect([...executions.endings.values()]).toEqual([{ status: 'SUCCEEDED' }, { status: 'SUCCEEDED' }]);
        for (const [table, feed] of feeds) await expectExported(lab(), table, feed);
      },
      LONG_MS,
    );

    it(
      'is looked after by the sweep, which finds nothing to do',
      async () => {
        const { functions, pipeline } = lab();
        const ingested = functions.ingest.outcomes.length;

        const outcome = await functions.sweep.invoke({});
        await pipeline.settle(LONG_MS);

        expect(outcome.kind).toBe('answered');
        expect(functions.sweep.lines.filter(({ level }) => level === 'ERROR' || level === 'WARN')).toEqual(
          [],
        );
        expect(functions.ingest.outcomes.slice(ingested)).toEqual([]);
      },
      LONG_MS,
    );
  },
);
