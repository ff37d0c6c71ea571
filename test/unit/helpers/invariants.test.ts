import { describe, expect, it } from 'vitest';
import { assertInvariants, type IntervalRow } from '../../helpers/invariants.ts';

type Bound = readonly [date: string, seq: string] | null;

describe('assertInvariants', () => {
  it('accepts neighbours that touch, gaps, tombstones, and rows of one instant in order of sequence', () => {
    const rows = [
      row(['2024-05-01 10:00', '1'], ['2024-05-01 11:00', '9']),
      row(['2024-05-01 11:00', '9'], ['2024-05-01 11:00', '10']),
      row(['2024-05-01 12:00', ''], ['2024-05-01 12:00', '']),
      row(['2024-05-01 12:00', '1'], null),
      { ...row(['2024-05-01 10:00', '1'], null), values: { id: '2' } },
    ];

    expect(() => assertInvariants(rows.reverse(), ['id'])).not.toThrow();
  });

  it.each<[string, IntervalRow[], string]>([
    ['two current rows', [row(['2024-05-01', '1'], null), row(['2024-05-02', '2'], null)], '2 current rows'],
    [
      'an overlap',
      [row(['2024-05-01', '1'], ['2024-05-03', '3']), row(['2024-05-02', '2'], null)],
      'overlap: [2024-05-01 #1, 2024-05-03 #3) and [2024-05-02 #2, null #null)',
    ],
    [
      'an overlap by sequence alone',
      [row(['2024-05-01', '1'], ['2024-05-02', '10']), row(['2024-05-02', '9'], null)],
      'overlap',
    ],
    [
      'a tombstone inside a row',
      [row(['2024-05-01', '1'], ['2024-05-03', '3']), row(['2024-05-02', '2'], ['2024-05-02', '2'])],
      'overlap',
    ],
    ['a negative row', [row(['2024-05-02', '2'], ['2024-05-01', '3'])], 'negative'],
    ['a row negative by sequence', [row(['2024-05-02', '10'], ['2024-05-02', '9'])], 'negative'],
    [
      'two rows that begin at once',
      [row(['2024-05-02', '2'], ['2024-05-02', '02']), row(['2024-05-02', '2'], null)],
      'two rows begin at once',
    ],
    [
      'a current row with an end',
      [{ ...row(['2024-05-01', '1'], ['2024-05-02', '2']), current: true }],
      'current is',
    ],
    [
      'a row neither current nor ended',
      [{ ...row(['2024-05-01', '1'], null), current: false }],
      'current is',
    ],
    ['half an end', [{ ...row(['2024-05-01', '1'], null), end_seq: '' }], 'only half an end'],
  ])('refuses %s', (_, rows, message) => {
    expect(() => assertInvariants(rows, ['id'])).toThrow(message);
  });
});

function row(from: NonNullable<Bound>, to: Bound): IntervalRow {
  return {
    values: { id: '1' },
    current: to === null,
    effective_date: from[0],
    effective_seq: from[1],
    end_date: to?.[0] ?? null,
    end_seq: to?.[1] ?? null,
  };
}
