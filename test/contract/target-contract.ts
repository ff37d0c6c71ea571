import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Column } from '../../lib/config/column-type.ts';
import type { PipelineError } from '../../lib/errors.ts';
import {
  type Faults,
  NO_FAULTS,
  type PublishResult,
  type SnapshotSpec,
  type SnapshotTarget,
  type TextRow,
  type Watermark,
} from '../../lib/ports.ts';

/** What a target has to lend the suite. */
export interface TargetHarness {
  /** Another target on the same database; the caller closes it. */
  connect(options?: { faults?: Faults; turnMs?: number }): Promise<SnapshotTarget>;
  /** Rows of canonical text in the target's bulk text format, made without the engine. */
  encode(columns: readonly Column[], rows: readonly TextRow[]): string;
  /** All rows of a table as canonical text, in order of the first column; null when there is no such table. */
  read(schema: string, table: string, columns: readonly Column[]): Promise<TextRow[] | null>;
  /** Everything that exists in the database, described so that any change shows. */
  catalog(): Promise<string[]>;
  close(): Promise<void>;
}

export const ID: Column = { name: 'id', type: { kind: 'int', bits: 32 } };
export const NAME: Column = { name: 'name', type: { kind: 'string' } };
const COLUMNS = [ID, NAME];

export function specOf(targetTable: string, overrides: Partial<SnapshotSpec> = {}): SnapshotSpec {
  return {
    targetSchema: 'shop',
    targetTable,
    columns: COLUMNS,
    keys: ['id'],
    removeMissing: true,
    nonFinite: 'null',
    connections: 2,
    mode: 'full',
    ...overrides,
  };
}

export function markOf(batchId: bigint, overrides: Partial<Watermark> = {}): Watermark {
  return {
    historyId: 'history-1',
    configHash: 'config-1',
    kind: 'current',
    asOf: null,
    batchId,
    exportedAt: '2024-05-06T07:08:09.123456Z',
    ...overrides,
  };
}

export async function* source(...blocks: readonly string[]): AsyncGenerator<string> {
  yield* blocks;
}

/** Runs one whole export. */
export async function runExport(
  target: SnapshotTarget,
  harness: Pick<TargetHarness, 'encode'>,
  spec: SnapshotSpec,
  rows: readonly TextRow[],
  options: { batchId?: bigint; deletedKeys?: readonly TextRow[]; mark?: Partial<Watermark> } = {},
): Promise<PublishResult> {
  const load = await target.open(spec);
  try {
    await load.load(source(harness.encode(spec.columns, rows)));
    if (options.deletedKeys) {
      const keys = spec.keys.map((key) => spec.columns.find(({ name }) => name === key)!);
      await load.loadDeletedKeys(source(harness.encode(keys, options.deletedKeys)));
    }
    return await load.publish(markOf(options.batchId ?? 1n, options.mark));
  } finally {
    await load.abort();
  }
}

/** The error a promise fails with, as its class and code. */
export async function failure(
  work: Promise<unknown>,
): Promise<{ kind: string; code: string; message: string }> {
  const error = await work.then(
    () => null,
    (cause: PipelineError) => cause,
  );
  if (!error) throw new Error('it did not fail');
  return { kind: error.name, code: error.code, message: error.message };
}

/** A fault port that fails at one point. */
export function faultAt(point: string): Faults {
  return {
    at: async (at) => {
      if (at === point) throw new Error(`fault at ${point}`);
    },
  };
}

