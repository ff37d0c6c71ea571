import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTransient } from '../../../lib/errors.ts';
import { addSeconds } from '../../../lib/instant.ts';
import { ingestTable } from '../../../lib/ingest/ingest-table.ts';
import { findHolder, unlockTable } from '../../../lib/operations/unlock.ts';
import { verifyTable } from '../../../lib/operations/verify.ts';
import type { Dialect, Engine, Faults } from '../../../lib/ports.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { cdcFileName, change, loadFileName } from '../../helpers/change-files.ts';
import { withoutTransactions } from '../../helpers/without-transactions.ts';
import { COLUMNS, createLab, type Lab } from './ingest-lab.ts';

const ONE_FILE = { maxFiles: 1, maxBytes: Number.MAX_SAFE_INTEGER };

let lab: Lab;
afterEach(() => lab.remove());

/** An engine as a lakehouse is; a comment stands in for the property that ends its writes. */
function lakehouse(executed: string[] = []): (engine: Engine) => Engine {
  return (engine) => {
    const alone = withoutTransactions(engine);
    const endWrites: Dialect['endWrites'] = (table, instant) =>
      `comment on table ${alone.dialect.tableName(table)} is '${instant}'`;
    const told: Engine = {
      ...alone,
      dialect: { ...alone.dialect, endWrites },
      execute: (sql) => {
        executed.push(sql);
        return alone.execute(sql);
      },
      tagged: () => told,
      transaction: (work) => work(told),
    };
    return told;
  };
}

async function deliverStory(to: Lab): Promise<void> {
  const row = (op: 'I' | 'U' | 'D', at: string, seq: number, id: number, name: string) =>
    change({ op, at, seq, id, name });
  const load = [1, 2, 3].map((id) => change({ op: 'I', at: '08:00', load: true, id, name: 'old' }));
  await to.deliver(loadFileName(1), { columns: COLUMNS, changes: load });
  await to.deliver(cdcFileName(1), {
    columns: COLUMNS,
    changes: [row('U', '09:00', 1, 1, 'new'), row('D', '09:00', 2, 2, 'old'), row('I', '09:00', 3, 4, 'x')],
  });
  await to.deliver(cdcFileName(2), {
    columns: COLUMNS,
    changes: [row('I', '10:00', 4, 2, 'back'), row('D', '10:00', 5, 4, 'x')],
  });
}

/** Somebody who stops at a point of his ingest, and goes on when he is told to. */
function startHolder(ws: Workspace, point: string, visit: number) {
  let wake = (): void => {};
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let stopped = (): void => {};
  const atPoint = new Promise<void>((resolve) => {
    stopped = resolve;
  });
  let visits = 0;
  const faults: Faults = {
    at: async (passed) => {
      if (passed !== point) return;
      visits += 1;
      if (visits !== visit) return;
      stopped();
      await asleep;
    },
  };
  const ended = ingestTable({ ...ws.ingestDeps(lab.table), faults }, { batch: ONE_FILE });
  return { atPoint, wake, ended };
}

const POINTS: readonly (readonly [point: string, visit: number])[] = [
  ['ingest.claimed', 1],
  ...['started', 'schema-ready', 'merged', 'before-commit', 'applied', 'moved-one', 'moved-all'].map(
    (point) => [`ingest.${point}`, 1] as const,
  ),
  ['ingest.schema-ready', 2],
  ['ingest.merged', 2],
];

describe.each(['last-change', 'every-change'])('a table taken from its holder, %s', (history) => {
  let undisturbed: object;
  beforeEach(async () => {
    const other = await createLab({ keys: 'id', history });
    await deliverStory(other);
    await other.ingest({ around: lakehouse(), ingest: { batch: ONE_FILE } });
    undisturbed = await other.state();
    await other.remove();
    lab = await createLab({ keys: 'id', history });
    await deliverStory(lab);
  });

  it.each(POINTS)(
    'who stopped at %s (%s) and comes back when all is done: he changes nothing',
    async (...at) => {
      await lab.use(
        async (ws) => {
          const old = startHolder(ws, ...at);
          await old.atPoint;
          const busy = await ingestTable(ws.ingestDeps(lab.table));
          expect(busy.error).toMatchObject({ code: 'TABLE_BUSY' });
          const holder = await findHolder(ws, lab.table);
          await unlockTable(ws, lab.table, holder!.claim);

          const next = await ingestTable(ws.ingestDeps(lab.table), { batch: ONE_FILE });
          old.wake();
          const { error } = await old.ended;

          expect(next).toMatchObject({ error: null, waiting: 0 });
          expect(error === null || isTransient(error)).toBe(true);
          expect(await verifyTable(ws, lab.table)).toMatchObject({ healthy: true });
          expect(await ingestTable(ws.ingestDeps(lab.table))).toMatchObject({ error: null, files: 0 });
        },
        { around: lakehouse() },
      );

      expect(await lab.state()).toEqual(undisturbed);
    },
  );

  it.each(POINTS)(
    'who stopped at %s (%s) and comes back before anybody else: he is refused',
    async (...at) => {
      await lab.use(
        async (ws) => {
          const old = startHolder(ws, ...at);
          await old.atPoint;
          await unlockTable(ws, lab.table, (await findHolder(ws, lab.table))!.claim);
          old.wake();

          expect((await old.ended).error).toMatchObject({ name: 'TransientError', code: 'LEASE_LOST' });
          expect(await findHolder(ws, lab.table)).toBeNull();
          expect(await ingestTable(ws.ingestDeps(lab.table), { batch: ONE_FILE })).toMatchObject({
            error: null,
          });
        },
        { around: lakehouse() },
      );

      expect(await lab.state()).toEqual(undisturbed);
    },
  );
});

