import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFileType } from '../../../lib/changes/check-columns.ts';
import { readFooter } from '../../../lib/changes/footer.ts';
import { FileRejection, TransientError } from '../../../lib/errors.ts';
import { i32, type Metadata, parquetBytes, rowGroup, wrap } from './parquet-bytes.ts';

const SAMPLES = new URL('../../samples/', import.meta.url);
const sample = (name: string): Uint8Array => readFileSync(new URL(name, SAMPLES));

const source = (bytes: Uint8Array) => ({
  path: 'dbo/a.parquet',
  size: bytes.length,
  readRange: async (start: number, end: number) => bytes.slice(start, end),
});

const codeOf = async (bytes: Uint8Array): Promise<string> => {
  const error = await readFooter(source(bytes)).catch((e: unknown) => e);
  return error instanceof FileRejection ? error.code : `not rejected: ${JSON.stringify(error)}`;
};

const USUAL: Readonly<Record<string, string>> = {
  Op: 'string',
  'order id': 'int64',
  qty: 'int32',
  amount: 'decimal(18,4)',
  Näme: 'string',
  created_at: 'timestamp',
  birth: 'date',
  active: 'boolean',
  score: 'double',
  uid: 'binary',
  tx_commit_time: 'string',
  change_seq: 'string',
};

const without = (...names: string[]): Record<string, string> =>
  Object.fromEntries(Object.entries(USUAL).filter(([name]) => !names.includes(name)));

/** Samples that differ from the usual columns. */
const COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'commit-time-as-timestamp': { ...USUAL, tx_commit_time: 'timestamp' },
  'columns-reordered': Object.fromEntries(Object.entries(USUAL).reverse()),
  'wrong-no-op-column': without('Op'),
  'wrong-no-key-column': without('order id'),
  'wrong-no-commit-time': without('tx_commit_time'),
  'wrong-type': { ...USUAL, qty: 'string' },
  'evolve-new-column': { ...USUAL, colour: 'string' },
  'evolve-missing-column': without('score'),
  'evolve-wider-int': { ...USUAL, qty: 'int64' },
  'evolve-wider-decimal': { ...USUAL, amount: 'decimal(22,4)' },
};

const ROWS: Readonly<Record<string, number>> = { empty: 0 };

/** Samples whose footer is not one. In `bad-page` only a page is damaged, which a footer cannot tell. */
const CODES: Readonly<Record<string, string>> = {
  'bad-no-bytes': 'FILE_EMPTY',
  'bad-not-parquet': 'NOT_PARQUET',
  'bad-truncated': 'FILE_TRUNCATED',
  'bad-footer': 'FOOTER_DAMAGED',
};

const names = readdirSync(SAMPLES)
  .filter((name) => name.endsWith('.parquet'))
  .map((name) => name.slice(0, -'.parquet'.length));

describe('readFooter on files of other writers', () => {
  it.each(names.filter((name) => !(name in CODES)))('reads rows and columns of %s', async (name) => {
    const footer = await readFooter(source(sample(`${name}.parquet`)));

    expect({
      rows: footer.rows,
      columns: footer.columns.map((column) => [column.name, formatFileType(column.type)]),
      unsupported: footer.unsupported,
    }).toEqual({
      rows: ROWS[name] ?? 400,
      columns: Object.entries(COLUMNS[name] ?? USUAL),
      unsupported: [],
    });
  });

  it.each(Object.entries(CODES))('rejects %s with %s', async (name, code) => {
    expect(await codeOf(sample(`${name}.parquet`))).toBe(code);
  });
});

