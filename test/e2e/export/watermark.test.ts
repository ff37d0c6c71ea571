import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { exportTable, type ExportOptions } from '../../../lib/export/export-table.ts';
import { eraseTargets } from '../../../lib/export/erase-targets.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import type { ExportConfig } from '../../../lib/config/config.ts';
import { eraseKey } from '../../../lib/operations/erase.ts';
import type { SnapshotTarget } from '../../../lib/ports.ts';
import {
  COLUMNS,
  type ExportedTable,
  type ExportHarness,
  ID,
  NAME,
  openExportHarness,
  readTarget,
} from './harness.ts';

const DAY_ONE = '2024-05-01T10:30:00.000000Z';

describe('an incremental export', () => {
  let harness: ExportHarness;
  let target: SnapshotTarget;
  beforeAll(async () => {
    harness = await openExportHarness();
    const any = harness.table({ keys: ['id'] });
    target = await openTarget(any.workspace(), any.settings());
  });
  afterAll(async () => {
    await target?.close();
    await harness?.close();
  });

  const read = ({ name }: ExportedTable, columns: readonly Column[] = COLUMNS) =>
    readTarget(harness.database, name, columns);

  /** A table with three rows, exported, then one changed and one deleted. */
  async function changedTable(): Promise<ExportedTable> {
    const table = harness.table({ keys: ['id'] });
    await table.ingest(COLUMNS, [
      { op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada' },
      { op: 'I', at: '10:00', seq: 2, id: 2, name: 'Bob' },
      { op: 'I', at: '10:00', seq: 3, id: 3, name: 'Cy' },
    ]);
    await table.export();
    await table.ingest(COLUMNS, [
      { op: 'U', at: '11:00', seq: 4, id: 1, name: 'Eve' },
      { op: 'D', at: '11:00', seq: 5, id: 2 },
    ]);
    return table;
  }
  const CHANGED = [
    { id: '1', name: 'Eve' },
    { id: '3', name: 'Cy' },
  ];
  const RELOADED = { mode: 'full', rows: 2, upserted: 1, removed: 1, unchanged: 1 };

  it('sends only what changed', async () => {
    const table = await changedTable();

    expect(await table.export()).toEqual({
      target: `shop.${table.name}`,
      mode: 'delta',
      reason: null,
      rows: 2,
      upserted: 1,
      removed: 1,
      unchanged: 0,
    });
    expect(await read(table)).toEqual(CHANGED);
  });

  it('has nothing to send when no batch came since', async () => {
    const table = await changedTable();
    await table.export();

    expect(await table.export()).toMatchObject({ mode: 'delta', rows: 0, upserted: 0, removed: 0 });
    expect(await read(table)).toEqual(CHANGED);
  });

  it('keeps what is gone with removeMissing: false', async () => {
    const table = await changedTable();
    await table.export({ removeMissing: false });
    await table.ingest(COLUMNS, [{ op: 'D', at: '12:00', seq: 6, id: 3 }]);

    expect(await table.export({ removeMissing: false })).toMatchObject({ mode: 'delta', rows: 0 });
    expect(await read(table)).toEqual([
      { id: '1', name: 'Eve' },
      { id: '2', name: 'Bob' },
      { id: '3', name: 'Cy' },
    ]);
  });

  describe('sends everything and says why', () => {
    it('when the watermark is gone', async () => {
      const table = await changedTable();
      await harness.database.query('delete from shop._tidemark_watermarks where target_table = $1', [
        table.name,
      ]);

      expect(await table.export()).toMatchObject({ ...RELOADED, reason: 'the target has no watermark yet' });
      expect(await read(table)).toEqual(CHANGED);
    });

    it('when the table was dropped', async () => {
      const table = await changedTable();
      await harness.database.query(`drop table shop.${table.name}`);

      expect(await table.export()).toMatchObject({ mode: 'full', reason: 'the target has no watermark yet' });
      expect(await read(table)).toEqual(CHANGED);
    });

    it('when the history was built anew', async () => {
      const table = await changedTable();
      const { ledger, engine } = table.workspace();
      await ledger.newHistory(engine, table.name);

      expect(await table.export()).toMatchObject({
        ...RELOADED,
        reason: 'the target was filled from another history',
      });
      expect(await read(table)).toEqual(CHANGED);
      expect(await table.export()).toMatchObject({ mode: 'delta', rows: 0 });
    });

    it.each<[string, Partial<ExportConfig>]>([
      ['removeMissing', { removeMissing: false }],
      ['nonFinite', { nonFinite: 'error' }],
      ['columnCase', { columnCase: 'lower' }],
    ])('when %s was changed', async (_, overrides) => {
      const table = await changedTable();

      expect(await table.export(overrides)).toMatchObject({
        mode: 'full',
        reason: 'settings of the export or the table have changed',
      });
      expect(await table.export(overrides)).toMatchObject({ mode: 'delta', rows: 0 });
    });

    it('when the watermark is ahead of a history that was put back to an older copy', async () => {
      const table = await changedTable();
      const foresee = 'update shop._tidemark_watermarks set batch_id = 99 where target_table = $1';
      await harness.database.query(foresee, [table.name]);

      expect(await table.export()).toMatchObject({
        ...RELOADED,
        reason: 'the watermark is ahead of the history',
      });
      expect(await read(table)).toEqual(CHANGED);
      await harness.database.query(foresee, [table.name]);
      expect(await table.export({ mode: 'full' })).toMatchObject({ mode: 'full', reason: null });
      expect(await table.export()).toMatchObject({ mode: 'delta', rows: 0 });
    });

    it('when the table was replaced by a snapshot of the past', async () => {
      const table = await changedTable();
      expect(await table.export({}, { asOf: DAY_ONE, replace: true })).toMatchObject({
        target: `shop.${table.name}`,
        mode: 'full',
        reason: null,
        rows: 3,
      });

      expect(await table.export()).toMatchObject({
        ...RELOADED,
        reason: 'the target holds a snapshot of the past',
      });
      expect(await read(table)).toEqual(CHANGED);
    });
  });

  describe('after the columns changed', () => {
    const TOWN: Column = { name: 'town', type: { kind: 'string' } };

    it('stays a delta and adds the new column', async () => {
      const table = await changedTable();
      await table.ingest(
        [...COLUMNS, TOWN],
        [{ op: 'I', at: '12:00', seq: 6, id: 4, name: 'Dee', town: 'Ulm' }],
      );

      expect(await table.export()).toMatchObject({ mode: 'delta', rows: 3, upserted: 2, removed: 1 });
      expect(await read(table, [...COLUMNS, TOWN])).toEqual([
        { id: '1', name: 'Eve', town: null },
        { id: '3', name: 'Cy', town: null },
        { id: '4', name: 'Dee', town: 'Ulm' },
      ]);
    });

    it('stays a delta and widens columns, keys included', async () => {
      const narrow: Column[] = [ID, { name: 'price', type: { kind: 'decimal', precision: 6, scale: 2 } }];
      const wide: Column[] = [
        { name: 'id', type: { kind: 'int', bits: 64 } },
        { name: 'price', type: { kind: 'decimal', precision: 38, scale: 10 } },
      ];
      const table = harness.table({ keys: ['id'] });
      await table.ingest(narrow, [
        { op: 'I', at: '10:00', seq: 1, id: 1, price: '1.50' },
        { op: 'I', at: '10:00', seq: 2, id: 2, price: '9999.99' },
      ]);
      await table.export();
      await table.ingest(wide, [
        { op: 'U', at: '11:00', seq: 3, id: 2, price: '0.0000000001' },
        { op: 'I', at: '11:00', seq: 4, id: '9007199254740993', price: null },
      ]);

      expect(await table.export()).toMatchObject({ mode: 'delta', rows: 2, upserted: 2 });
      expect(await read(table, wide)).toEqual([
        { id: '1', price: '1.5000000000' },
        { id: '2', price: '0.0000000001' },
        { id: '9007199254740993', price: null },
      ]);
    });
  });

  describe('that has to wait for its turn', () => {
    /** Starts an export that has read its history, but comes to the target only after `meanwhile`. */
    async function late(
      table: ExportedTable,
      meanwhile: () => Promise<unknown>,
      settings: Partial<ExportConfig> = {},
      options: ExportOptions = {},
    ) {
      let first = true;
      const slow: SnapshotTarget = {
        ...target,
        async open(spec) {
          if (first) await meanwhile();
          first = false;
          return target.open(spec);
        },
      };
      const ws = table.workspace();
      return exportTable(ws, table.settings(settings), slow, table.pipeline.config, options);
    }
    const newer = (table: ExportedTable) => async () => {
      await table.ingest(COLUMNS, [{ op: 'D', at: '12:00', seq: 9, id: 3 }]);
      await table.export();
    };
    const NEWER = [{ id: '1', name: 'Eve' }];

    it.each(['full', 'incremental'] as const)('never overwrites a newer one (%s)', async (mode) => {
      const table = await changedTable();

      await expect(late(table, newer(table), { mode })).rejects.toMatchObject({
        name: 'TerminalError',
        code: 'EXPORT_SUPERSEDED',
      });
      expect(await read(table)).toEqual(NEWER);
      expect(await table.export()).toMatchObject({ mode: 'delta', rows: 0 });
    });

    it('never overwrites a newer snapshot of the same instant', async () => {
      const table = await changedTable();
      const change = async () => {
        await table.ingest(COLUMNS, [{ op: 'I', at: '10:20', seq: 9, id: 4, name: 'late' }]);
        await table.export({}, { asOf: DAY_ONE });
      };

      await expect(late(table, change, {}, { asOf: DAY_ONE })).rejects.toMatchObject({
        code: 'EXPORT_SUPERSEDED',
      });
      const rows = await readTarget(harness.database, `${table.name}_2024_05_01_103000`, COLUMNS);
      expect(rows).toHaveLength(4);
    });

    it('sends everything when the table was replaced meanwhile', async () => {
      const table = await changedTable();

      const done = await late(table, () => table.export({}, { asOf: DAY_ONE, replace: true }));

      expect(done).toMatchObject({ mode: 'full', reason: 'the target holds a snapshot of the past' });
      expect(await read(table)).toEqual(CHANGED);
    });

    it('never brings back a key that was erased meanwhile', async () => {
      const table = await changedTable();
      const ws = table.workspace();
      const config = { ...ws.config, exports: [table.settings()] };
      const erase = () =>
        eraseKey(
          { ...ws, config },
          table.pipeline.config,
          { id: '1' },
          eraseTargets({ ...ws, config }, table.pipeline.config),
        );

      await expect(late(table, erase)).rejects.toMatchObject({
        name: 'TransientError',
        code: 'EXPORT_OUTDATED',
      });
      await table.export({ mode: 'full' });
      expect(await read(table)).toEqual([{ id: '3', name: 'Cy' }]);
    });

    it('goes through with all others, one after the other', async () => {
      const table = await changedTable();
      const modes = ['full', 'incremental', 'full', 'incremental'] as const;

      const all = await Promise.all(modes.map((mode) => table.export({ mode })));

      const sum = (of: 'upserted' | 'removed') => all.reduce((total, one) => total + one[of], 0);
      expect({ upserted: sum('upserted'), removed: sum('removed') }).toEqual({ upserted: 1, removed: 1 });
      expect(await read(table)).toEqual(CHANGED);
    });
  });

  it('has a column of its own for every name, hidden ones of the engine included', async () => {
    const names = ['h', 'touched', 'gone', '__touched', 'rowid', 'filename'];
    const columns: Column[] = [
      ID,
      NAME,
      ...names.map((name): Column => ({ name, type: { kind: 'string' } })),
    ];
    const table = harness.table({ keys: ['id', 'h'] });
    const values = Object.fromEntries(names.map((name) => [name, `${name}!`]));
    await table.ingest(columns, [{ op: 'I', at: '10:00', seq: 1, id: 1, name: 'Ada', ...values }]);
    await table.export();
    await table.ingest(columns, [
      { op: 'U', at: '11:00', seq: 2, id: 1, name: 'Eve', ...values },
      { op: 'D', at: '11:00', seq: 3, id: 2, name: 'Bob', ...values },
    ]);

    expect(await table.export()).toMatchObject({ mode: 'delta', rows: 2, upserted: 1 });
    expect(await read(table, columns)).toEqual([{ id: '1', name: 'Eve', ...values }]);
  });
});
