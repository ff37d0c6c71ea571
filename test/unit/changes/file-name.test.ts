import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareChangeFiles,
  isCandidate,
  parseFileName,
  sortChangeFiles,
} from '../../../lib/changes/file-name.ts';

const sorted = (paths: readonly string[]): string[] =>
  sortChangeFiles(paths.map((path) => ({ path }))).map(({ path }) => path);

describe('sortChangeFiles', () => {
  it('counts full-load files in hexadecimal', () => {
    const order = [
      'LOAD00000001.parquet',
      'LOAD00000009.parquet',
      'LOAD0000000A.parquet',
      'LOAD0000000F.parquet',
    ];
    const later = [
      'LOAD00000010.parquet',
      'LOAD0000001A.parquet',
      'LOAD00000100.parquet',
      'LOAD100000000.parquet',
    ];

    expect(sorted([...later, ...order].reverse())).toEqual([...order, ...later]);
  });

  it('puts segments of a parallel load in numeric order, after a load without segments', () => {
    const order = ['LOAD00000002.parquet', 'SEGMENT2_LOAD00000001.parquet', 'SEGMENT10_LOAD00000001.parquet'];

    expect(sorted([...order].reverse())).toEqual(order);
  });

  it('puts full load first, then captured changes, then names it does not know', () => {
    const order = [
      'dbo/customer/LOAD00000001.parquet',
      '20200101-000000000.parquet',
      'a/b/c/20260101-120000123.parquet',
      '!first-by-text.parquet',
      '0000.parquet',
    ];

    expect(sorted([...order].reverse())).toEqual(order);
  });

  it('orders captured changes by the stamp in their name, not by date folder', () => {
    const order = ['2026/02/01/20260131-235959999.parquet', '2026/01/31/20260201-000000000.parquet'];

    expect(sorted([...order].reverse())).toEqual(order);
  });

  it('reads digits after the seconds as a fraction, however many there are', () => {
    const order = [
      '20260101-120000.parquet',
      '20260101-120000123.parquet',
      '20260101-1200001234.parquet',
      '20260101-120000123999.parquet',
      '20260101-120000124.parquet',
      '20260101-120001.parquet',
    ];

    expect(sorted([...order].reverse())).toEqual(order);
  });

  it('orders equal names by path', () => {
    expect(sorted(['b/LOAD00000001.parquet', 'B/LOAD00000001.parquet', 'a/LOAD00000001.parquet'])).toEqual([
      'B/LOAD00000001.parquet',
      'a/LOAD00000001.parquet',
      'b/LOAD00000001.parquet',
    ]);
  });

  it('gives one order whatever order the files are listed in', () => {
    const name = fc.oneof(
      fc.stringMatching(/^(SEGMENT[0-9]{1,2}_)?LOAD[0-9A-F]{8}\.parquet$/),
      fc.stringMatching(/^202[0-9]01[0-2]{2}-[01]{6}[0-9]{0,4}\.parquet$/),
      fc.string({ minLength: 1 }),
    );
    const paths = fc.uniqueArray(
      fc.tuple(fc.constantFrom('', 'a/', 'A/', 'a/b/'), name).map(([folder, file]) => folder + file),
    );
    const shuffled = paths.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );

    fc.assert(
      fc.property(shuffled, ([a, b]) => {
        expect(sorted(a)).toEqual(sorted(b));
      }),
    );
  });
});

describe('compareChangeFiles', () => {
  it('agrees with sortChangeFiles', () => {
    const paths = ['x', '20260101-120000123.parquet', 'LOAD0000000A.parquet', 'LOAD00000009.parquet'];

    expect(paths.map((path) => ({ path })).sort(compareChangeFiles)).toEqual(
      sorted(paths).map((path) => ({ path })),
    );
  });
});

describe('parseFileName', () => {
  it.each([
    ['LOAD00000001.parquet', true],
    ['dbo/customer/LOAD0000000A.parquet', true],
    ['SEGMENT3_LOAD00000001.parquet', true],
    ['region=eu/load00000001.parquet', true],
    ['LOAD00000001~2.parquet', true],
    ['20260101-120000123.parquet', false],
    ['LOAD00000001/20260101-120000123.parquet', false],
    ['LOADING-DOCK.parquet', false],
    ['LOAD0000000G.parquet', false],
    ['reLOAD00000001.parquet', false],
  ])('knows whether %s is of a full load: %s', (path, fullLoad) => {
    expect(parseFileName(path).fullLoad).toBe(fullLoad);
  });

  it.each([
    '20261301-120000.parquet',
    '20260132-120000.parquet',
    '20260101-240000.parquet',
    '2026010-120000.parquet',
  ])('does not take %s for a stamp', (path) => {
    expect(parseFileName(path).order).toEqual({ group: 2, rank: '' });
  });
});

describe('isCandidate', () => {
  it.each([
    'LOAD00000001.parquet',
    'dbo/customer/20260101-120000123.parquet',
    'notes.csv',
    'a_b/c.d',
    'name with spaces',
  ])('answers for %s', (path) => {
    expect(isCandidate(path)).toBe(true);
  });

  it.each([
    '',
    'dbo/',
    '_SUCCESS',
    '.DS_Store',
    '_delta_log/0.json',
    'dbo/.tmp/a.parquet',
    'dbo_$folder$',
    '17/LOAD00000001.parquet.reason.json',
  ])('passes over %j', (path) => {
    expect(isCandidate(path)).toBe(false);
  });
});
