import { expect, it } from 'vitest';
import type { SharedTableRun } from '../../lib/export/share-export.ts';
import { describeWithCloud } from './describe-with-cloud.ts';
import type { Outcome } from './execution-environment.ts';
import { expectExported, expectModel } from './expect-model.ts';
import { feedOf } from './feed.ts';
import { faultPoints, killAt } from './kill-at.ts';

const LONG_MS = 900_000;

const TABLES = [
  { name: 'customer', source: 'dbo.Customer', keys: ['id'] },
  { name: 'order_line', source: 'sales.OrderLine', keys: ['id'], history: 'every-change' },
];

/** First byte of a message of Postgres that carries rows. */
const COPY_DATA = 'd'.charCodeAt(0);

describeWithCloud('a pipeline in the cloud', { tables: TABLES, afterIngest: 1 }, (lab) => {
  const feeds = Object.entries({
    customer: feedOf({ seed: 1, files: 6 }),
    order_line: feedOf({ seed: 2, files: 2 }),
  });
  let rounds = 0;
  /** Lets the next files arrive, two of each table at first and then one, and waits until all that follows has happened. */
  const arrive = async (): Promise<void> => {
    for (const [table, feed] of feeds) {
      const files = feed.slice(rounds === 0 ? 0 : rounds + 1, rounds + 2);
      for (const file of files) await lab().put(table, file.name, file);
    }
    rounds += 1;
    await lab().pipeline.settle(LONG_MS);
  };
  const expectAllDone = async (): Promise<void> => {
    for (const [table, feed] of feeds) {
      const arrived = feed.slice(0, rounds + 1);
      await expectModel(lab(), table, arrived);
      await expectExported(lab(), table, arrived);
    }
    expect(await lab().deadLetters()).toEqual([]);
  };

  it(
    'has what must exist made by a deploy, and keeps it when the stack is deleted',
    async () => {
      const { functions, warehouse, config } = lab();
      const ask = async (event: object) => {
        const outcome = await functions.setup.invoke(event);
        return (outcome.kind === 'answered' ? outcome.payload : outcome) as Record<string, unknown>;
      };
      /** From the first call to the last, as the provider framework makes them. */
      const settle = async (event: object): Promise<Record<string, unknown>> => {
        const begun = { ...event, ...(await ask(event)) };
        for (;;) {
          const answer = await ask(begun);
          if (answer.IsComplete !== false) return { ...begun, ...answer };
        }
      };
      const properties = { Step: 'lakehouse', Setup: 'true', Definition: 'first' };
      const create = { RequestType: 'Create', ResourceProperties: properties };

      const made = await settle(create);
      const sent = warehouse.statements.length;
      const deleted = await settle({ ...made, Data: undefined, RequestType: 'Delete' });

      expect([made.IsComplete, made.PhysicalResourceId]).toEqual([true, 'lakehouse']);
      expect([deleted.IsComplete, deleted.PhysicalResourceId]).toEqual([true, 'lakehouse']);
      const named = warehouse.statements.map(({ sql }) => sql.split('\n')[0]);
      expect(named).toContain(`create schema if not exists \`spark_catalog\`.\`${config.schema}\``);
      expect(warehouse.statements.slice(sent)).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'keeps the histories of what arrives, moves the files aside and sends the current rows on',
    async () => {
      await arrive();
      await arrive();

      await expectAllDone();
      for (const [table, feed] of feeds) {
        const processed = await lab().files(table, 'processed');
        const names = processed.map((path) => path.replace(/^\d+\//, ''));
        expect(names.sort()).toEqual(
          feed
            .slice(0, 3)
            .map(({ name }) => name)
            .sort(),
        );
      }
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
      await expectAllDone();
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
      const complaints = functions.sweep.lines.filter(({ level }) => level === 'ERROR' || level === 'WARN');
      expect(complaints).toEqual([]);
      expect(functions.ingest.outcomes.slice(ingested)).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 15: the connection is cut while rows are sent, and the target has all of them in the end',
    async () => {
      const { databaseProxy } = lab();
      let cuts = 0;
      databaseProxy.rules = {
        onRequest: (bytes) => {
          if (cuts > 0 || bytes[0] !== COPY_DATA) return 'pass';
          cuts += 1;
          return 'cut';
        },
      };
      await arrive();
      databaseProxy.rules = {};

      expect(cuts).toBe(1);
      await expectAllDone();
    },
    LONG_MS,
  );

  it(
    'row 15: killed at each step, of a message or of a state machine, the target has every row once',
    async () => {
      const { functions, database } = lab();
      const killed: [point: string, outcome: Outcome][] = [];
      const kill = async (event: unknown, ...points: string[]): Promise<void> => {
        for (const point of points) killed.push([point, await killAt(functions.export, point, event)]);
      };
      const step = async <Answer>(event: unknown): Promise<Answer> => {
        const outcome = await functions.export.invoke(event);
        return (outcome.kind === 'answered' ? outcome.payload : outcome) as Answer;
      };
      const attributes = { ApproximateReceiveCount: '1' };
      const message = { Records: [{ messageId: 'killed', body: '{"export":"serving"}', attributes }] };
      await database.query('drop table public.customer');
      await kill(message, 'export.opened', 'export.after-load', 'export.loaded');
      await kill(message, 'export.before-commit', 'export.after-commit');
      await database.query('drop table public.order_line');
      const plan = { step: 'plan', export: 'serving', table: 'order_line', runId: 'killed' };
      await kill(plan, 'export.planned');
      const { run, parts } = await step<{ run: SharedTableRun; parts: number[] }>(plan);
      await kill({ step: 'load', run, part: 0 }, 'export.part-staged');
      const loaded = await Promise.all(parts.map((part) => step({ step: 'load', run, part })));
      const publish = { step: 'publish', run, loaded };
      await kill(publish, 'export.before-commit', 'export.after-commit');

      expect(await step(publish)).toEqual({ done: true });
      expect(killed.filter(([, outcome]) => outcome.kind !== 'ended')).toEqual([]);
      expect([...new Set(killed.map(([point]) => point))].sort()).toEqual(
        faultPoints('export', 'targets/postgres'),
      );
      await expectAllDone();
      await arrive();
      await expectAllDone();
    },
    LONG_MS,
  );

  it(
    'row 10: a target that refuses us stays as it is, and the message is put aside with the code',
    async () => {
      const { pipeline, database } = lab();
      await database.query('alter table public.customer rename to theirs');
      await database.query('create view public.customer as select * from public.theirs');
      const before = await database.query('select * from public.theirs order by id');
      await arrive();

      expect(await lab().deadLetters()).toEqual([
        { body: '{"export":"serving"}', code: 'TARGET_INCOMPATIBLE' },
      ]);
      expect(await database.query('select * from public.theirs order by id')).toEqual(before);

      await database.query('drop view public.customer');
      await database.query('alter table public.theirs rename to customer');
      await pipeline.ring('{"export":"all"}');
      await pipeline.settle(LONG_MS);
      await expectAllDone();
    },
    LONG_MS,
  );
});
