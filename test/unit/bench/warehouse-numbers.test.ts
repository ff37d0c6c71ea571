import { describe, expect, it } from 'vitest';
import { parseCurrentRows } from '../../../bench/compare-current.ts';
import { sumWritten } from '../../../bench/merge-metrics.ts';
import { parseProcessStat, parseReadBytes } from '../../../bench/spark-usage.ts';
import { describeCurrent, renderLoadResults } from '../../../bench/warehouse-report.ts';
import { sparkArguments } from '../../warehouse/bench/spark-arguments.ts';

const NONE_WRONG = { right: 1_000, missing: 0, extra: 0, differing: 0, doubled: 0 };

describe('parseProcessStat', () => {
  it('reads group and CPU time behind a program name with blanks and brackets', () => {
    const stat = '17 (a ) b (c) S 1 42 42 0 -1 4194560 9 0 0 0 1250 375 0 0 20 0 61 0 310 0 0\n';

    expect(parseProcessStat(stat)).toEqual({ group: 42, cpuSeconds: 16.25 });
  });
});

describe('parseReadBytes', () => {
  it('counts what system calls read, not what came from the disk', () => {
    expect(parseReadBytes('rchar: 255059083\nwchar: 9\nread_bytes: 4096\n')).toBe(255_059_083);
  });

  it('is 0 where the system does not say', () => {
    expect(parseReadBytes('')).toBe(0);
  });
});

describe('sumWritten', () => {
  it('sums the versions after the one given, as text of a map or a map', () => {
    const upserts = { numTargetRowsInserted: '90', numTargetRowsUpdated: '90', numTargetFilesAdded: '2' };
    const deletes = { numTargetRowsUpdated: '10', numTargetRowsCopied: '1256', numTargetFilesRemoved: '2' };
    const versions = [
      { version: 12n, operationMetrics: JSON.stringify(deletes) },
      { version: '11', operationMetrics: { ...upserts, numTargetBytesAdded: '5000' } },
      { version: 10, operationMetrics: { numTargetRowsInserted: '7' } },
    ];

    expect(sumWritten(versions, 10n)).toEqual({
      versions: 2,
      inserted: 90,
      updated: 100,
      copied: 1_256,
      filesAdded: 2,
      filesRemoved: 2,
      changeFiles: 0,
      deletionVectors: 0,
      bytesAdded: 5_000,
    });
  });

  it('is nothing for a table without a new version', () => {
    expect(sumWritten([{ version: 3n, operationMetrics: null }], 3n)).toMatchObject({
      versions: 0,
      inserted: 0,
    });
  });
});

describe('current rows compared', () => {
  it('are five counts', () => {
    const counts = { right: 1_000, missing: 20, extra: 0, differing: 3, doubled: 1 };

    expect(parseCurrentRows([['1000', '20', '0', '3', '1']])).toEqual(counts);
    expect(() => parseCurrentRows([])).toThrow('no row of five counts');
  });

  it('say in words what is wrong with them', () => {
    expect(describeCurrent(NONE_WRONG)).toBe('all 1,000 current rows right');
    expect(describeCurrent({ ...NONE_WRONG, missing: 20, doubled: 1 })).toBe(
      'of 1,000 current rows 20 missing, 1 current more than once',
    );
  });
});

describe('renderLoadResults', () => {
  it('shows each cost beside the article, and leaves out CPU where it is not known', () => {
    const cost = (seconds: number, cpuSeconds: number | null, statements: number) => ({
      seconds,
      writingSeconds: seconds / 4,
      used: cpuSeconds === null ? null : { cpuSeconds, readBytes: 0 },
      statements,
    });
    const phases = [{ name: 'full load', folder: '/feed/load', rows: 1_000 }];
    const results = [
      { side: 'article', costs: [cost(12, 20, 6)], current: { ...NONE_WRONG, missing: 20 } },
      { side: 'last-change', costs: [cost(6, null, 11)], current: NONE_WRONG },
    ];

    expect(renderLoadResults(results, phases).split('\n')).toEqual([
      'phase       rows  side         seconds  of article  writing s  of article  Spark CPU s  of article  statements',
      '─────────  ─────  ───────────  ───────  ──────────  ─────────  ──────────  ───────────  ──────────  ──────────',
      'full load  1,000  article         12.0       1.00×        3.0       1.00×         20.0       1.00×           6',
      'full load  1,000  last-change      6.0       0.50×        1.5       0.50×                                   11',
      '',
      'article: of 1,000 current rows 20 missing',
      'last-change: all 1,000 current rows right',
    ]);
  });
});

describe('sparkArguments', () => {
  const text = (optimised: boolean): string =>
    sparkArguments({
      dir: '/bench',
      deltaJars: '/jars',
      port: 1,
      httpPath: '/sql',
      durable: false,
      memoryMb: 6_144,
      optimised,
    }).join(' ');

  it('lets Spark compile and plan as it usually does for a measurement, and only then', () => {
    const hobbled = /TieredStopAtLevel|NO_CODEGEN|wholeStage=false|adaptive\.enabled=false/;

    expect(text(true)).not.toMatch(hobbled);
    expect(text(true)).toContain('--driver-memory 6144m');
    expect(text(true)).toContain('spark.sql.shuffle.partitions=2');
    expect(text(false)).toMatch(hobbled);
  });
});
