import { describe, expect, it } from 'vitest';
import { METRIC_NAMESPACE, METRICS, metricDimensions } from '../../lib/metrics.ts';

const all = Object.values(METRICS);

describe('METRICS', () => {
  it('has names that CloudWatch takes, each of them once', () => {
    const names = all.map(({ name }) => name);

    expect(METRIC_NAMESPACE).toBe('Tidemark');
    expect(names.filter((name) => !/^[A-Z][A-Za-z]{1,254}$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('costs four metrics a table at most, of which three are published only when something is wrong', () => {
    expect(all.filter(({ scope }) => scope === 'table').map(({ name }) => name)).toEqual([
      'OldestWaitingFileAge',
      'SourceLag',
      'FilesRejected',
      'IngestFailures',
    ]);
  });

  it('adds up what happened and takes the worst of what is', () => {
    const wrong = all.filter(({ unit, statistic }) => (unit === 'Seconds') !== (statistic === 'Maximum'));

    expect(wrong).toEqual([]);
  });
});

describe('metricDimensions', () => {
  it('names pipeline, table and export as far as they are given', () => {
    expect(metricDimensions({ pipeline: 'shop' })).toEqual({ Pipeline: 'shop' });
    expect(metricDimensions({ pipeline: 'shop', table: 'order_line' })).toEqual({
      Pipeline: 'shop',
      Table: 'order_line',
    });
    expect(metricDimensions({ pipeline: 'shop', export: 'crm' })).toEqual({
      Pipeline: 'shop',
      Export: 'crm',
    });
  });

  it('writes what CloudWatch does not take so that names stay apart', () => {
    const values = ['Straße', 'Strasse', 'a b', 'a\nb', 'a%0Ab', ':x', ' x', '日本', '100%'].map(
      (table) => metricDimensions({ pipeline: 'shop', table }).Table,
    );

    expect(values).toEqual([
      'Stra%C3%9Fe',
      'Strasse',
      'a b',
      'a%0Ab',
      'a%250Ab',
      '%3Ax',
      '%20x',
      '%E6%97%A5%E6%9C%AC',
      '100%25',
    ]);
  });
});
