import { expect, it } from 'vitest';
import type { FileColumn } from '../../../lib/changes/change-file.ts';
import { groupFiles } from '../../../lib/history/read-changes.ts';

const OP: FileColumn = { name: 'Op', type: { kind: 'string' } };
const file = (enginePath: string, ...columns: readonly FileColumn[]) => ({
  enginePath,
  columns: [OP, ...columns],
});
const at = (stored?: 'millis' | 'nanos', name = 'at'): FileColumn => ({
  name,
  type: { kind: 'time' },
  ...(stored && { stored }),
});

it('files that store a time in another unit are read apart, those of the same unit together', () => {
  const files = [
    file('a', at('millis')),
    file('b', at()),
    file('c', at('nanos')),
    file('d', { ...at(), adjustedToUtc: true }),
    file('e', at('millis', 'AT')),
    file('f', { name: 'at', type: { kind: 'timestamp' }, stored: 'int96' }),
    file('g', { name: 'at', type: { kind: 'timestamp' } }),
  ];

  const groups = groupFiles(files);

  expect(groups.map((group) => group.files.map((one) => one.enginePath))).toEqual([
    ['a', 'e'],
    ['b'],
    ['c'],
    ['d'],
    ['f'],
    ['g'],
  ]);
  expect(groups[0]!.columns).toEqual([OP, at('millis')]);
});
