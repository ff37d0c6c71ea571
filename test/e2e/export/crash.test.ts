import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExport } from '../../../lib/export/run-export.ts';
import type { Faults } from '../../../lib/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../helpers/tcp-proxy.ts';
import {
  COLUMNS,
  type ExportedTable,
  type ExportHarness,
  openExportHarness,
  readEverything,
  readTarget,
} from './harness.ts';

const POINTS = [
  'export.opened',
  'export.after-load',
  'export.loaded',
  'export.before-commit',
  'export.after-commit',
];

const faultAt = (point: string): Faults => ({
  at: async (at) => {
    if (at === point) throw new Error(`fault at ${point}`);
  },
});

describe('an export that ends early', () => {
  let harness: ExportHarness;
  beforeAll(async () => {
    harness = await openExportHarness();
  });
  afterAll(() => harness?.close());

  /** A table exported once, then changed by an insert, an update and a delete. */
  async function changedTable(targetSchema: string): Promise<ExportedTable> {
    const table = await freshTable();
    await table.export({ targetSchema });
    await table.ingest(COLUMNS, [
      { op: 'U', at: '11:00', seq: 3, id: 1, name: 'Eve' },
      { op: 'D', at: '11:00', seq: 4, id: 2 },
      { op: 'I', at: '11:00', seq: 5, id: 3, name: 'Cy' },
    ]);
    return table;
  }
  async function freshTable(): Promise<ExportedTable> {
    const table = harness.table({ keys: ['id'] });
    await table.ingest(COLUMNS, [
      { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' },
      { op: 'I', at: '10:00', seq: 2, id: 2, name: 'Bob' },
    ]);
    return table;
  }
  const CHANGED = [
    { id: '1', name: 'Eve' },
    { id: '3', name: 'Cy' },
  ];

  it('passes every named point in this order', async () => {
    const table = await changedTable('named');
    const passed: string[] = [];
    const faults: Faults = { at: async (point) => void passed.push(point) };

    for (const mode of ['incremental', 'full'] as const) {
      await table.report({ targetSchema: 'named', mode }, {}, faults);
    }

    expect(passed).toEqual([...POINTS, ...POINTS]);
  });

  describe.each(POINTS)('at %s', (point) => {
    const committed = point === 'export.after-commit';

    it.each(['full', 'incremental'] as const)(
      'has done all or nothing, and is made good by the next (%s)',
      async (mode) => {
        const targetSchema = `${mode} ${point}`;
        const table = await changedTable(targetSchema);
        const before = await readEverything(harness.database);

        const { error } = await table.report({ mode, targetSchema }, {}, faultAt(point));

        expect(error?.message).toContain(`fault at ${point}`);
        if (!committed) expect(await readEverything(harness.database)).toEqual(before);
        expect(await table.export({ mode, targetSchema })).toMatchObject(
          committed ? { upserted: 0, removed: 0 } : { upserted: 2, removed: 1 },
        );
        expect(await readTarget(harness.database, table.name, COLUMNS, targetSchema)).toEqual(CHANGED);
        expect(await table.export({ targetSchema })).toMatchObject({ mode: 'delta', rows: 0 });
      },
    );

    it('leaves no schema and no table behind that was not there', async () => {
      const targetSchema = `new ${point}`;
      const table = await freshTable();
      const before = await readEverything(harness.database);

      await table.report({ targetSchema }, {}, faultAt(point));

      if (!committed) expect(await readEverything(harness.database)).toEqual(before);
      await table.export({ targetSchema });
      expect(await readTarget(harness.database, table.name, COLUMNS, targetSchema)).toEqual([
        { id: '1', name: 'Ada' },
        { id: '2', name: 'Bob' },
      ]);
    });
  });

  describe('because the connection is cut', () => {
    let proxy: TcpProxy;
    const env = () => {
      const url = new URL(harness.database.url);
      url.port = String(proxy.port);
      return { PG_URL: url.href };
    };
    beforeAll(async () => {
      const { hostname, port } = new URL(harness.database.url);
      proxy = await startTcpProxy({ host: hostname, port: Number(port || 5432) });
    });
    afterAll(() => proxy?.close());

    /** Enough rows that a cut after some of their bytes is in the middle of them. */
    async function largeTable(targetSchema: string): Promise<ExportedTable> {
      const table = await freshTable();
      await table.export({ targetSchema });
      await table.ingest(
        COLUMNS,
        Array.from({ length: 3000 }, (_, at) => ({
          op: 'I' as const,
          at: '11:00',
          seq: at + 10,
          id: at + 10,
          name: `${at}`.padEnd(200, 'x'),
        })),
      );
      return table;
    }

    it.each(['full', 'incremental'] as const)(
      'in the middle of COPY: the target is as before and the next goes through (%s)',
      async (mode) => {
        const targetSchema = `cut ${mode}`;
        const table = await largeTable(targetSchema);
        const before = await readEverything(harness.database);
        const sent = new Map<number, number>();
        proxy.rules = {
          onRequest: ({ length }, connection) => {
            sent.set(connection, (sent.get(connection) ?? 0) + length);
            return sent.get(connection)! > 100_000 ? 'cut' : 'pass';
          },
        };
        const settings = table.settings({ mode, targetSchema });

        const [report] = await runExport(table.workspace({ env: env() }), settings);

        expect(report?.error).toMatchObject({ name: 'TransientError', code: 'TARGET_CONNECTION_LOST' });
        expect(await readEverything(harness.database)).toEqual(before);
        proxy.rules = {};
        const [again] = await runExport(table.workspace({ env: env() }), settings);
        expect(again).toMatchObject({ error: null, upserted: 3000, removed: 0 });
      },
    );

    it('and stays cut: what is left over goes with the next export', async () => {
      const targetSchema = 'stays cut';
      const table = await largeTable(targetSchema);
      const before = await readEverything(harness.database);
      const sent = new Map<number, number>();
      let dead = false;
      proxy.rules = {
        onRequest: ({ length }, connection) => {
          sent.set(connection, (sent.get(connection) ?? 0) + length);
          dead ||= sent.get(connection)! > 100_000;
          return dead ? 'cut' : 'pass';
        },
      };
      const settings = table.settings({ targetSchema });

      const [report] = await runExport(table.workspace({ env: env() }), settings);

      expect(report?.error).toMatchObject({ name: 'TransientError' });
      const after = await readEverything(harness.database);
      expect(after.filter((thing) => !thing.includes('_tidemark_stage_'))).toEqual(before);
      await table.export({ targetSchema });
      expect((await readEverything(harness.database)).filter((thing) => thing.includes('_stage_'))).toEqual(
        [],
      );
      expect(await readTarget(harness.database, table.name, COLUMNS, targetSchema)).toHaveLength(3002);
    });
  });
});
