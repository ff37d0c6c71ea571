import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import type { Logger } from '../../../lib/ports.ts';
import {
  type ChangeFileOptions,
  change,
  type ChangeShorthand,
  cdcFileName,
} from '../../helpers/change-files.ts';
import { createLab, type Lab, COLUMNS, insert } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

const deliver = (
  name: string,
  changes: readonly ChangeShorthand[],
  columns: readonly Column[] = COLUMNS,
  options: ChangeFileOptions = {},
) => lab.deliver(name, { columns, changes: changes.map(change), options });

describe('the commit time', () => {
  it.each([
    ['2026-01-01 12:00:00', '2026-01-01T12:00:00.000000Z'],
    ['2026-01-01 12:00:00.1', '2026-01-01T12:00:00.100000Z'],
    ['2026-01-01 12:00:00.12', '2026-01-01T12:00:00.120000Z'],
    ['2026-01-01T12:00:00.123', '2026-01-01T12:00:00.123000Z'],
    ['2026-01-01 12:00:00.1234', '2026-01-01T12:00:00.123400Z'],
    ['2026-01-01 12:00:00.12345', '2026-01-01T12:00:00.123450Z'],
    ['2026-01-01 12:00:00.123456', '2026-01-01T12:00:00.123456Z'],
    ['0001-01-01 00:00:00.000000', '0001-01-01T00:00:00.000000Z'],
    ['1969-12-31 23:59:59.999999', '1969-12-31T23:59:59.999999Z'],
    ['9999-12-31 23:59:59.999999', '9999-12-31T23:59:59.999999Z'],
  ])('written as %s is the instant %s', async (text, instant) => {
    lab = await createLab({ keys: 'id' });
    const changes = [{ ...change(insert(1)), commitTime: text }];
    await lab.deliver('a.parquet', { columns: COLUMNS, changes });
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [] });
    expect((await lab.rows())[0]!.effective_date).toBe(instant);
  });

  it.each(['timestamp', 'timestamptz'] as const)('may be a %s of the file', async (commitTimeAs) => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { at: '2026-01-01 12:00:00.123456' })], COLUMNS, { commitTimeAs });
    await lab.ingest();
    expect((await lab.rows())[0]!.effective_date).toBe('2026-01-01T12:00:00.123456Z');
  });

  it.each([
    ['0000-12-31 00:00:00', 'string'],
    ['2026-02-30 00:00:00', 'string'],
    ['2026-01-01 25:00:00', 'string'],
    ['2026-01-01 12:00:00.1234567', 'string'],
    ['2026-01-01 12:00:00+02', 'string'],
    ['2026-01-01', 'string'],
    ['2026-01-01 24:00:00.000000', 'string'],
    ['2026-01-01 23:59:60.000000', 'string'],
    ['infinity', 'string'],
    ['0044-03-15 (BC) 00:00:00', 'timestamp'],
    ['12026-01-01 00:00:00', 'timestamp'],
    ['infinity', 'timestamp'],
    ['-infinity', 'timestamptz'],
    ['10000-01-01 00:00:00', 'timestamptz'],
  ] as const)('%s as %s rejects the file, and the next file goes on', async (text, commitTimeAs) => {
    lab = await createLab({ keys: 'id' });
    const changes = [{ ...change(insert(1)), commitTime: text }];
    await lab.deliver('a.parquet', { columns: COLUMNS, changes, options: { commitTimeAs } });
    await deliver('b.parquet', [insert(2)]);
    expect(await lab.ingest()).toMatchObject({
      error: null,
      files: 1,
      rejected: [{ path: 'a.parquet', code: 'BAD_COMMIT_TIME' }],
    });
  });

  it('more than five minutes ahead of our clock is applied, with a warning', async () => {
    lab = await createLab({ keys: 'id' });
    const warnings: [string, unknown][] = [];
    const logger: Logger = {
      info: () => {},
      warn: (message, fields) => void warnings.push([message, fields]),
    };
    const clock = { now: () => '2026-01-01T12:00:00.000000Z' };
    await deliver(cdcFileName(1), [insert(1, { at: '2026-01-01 12:05:00.000000' })]);
    await lab.ingest({ clock, logger });
    expect(warnings).toEqual([]);
    await deliver(cdcFileName(2), [insert(2, { at: '2026-01-01 12:05:00.000001' })]);
    expect(await lab.ingest({ clock, logger })).toMatchObject({ files: 1, lagSeconds: 0 });
    expect(warnings).toEqual([
      [
        expect.stringMatching(/^clock_skew: /),
        { table: 'orders', batchId: '2', lastCommit: '2026-01-01T12:05:00.000001Z' },
      ],
    ]);
  });
});

describe('the change sequence', () => {
  it('may be empty or null, and sorts before every other', async () => {
    lab = await createLab({ keys: 'id', history: 'every-change' });
    await deliver('a.parquet', [
      insert(1, { seq: '1', name: 'second' }),
      insert(1, { seq: '', name: 'first' }),
      insert(2, { seq: null }),
    ]);
    await lab.ingest();
    expect((await lab.rows()).map(({ id, name, effective_seq }) => [id, name, effective_seq])).toEqual([
      ['1', 'first', ''],
      ['1', 'second', '1'.padStart(50, '0')],
      ['2', 'x', ''],
    ]);
  });

  it('may have fifty characters, and one more rejects the file', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { seq: '9'.repeat(50) })]);
    await deliver('b.parquet', [insert(2, { seq: '1'.repeat(51) })]);
    expect(await lab.ingest()).toMatchObject({
      files: 1,
      rejected: [{ path: 'b.parquet', code: 'LONG_CHANGE_SEQUENCE' }],
    });
    expect((await lab.rows())[0]!.effective_seq).toBe('9'.repeat(50));
  });
});