/** Facts that hold for every target. */
export function targetContract(name: string, start: () => Promise<TargetHarness>): void {
  describe(`target contract: ${name}`, () => {
    let harness: TargetHarness;
    let target: SnapshotTarget;

    beforeAll(async () => {
      harness = await start();
      target = await harness.connect();
    });
    afterAll(async () => {
      await target.close();
      await harness.close();
    });

    const read = (table: string, columns: readonly Column[] = COLUMNS, schema = 'shop') =>
      harness.read(schema, table, columns);

    valuesContract(() => ({ harness, target }));

    describe('full', () => {
      it('creates the table, and then writes, overwrites and removes what differs', async () => {
        const first = await runExport(target, harness, specOf('full'), [
          ['1', 'Ada'],
          ['2', 'Bob'],
          ['3', null],
        ]);
        const second = await runExport(target, harness, specOf('full'), [
          ['1', 'Ada'],
          ['3', 'Cy'],
          ['4', 'Dee'],
        ]);

        expect(first).toEqual({ upserted: 3, removed: 0, unchanged: 0 });
        expect(second).toEqual({ upserted: 2, removed: 1, unchanged: 1 });
        expect(await read('full')).toEqual([
          ['1', 'Ada'],
          ['3', 'Cy'],
          ['4', 'Dee'],
        ]);
      });

      it('keeps rows that are not in the snapshot with removeMissing: false', async () => {
        const spec = specOf('kept', { removeMissing: false });
        await runExport(target, harness, spec, [['1', 'Ada']]);

        expect(await runExport(target, harness, spec, [['2', 'Bob']])).toEqual({
          upserted: 1,
          removed: 0,
          unchanged: 0,
        });
        expect(await read('kept')).toEqual([
          ['1', 'Ada'],
          ['2', 'Bob'],
        ]);
      });

      it('empties the table with an empty snapshot, and creates an empty one', async () => {
        await runExport(target, harness, specOf('emptied'), [['1', 'Ada']]);

        expect(await runExport(target, harness, specOf('emptied'), [])).toEqual({
          upserted: 0,
          removed: 1,
          unchanged: 0,
        });
        expect(await read('emptied')).toEqual([]);
        await runExport(target, harness, specOf('born_empty'), []);
        expect(await read('born_empty')).toEqual([]);
      });

      it('mirrors a table of nothing but keys', async () => {
        const spec = specOf('only_keys', { columns: [NAME], keys: ['name'] });
        await runExport(target, harness, spec, [['a'], ['']]);
        await runExport(target, harness, spec, [[''], ['b']]);

        expect(await read('only_keys', [NAME])).toEqual([[''], ['b']]);
      });

      it('knows rows by all columns of a composite key', async () => {
        const spec = specOf('composite', {
          columns: [ID, NAME, { name: 'v', type: { kind: 'string' } }],
          keys: ['name', 'id'],
        });
        await runExport(target, harness, spec, [
          ['1', 'a', 'x'],
          ['1', 'b', 'x'],
        ]);
        const result = await runExport(target, harness, spec, [
          ['1', 'a', 'y'],
          ['2', 'b', 'x'],
        ]);

        expect(result).toEqual({ upserted: 2, removed: 1, unchanged: 0 });
        expect(await read('composite', spec.columns)).toEqual([
          ['1', 'a', 'y'],
          ['2', 'b', 'x'],
        ]);
      });

      it('adds a column that appears, and leaves alone one that is gone', async () => {
        const wider = [...COLUMNS, { name: 'city', type: { kind: 'string' } } as const];
        await runExport(target, harness, specOf('grows'), [['1', 'Ada']]);
        await runExport(target, harness, specOf('grows', { columns: wider }), [['1', 'Ada', 'Rome']]);
        await runExport(target, harness, specOf('grows'), [
          ['1', 'Ada'],
          ['2', 'Bob'],
        ]);

        expect(await read('grows', wider)).toEqual([
          ['1', 'Ada', 'Rome'],
          ['2', 'Bob', null],
        ]);
      });

      it('refuses a key that comes twice and changes nothing', async () => {
        await runExport(target, harness, specOf('twice'), [['1', 'Ada']]);
        const doubled: TextRow[] = [
          ['1', 'Eve'],
          ['1', 'Ada'],
        ];

        expect(await failure(runExport(target, harness, specOf('twice'), doubled))).toMatchObject({
          kind: 'TerminalError',
          code: 'DUPLICATE_KEYS',
        });
        expect(await failure(runExport(target, harness, specOf('twice_new'), doubled))).toMatchObject({
          kind: 'TerminalError',
          code: 'DUPLICATE_KEYS',
        });
        expect(await read('twice')).toEqual([['1', 'Ada']]);
        expect(await read('twice_new')).toBeNull();
      });

      it('sends two hundred thousand rows in bounded memory', async () => {
        const rows = 200_000;
        const spec = specOf('large', { connections: 4 });
        let produced = 0;
        let peak = 0;
        async function* generate() {
          for (let at = 0; at < rows; at += 1000) {
            const block = Array.from(
              { length: 1000 },
              (_, i): TextRow => [`${at + i}`, `${at + i} ${'x'.repeat(500)}`],
            );
            produced += 1000;
            peak = Math.max(peak, process.memoryUsage().arrayBuffers);
            yield harness.encode(COLUMNS, block);
          }
        }
        const before = process.memoryUsage().arrayBuffers;

        const load = await target.open(spec);
        const loaded = await load.load(generate());
        const result = await load.publish(markOf(1n));

        expect({ produced, loaded, result }).toEqual({
          produced: rows,
          loaded: { rows },
          result: { upserted: rows, removed: 0, unchanged: 0 },
        });
        // All rows together are 100 MB.
        expect(peak - before).toBeLessThan(50_000_000);
      });
    });

    describe('delta', () => {
      it('writes the rows sent, removes the keys sent, and touches nothing else', async () => {
        await runExport(target, harness, specOf('delta'), [
          ['1', 'Ada'],
          ['2', 'Bob'],
          ['3', 'Cy'],
          ['4', 'Dee'],
        ]);
        const rows: TextRow[] = [
          ['2', 'Bea'],
          ['3', 'Cy'],
          ['5', 'Eve'],
        ];
        const result = await runExport(target, harness, specOf('delta', { mode: 'delta' }), rows, {
          batchId: 2n,
          deletedKeys: [['4'], ['99']],
        });

        expect(result).toEqual({ upserted: 2, removed: 1, unchanged: 1 });
        expect(await read('delta')).toEqual([
          ['1', 'Ada'],
          ['2', 'Bea'],
          ['3', 'Cy'],
          ['5', 'Eve'],
        ]);
      });

      it('refuses to make a table out of changes alone', async () => {
        expect(await failure(target.open(specOf('no_such', { mode: 'delta' })))).toMatchObject({
          kind: 'TerminalError',
          code: 'TARGET_TABLE_MISSING',
        });
      });
    });

    describe('watermark', () => {
      it('is what the last publish wrote, and nothing before', async () => {
        expect(await target.watermark('shop', 'marked')).toBeNull();
        const mark = {
          batchId: 9007199254740993n,
          kind: 'as-of',
          asOf: '2024-01-31T00:00:00.000000Z',
        } as const;

        await runExport(target, harness, specOf('marked'), [['1', 'Ada']], { mark });

        expect(await target.watermark('shop', 'marked')).toEqual(markOf(0n, mark));
        expect(await target.watermark('no_such_schema', 'marked')).toBeNull();
      });

      it('stops an older batch of the same history from overwriting a newer one', async () => {
        await runExport(target, harness, specOf('pinned'), [['1', 'new']], { batchId: 7n });

        expect(
          await failure(runExport(target, harness, specOf('pinned'), [['1', 'old']], { batchId: 6n })),
        ).toMatchObject({ kind: 'TerminalError', code: 'EXPORT_SUPERSEDED' });
        expect(await read('pinned')).toEqual([['1', 'new']]);
        expect(await target.watermark('shop', 'pinned')).toEqual(markOf(7n));
      });

      it('lets a rebuilt history start again from a lower batch', async () => {
        await runExport(target, harness, specOf('rebuilt'), [['1', 'old']], { batchId: 7n });
        await runExport(target, harness, specOf('rebuilt'), [['1', 'new']], {
          batchId: 1n,
          mark: { historyId: 'history-2' },
        });

        expect(await read('rebuilt')).toEqual([['1', 'new']]);
      });
    });

    describe('turns and failures', () => {
      it('makes a second export of a table wait for the first, but not one of another table', async () => {
        const events: string[] = [];
        const first = await target.open(specOf('turns'));
        const second = target.open(specOf('turns')).then((load) => {
          events.push('second opened');
          return load;
        });
        const other = await target.open(specOf('turns_other'));
        await other.abort();
        await first.load(source(harness.encode(COLUMNS, [['1', 'first']])));
        events.push('first published');
        await first.publish(markOf(1n));
        const load = await second;
        await load.load(source(harness.encode(COLUMNS, [['1', 'second']])));
        await load.publish(markOf(2n));

        expect(events).toEqual(['first published', 'second opened']);
        expect(await read('turns')).toEqual([['1', 'second']]);
      });

      it('gives up waiting for a turn with a transient error', async () => {
        const impatient = await harness.connect({ turnMs: 200 });
        const first = await target.open(specOf('impatient'));

        expect(await failure(impatient.open(specOf('impatient')))).toMatchObject({
          kind: 'TransientError',
          code: 'TARGET_BUSY',
        });
        await first.abort();
        await impatient.close();
      });

      it('leaves nothing behind when it is aborted, not even a schema it made', async () => {
        const before = await harness.catalog();
        const load = await target.open(specOf('aborted', { targetSchema: 'never "made"' }));
        await load.load(source(harness.encode(COLUMNS, [['1', 'Ada']])));

        await load.abort();
        await load.abort();

        expect(await harness.catalog()).toEqual(before);
      });

      it('leaves the target as it was when the source of rows fails', async () => {
        await runExport(target, harness, specOf('broken_source'), [['1', 'Ada']]);
        const before = await harness.catalog();
        async function* broken() {
          yield harness.encode(COLUMNS, [['1', 'Eve']]);
          throw new TypeError('the engine fell over');
        }

        const load = await target.open(specOf('broken_source'));
        await expect(load.load(broken())).rejects.toThrow('the engine fell over');
        await load.abort();

        expect(await harness.catalog()).toEqual(before);
        expect(await read('broken_source')).toEqual([['1', 'Ada']]);
      });

      it.each(['export.after-load', 'export.before-commit'])(
        'changes nothing when it ends at %s',
        async (point) => {
          const table = `ends ${point}`;
          await runExport(target, harness, specOf(table), [['1', 'Ada']]);
          const before = await harness.catalog();
          const faulty = await harness.connect({ faults: faultAt(point) });

          await expect(runExport(faulty, harness, specOf(table), [['1', 'Eve']])).rejects.toThrow(point);
          await faulty.close();

          expect(await harness.catalog()).toEqual(before);
          expect(await read(table)).toEqual([['1', 'Ada']]);
          expect(await runExport(target, harness, specOf(table), [['1', 'Eve']])).toEqual({
            upserted: 1,
            removed: 0,
            unchanged: 0,
          });
        },
      );

      it('has changed everything when it ends at export.after-commit, and the next export finds that', async () => {
        const faulty = await harness.connect({ faults: faultAt('export.after-commit') });
        await expect(runExport(faulty, harness, specOf('committed'), [['1', 'Ada']])).rejects.toThrow(
          'after-commit',
        );
        await faulty.close();

        expect(await read('committed')).toEqual([['1', 'Ada']]);
        expect(await target.watermark('shop', 'committed')).toEqual(markOf(1n));
        expect(await runExport(target, harness, specOf('committed'), [['1', 'Ada']])).toEqual({
          upserted: 0,
          removed: 0,
          unchanged: 1,
        });
      });

      it('works with no faults at all', async () => {
        const plain = await harness.connect({ faults: NO_FAULTS });
        await runExport(plain, harness, specOf('plain'), [['1', 'Ada']]);
        await plain.close();

        expect(await read('plain')).toEqual([['1', 'Ada']]);
      });
    });

    describe('eraseKey', () => {
      it('removes the rows of one key and says how many', async () => {
        await runExport(target, harness, specOf('erased'), [
          ['1', 'Ada'],
          ['2', 'Bob'],
        ]);

        expect(await target.eraseKey('shop', 'erased', { id: '1' })).toBe(1);
        expect(await target.eraseKey('shop', 'erased', { id: '1' })).toBe(0);
        expect(await target.eraseKey('shop', 'no_such_table', { id: '1' })).toBe(0);
        expect(await target.eraseKey('shop', 'erased', { no_such_column: '2' })).toBe(0);
        expect(await read('erased')).toEqual([['2', 'Bob']]);
      });

      it.each([
        [{ kind: 'binary' }, '00ff'],
        [{ kind: 'timestamptz' }, '1969-12-31T23:59:59.999999Z'],
        [{ kind: 'string' }, `it's "here"\\`],
        [{ kind: 'decimal', precision: 38, scale: 18 }, '12345678901234567890.123456789012345678'],
      ] as const)('finds a key of type %o', async (type, value) => {
        const spec = specOf(`erased ${type.kind}`, { columns: [{ name: 'k', type }], keys: ['k'] });
        await runExport(target, harness, spec, [[value]]);

        expect(await target.eraseKey('shop', spec.targetTable, { k: value })).toBe(1);
      });
    });
  });
}

