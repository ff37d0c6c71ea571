import { beforeAll, expect, it } from 'vitest';
import { describeWithCloud } from './describe-with-cloud.ts';
import { expectExported } from './expect-model.ts';
import { feedOf } from './feed.ts';

const LONG_MS = 240_000;

const TABLES = [{ name: 'customer', source: 'dbo.Customer', keys: ['id'], history: 'every-change' }];

/** First byte of a message of Postgres that carries rows. */
const COPY_DATA = 'd'.charCodeAt(0);

describeWithCloud('an export in the cloud', { tables: TABLES, afterIngest: 1 }, (lab) => {
  const feed = feedOf({ seed: 21, files: 6 });
  let sent = 0;
  /** Lets files arrive and waits until all that follows has happened. */
  const arrive = async (files: number): Promise<void> => {
    for (const file of feed.slice(sent, sent + files)) await lab().put('customer', file.name, file);
    sent += files;
    await lab().pipeline.settle(LONG_MS);
  };
  const outcomesSince = (before: number) => lab().functions.export.outcomes.slice(before);

  beforeAll(() => arrive(2), LONG_MS);

  it(
    'row 15: the connection is cut while rows are sent, and the target has all of them in the end',
    async () => {
      const { databaseProxy, functions } = lab();
      const before = functions.export.outcomes.length;
      let cuts = 0;
      databaseProxy.rules = {
        onRequest: (bytes) => {
          if (cuts > 0 || bytes[0] !== COPY_DATA) return 'pass';
          cuts += 1;
          return 'cut';
        },
      };
      await arrive(1);
      databaseProxy.rules = {};

      expect(cuts).toBe(1);
      expect(outcomesSince(before).map(({ kind }) => kind)).toContain('answered');
      await expectExported(lab(), 'customer', feed.slice(0, sent));
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 15: killed before and after the commit, the target has the rows once',
    async () => {
      const { functions } = lab();
      const before = functions.export.outcomes.length;
      await functions.export.arm(
        { TIDEMARK_FAULT: 'export.before-commit' },
        { TIDEMARK_FAULT: 'export.after-commit' },
      );
      await arrive(1);

      const killed = { kind: 'ended', how: 'SIGKILL' };
      expect(outcomesSince(before).slice(0, 2)).toEqual([killed, killed]);
      await expectExported(lab(), 'customer', feed.slice(0, sent));
      expect(await lab().deadLetters()).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'row 10: a target that refuses us gets nothing, and the message is put aside with the code',
    async () => {
      const { pipeline, database } = lab();
      await database.query('alter table public.customer add column by_hand text');
      const before = await database.query('select * from public.customer order by id');
      await arrive(1);

      expect(await lab().deadLetters()).toEqual([{ body: '{"export":"serving"}', code: 'x' }]);
      expect(await database.query('select * from public.customer order by id')).toEqual(before);

      await database.query('alter table public.customer drop column by_hand');
      await pipeline.ring('{"export":"all"}');
      await pipeline.settle(LONG_MS);
      await expectExported(lab(), 'customer', feed.slice(0, sent));
    },
    LONG_MS,
  );
});