describe('readFooter', () => {
  it('reads a short file once, and never the rows of a long one', async () => {
    const reads: [number, number][] = [];
    const tracked = (bytes: Uint8Array) => ({
      ...source(bytes),
      readRange: async (start: number, end: number) => {
        reads.push([start, end]);
        return bytes.slice(start, end);
      },
    });
    const long = parquetBytes({ columns: [{ name: 'a', physical: 'INT32' }] }, 1_000_000);

    await readFooter(tracked(sample('v1-dictionary.parquet')));
    await readFooter(tracked(long));

    expect(reads).toEqual([
      [0, sample('v1-dictionary.parquet').length],
      [long.length - 65_536, long.length],
    ]);
  });

  it('reads a footer longer than the first read, with one more', async () => {
    const columns = Array.from({ length: 9_000 }, (_, i) => ({
      name: `column ${i}`,
      physical: 'INT32' as const,
    }));
    const bytes = parquetBytes({ columns }, 500);
    let reads = 0;

    const footer = await readFooter({
      ...source(bytes),
      readRange: async (start, end) => {
        reads += 1;
        return bytes.slice(start, end);
      },
    });

    expect(bytes.length).toBeGreaterThan(2 * 65_536);
    expect([footer.columns.length, footer.columns.at(-1), reads]).toEqual([
      9_000,
      { name: 'column 8999', type: { kind: 'int', bits: 32 } },
      2,
    ]);
  });

  it.each<[what: string, code: string, bytes: Uint8Array]>([
    ['a few bytes', 'NOT_PARQUET', Buffer.from('PA')],
    ['text that ends like parquet', 'NOT_PARQUET', Buffer.from('id\n1PAR1')],
    ['the magic alone', 'FILE_TRUNCATED', Buffer.from('PAR1')],
    ['both magics and nothing between', 'FILE_TRUNCATED', Buffer.from('PAR1PAR1')],
    ['an encrypted footer', 'ENCRYPTED', Buffer.from('PARE0123456789PARE')],
    ['a footer of no bytes', 'FOOTER_DAMAGED', Buffer.from('PAR1\0\0\0\0\0\0\0\0PAR1')],
    [
      'a footer longer than the file',
      'FOOTER_DAMAGED',
      Buffer.from('PAR1\0\0\0\0\xff\xff\xff\xffPAR1', 'latin1'),
    ],
    ['an endless integer', 'FOOTER_DAMAGED', wrap([0x16, ...new Array<number>(500_000).fill(0xff)])],
    [
      'lists in lists of two billion',
      'FOOTER_DAMAGED',
      wrap(new Array<number>(600).fill(0).flatMap(() => [0xf9, 0xff, 0xff, 0xff, 0xff, 0x07])),
    ],
    ['structs without end', 'FOOTER_DAMAGED', wrap(new Array<number>(100_000).fill(0x1c))],
    ['a struct of nothing', 'FOOTER_DAMAGED', wrap([0])],
    ['an integer where the schema should be', 'FOOTER_DAMAGED', wrap([0x25, 0x02, 0])],
  ])('rejects %s with %s', async (_, code, bytes) => {
    const started = performance.now();

    expect(await codeOf(bytes)).toBe(code);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('does not reserve memory for a footer that a large file merely claims', async () => {
    const trailer = Buffer.from([0xff, 0xff, 0xff, 0x7f, ...Buffer.from('PAR1')]);
    const size = 5_000_000_000;
    const huge = {
      path: 'huge.parquet',
      size,
      readRange: async (start: number, end: number) => {
        if (start !== size - 65_536 || end !== size) throw new Error(`read ${start} to ${end}`);
        return Buffer.concat([Buffer.alloc(65_536 - trailer.length), trailer]);
      },
    };

    await expect(readFooter(huge)).rejects.toMatchObject({ code: 'FOOTER_DAMAGED' });
  });

  it('tells a file that got shorter apart from a damaged one: it is tried again', async () => {
    const bytes = sample('v1-dictionary.parquet');
    const error = await readFooter({ ...source(bytes), size: bytes.length + 5 }).catch((e: unknown) => e);

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: 'FILE_CHANGED' });
  });

  it('passes on what the store throws', async () => {
    const vanished = new TransientError('FILE_VANISHED', 'gone');

    await expect(
      readFooter({ path: 'a', size: 100, readRange: () => Promise.reject(vanished) }),
    ).rejects.toBe(vanished);
  });

  it('names the file and the remedy', async () => {
    await expect(readFooter(source(sample('bad-truncated.parquet')))).rejects.toThrow(
      'File dbo/a.parquet begins as parquet but has no end. Copy or write it again, whole, then release it.',
    );
  });
});