/** Values and names: what goes in comes out, character for character. */
function valuesContract(setUp: () => { harness: TargetHarness; target: SnapshotTarget }): void {
  describe('values', () => {
    it.each([
      ['int8', { kind: 'int', bits: 8 }, ['-128', '127']],
      ['int16', { kind: 'int', bits: 16 }, ['-32768', '32767']],
      ['int32', { kind: 'int', bits: 32 }, ['-2147483648', '2147483647']],
      [
        'int64',
        { kind: 'int', bits: 64 },
        ['-9223372036854775808', '9007199254740993', '9223372036854775807'],
      ],
      [
        'decimal',
        { kind: 'decimal', precision: 38, scale: 18 },
        [
          '-99999999999999999999.999999999999999999',
          '0.000000000000000001',
          '12345678901234567890.100000000000000000',
        ],
      ],
      ['uint64 as decimal', { kind: 'decimal', precision: 20, scale: 0 }, ['18446744073709551615']],
      ['float', { kind: 'float' }, ['NaN', 'Infinity', '-Infinity', '-0', '0.1', '1e-45', '3.4028235e+38']],
      [
        'double',
        { kind: 'double' },
        ['NaN', 'Infinity', '-Infinity', '-0', '0.1', '5e-324', '1.7976931348623157e+308'],
      ],
      ['boolean', { kind: 'boolean' }, ['true', 'false']],
      ['date', { kind: 'date' }, ['0001-01-01', '1900-02-28', '1969-12-31', '2024-02-29', '9999-12-31']],
      ['time', { kind: 'time' }, ['00:00:00.000000', '23:59:59.999999']],
      [
        'timestamp',
        { kind: 'timestamp' },
        ['0001-01-01 00:00:00.000000', '1969-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999'],
      ],
      [
        'timestamptz',
        { kind: 'timestamptz' },
        ['0001-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
      ],
      [
        'uuid',
        { kind: 'uuid' },
        ['00000000-0000-0000-0000-000000000000', 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
      ],
      ['json', { kind: 'json' }, ['{"a": [1, null, "tab\\t"]}', '"\\\\N"', 'null']],
      ['binary', { kind: 'binary' }, ['', '00', '5c4e090a0d', 'ff'.repeat(1000)]],
      [
        'string',
        { kind: 'string' },
        [
          '',
          ' ',
          '\\N',
          '\\.',
          '\\',
          '\\\\',
          '\\n',
          '\t',
          '\n',
          '\r\n',
          '\b\f\v\u0001\u007f',
          `'"\`;--/*`,
          'ünïcödé 漢字 👩‍👩‍👧 \ufeff\u2028',
          'NULL',
          'x'.repeat(100_000),
        ],
      ],
    ] as const)('keeps every %s exactly, and null apart', async (name, type, values) => {
      const { harness, target } = setUp();
      const spec = specOf(`values ${name}`, { columns: [ID, { name: 'value', type }] });
      const rows: TextRow[] = [null, ...values].map((value, index) => [`${index}`, value]);

      await runExport(target, harness, spec, rows);
      const sent = await harness.read('shop', spec.targetTable, spec.columns);
      const again = await runExport(target, harness, spec, rows);
      const cleared: TextRow[] = rows.map(([id]) => [id ?? null, null]);
      await runExport(target, harness, spec, cleared);
      const back = await runExport(target, harness, spec, rows);

      expect(sent).toEqual(rows);
      expect(again).toEqual({ upserted: 0, removed: 0, unchanged: rows.length });
      expect(back).toEqual({ upserted: rows.length - 1, removed: 0, unchanged: 1 });
      expect(await harness.read('shop', spec.targetTable, spec.columns)).toEqual(rows);
    });

    it('refuses a NUL character, naming table and column but not the text, and changes nothing', async () => {
      const { harness, target } = setUp();
      await runExport(target, harness, specOf('nul'), [['1', 'Ada']]);
      const rows: TextRow[] = [
        ['1', 'Eve\tx'],
        ['2', 'secret\0text'],
        ['3', '\0\0'],
      ];

      const error = await failure(runExport(target, harness, specOf('nul'), rows));

      expect(error).toMatchObject({ kind: 'TerminalError', code: 'TEXT_HAS_NUL' });
      expect(error.message).toMatch(/shop\.nul.*"name".*2 row/);
      expect(error.message).not.toContain('secret');
      expect(await harness.read('shop', 'nul', COLUMNS)).toEqual([['1', 'Ada']]);
    });

    it.each([
      `we"ird tab.le ünï`,
      'select',
      `'; drop schema shop cascade; --`,
      'UPPER and lower',
      '漢字'.repeat(10),
      '%s $1 \\ ?',
    ])('takes %j as the name of schema, table, key and column', async (hostile) => {
      const { harness, target } = setUp();
      const columns: Column[] = [
        { name: hostile, type: { kind: 'string' } },
        { name: 'current', type: { kind: 'boolean' } },
        { name: 'order', type: { kind: 'string' } },
        { name: `${hostile}2`, type: { kind: 'double' } },
      ];
      const spec = specOf(hostile, { targetSchema: hostile, columns, keys: [hostile] });
      await runExport(target, harness, spec, [['k', 'true', 'x', '1']]);
      const rows: TextRow[] = [['k', 'false', null, '2']];

      await runExport(target, harness, spec, rows, { batchId: 2n });
      await runExport(target, harness, { ...spec, mode: 'delta' }, rows, {
        batchId: 3n,
        deletedKeys: [['z']],
      });

      expect(await harness.read(hostile, hostile, columns)).toEqual(rows);
      expect(await target.watermark(hostile, hostile)).toEqual(markOf(3n));
    });
  });
}