describe('a holder who was asleep before his merge', () => {
  it.each(['last-change', 'every-change'])('looks at his claim once more (%s)', async (history) => {
    lab = await createLab({ keys: 'id', history });
    await deliverStory(lab);
    const executed: string[] = [];
    await lab.use(
      async (ws) => {
        let slept = 0;
        const deps = ws.ingestDeps(lab.table);
        const clock = { now: () => addSeconds(deps.clock.now(), slept) };
        const faults: Faults = {
          at: async (point) => {
            if (point !== 'ingest.schema-ready') return;
            slept = 6;
            await unlockTable(ws, lab.table, (await findHolder(ws, lab.table))!.claim);
            executed.length = 0;
          },
        };

        const { error } = await ingestTable({ ...deps, clock, faults });

        expect(error).toMatchObject({ name: 'TransientError', code: 'LEASE_LOST' });
      },
      { around: lakehouse(executed) },
    );

    expect(executed.filter((sql) => !sql.includes('_tidemark_'))).toEqual([]);
  });
});

describe('unlock', () => {
  beforeEach(async () => {
    lab = await createLab({ keys: 'id' });
    await deliverStory(lab);
  });

  const claimed = async (ws: Workspace): Promise<string> => {
    const { fence } = await ws.ledger.claim('orders', ws.ingestDeps(lab.table).worker);
    return String(fence);
  };

  it('tells host, process and time of who has the table, and that nobody has one given back', async () => {
    await lab.use(
      async (ws) => {
        expect(await findHolder(ws, lab.table)).toBeNull();
        const before = ws.clock.now();
        const lease = await ws.ledger.claim('orders', ws.ingestDeps(lab.table).worker);

        const holder = await findHolder(ws, lab.table);
        expect(holder).toEqual({
          ...{ claim: '1', host: hostname(), pid: process.pid, alive: false },
          since: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]+\.\d{6}Z$/),
          until: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]+\.\d{6}Z$/),
        });
        expect(holder!.since! >= before && holder!.until > holder!.since!).toBe(true);

        await ws.ledger.release(lease);
        expect(await findHolder(ws, lab.table)).toBeNull();
        expect(await unlockTable(ws, lab.table, '1')).toBeNull();
      },
      { around: lakehouse() },
    );
  });

  it('ends what the holder still has running, before its claim and after', async () => {
    await lab.ingest({ around: lakehouse() });
    const executed: string[] = [];
    await lab.use(
      async (ws) => {
        const claim = await claimed(ws);
        executed.length = 0;
        await unlockTable(ws, lab.table, claim);
      },
      { around: lakehouse(executed) },
    );

    expect(executed.map((sql) => sql.replace(/\s+/g, ' ').replace(/'[^']*'/g, '…'))).toEqual([
      'comment on table "main"."orders" is …',
      'update "main"."_tidemark_heads" set fence = fence + 1, owner = cast(null as varchar), expires_at = timestamptz … where table_name = … and fence = 2',
      'comment on table "main"."orders" is …',
    ]);
  });

  it('leaves the claim where the engine refuses to end what runs', async () => {
    await lab.ingest({ around: lakehouse() });
    await lab.use(
      async (ws) => {
        const claim = await claimed(ws);
        const endWrites = () => 'no such statement';
        const refusing = { ...ws, engine: { ...ws.engine, dialect: { ...ws.engine.dialect, endWrites } } };

        await expect(unlockTable(refusing, lab.table, claim)).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
        expect(await findHolder(ws, lab.table)).toMatchObject({ claim });
      },
      { around: lakehouse() },
    );
  });

  it.each(['unlock.stopped', 'unlock.broken'])('killed at %s is done by doing it again', async (point) => {
    await lab.ingest({ around: lakehouse() });
    const faults: Faults = {
      at: async (passed) => {
        if (passed === point) throw new Error('killed');
      },
    };
    await lab.use(
      async (ws) => {
        const claim = await claimed(ws);
        await expect(unlockTable({ ...ws, faults }, lab.table, claim)).rejects.toThrow('killed');
        await unlockTable(ws, lab.table, claim);

        expect(await findHolder(ws, lab.table)).toBeNull();
        expect(await ingestTable(ws.ingestDeps(lab.table))).toMatchObject({ error: null });
      },
      { around: lakehouse() },
    );
  });

  it('takes the table from nobody but whom it was shown', async () => {
    await lab.use(
      async (ws) => {
        const claim = await claimed(ws);
        await unlockTable(ws, lab.table, claim);
        expect(await unlockTable(ws, lab.table, claim)).toBeNull();
        const newer = await claimed(ws);

        await expect(unlockTable(ws, lab.table, claim)).rejects.toMatchObject({
          code: 'HOLDER_CHANGED',
          context: { claim: newer },
        });
        expect(await findHolder(ws, lab.table)).toMatchObject({ claim: newer });
      },
      { around: lakehouse() },
    );
  });

  it('refuses while the process of the holder runs on this machine', async () => {
    await lab.use(
      async (ws) => {
        const other = ws.ingestDeps(lab.table).worker.replace(`/${process.pid}/`, `/${process.ppid}/`);
        await ws.ledger.claim('orders', other);

        expect(await findHolder(ws, lab.table)).toMatchObject({ pid: process.ppid, alive: true });
        await expect(unlockTable(ws, lab.table, '1')).rejects.toMatchObject({ code: 'HOLDER_ALIVE' });
      },
      { around: lakehouse() },
    );
  });

  it('has nothing to do where one process at a time has the histories open', async () => {
    await lab.use(async (ws) => {
      await claimed(ws);
      expect(await findHolder(ws, lab.table)).toBeNull();
      expect(await unlockTable(ws, lab.table, '1')).toBeNull();
    });
  });
});