describe('readFooter on footers that contradict themselves', () => {
  const columns: Metadata['columns'] = [{ name: 'a', physical: 'INT32' }];

  it('takes a footer that adds up', async () => {
    const rowGroups = [
      rowGroup(2n, [{ values: 2n, dataOffset: 4n, compressedBytes: 50n }]),
      rowGroup(1n, [{ dictionaryOffset: 54n, dataOffset: 60n, compressedBytes: 50n }]),
      rowGroup(0n, [{ values: 0n, dataOffset: 0n, compressedBytes: 999n }]),
    ];

    expect(await readFooter(source(parquetBytes({ columns, rows: 3n, rowGroups }, 100)))).toEqual({
      rows: 3,
      columns: [{ name: 'a', type: { kind: 'int', bits: 32 } }],
      unsupported: [],
    });
  });

  it.each<[what: string, code: string, metadata: Metadata]>([
    ['negative rows', 'FOOTER_DAMAGED', { columns, rows: -1n, rowGroups: [rowGroup(-1n, [{}])] }],
    [
      'rows above 2^53',
      'FOOTER_DAMAGED',
      { columns, rows: 2n ** 53n, rowGroups: [rowGroup(2n ** 53n, [{}])] },
    ],
    [
      'row groups that do not add up',
      'FOOTER_DAMAGED',
      { columns, rows: 3n, rowGroups: [rowGroup(2n, [{}])] },
    ],
    [
      'a row group without its column',
      'FOOTER_DAMAGED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [])] },
    ],
    ['rows that are not a count', 'FOOTER_DAMAGED', { columns, rows: 1n, rowGroups: [i32(1)] }],
    [
      'a column before the file',
      'FOOTER_DAMAGED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [{ dataOffset: -9n }])] },
    ],
    [
      'a column after the file',
      'FOOTER_DAMAGED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [{ dataOffset: 104n }])] },
    ],
    [
      'a column longer than the file',
      'FOOTER_DAMAGED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [{ compressedBytes: 101n }])] },
    ],
    [
      'a column in another file',
      'FOOTER_DAMAGED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [{ filePath: 'b' }])] },
    ],
    [
      'an encrypted column',
      'ENCRYPTED',
      { columns, rows: 1n, rowGroups: [rowGroup(1n, [{ encrypted: true }])] },
    ],
    ['a column twice', 'DUPLICATE_COLUMN', { columns: [...columns, ...columns] }],
    [
      'columns that differ by case',
      'DUPLICATE_COLUMN',
      {
        columns: [
          { name: 'NÄME', physical: 'INT32' },
          { name: 'Näme', children: [] },
        ],
      },
    ],
  ])('rejects %s with %s', async (_, code, metadata) => {
    expect(await codeOf(parquetBytes(metadata, 100))).toBe(code);
  });

  it('rejects or reads a damaged file, whatever bytes are damaged, and never fails otherwise', async () => {
    const whole = sample('v1-dictionary.parquet');
    const footerBytes = Buffer.from(whole).readUInt32LE(whole.length - 8) + 8;
    const damage = fc.array(
      fc.tuple(fc.integer({ min: 1, max: footerBytes }), fc.integer({ min: 0, max: 255 })),
      {
        minLength: 1,
        maxLength: 8,
      },
    );

    await fc.assert(
      fc.asyncProperty(damage, async (places) => {
        const bytes = new Uint8Array(whole);
        for (const [fromEnd, value] of places) bytes[bytes.length - fromEnd] = value;

        const outcome = await readFooter(source(bytes)).catch((e: unknown) => e);

        expect(
          outcome instanceof FileRejection || Number.isSafeInteger((outcome as { rows: number }).rows),
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('rejects a file cut off anywhere', async () => {
    const whole = sample('v2-plain.parquet');

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        expect(await codeOf(whole.slice(0, length))).toMatch(/^(FILE_EMPTY|NOT_PARQUET|FILE_TRUNCATED)$/);
      }),
      { numRuns: 300 },
    );
  });
});
