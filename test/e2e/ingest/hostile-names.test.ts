import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import {
  type ChangeFileOptions,
  change,
  type ChangeShorthand,
  cdcFileName,
} from '../../helpers/change-files.ts';
import { createLab, type Lab, COLUMNS, columnsOf, insert } from './ingest-lab.ts';

let lab: Lab;
afterEach(() => lab.remove());

const deliver = (
  name: string,
  changes: readonly ChangeShorthand[],
  columns: readonly Column[] = COLUMNS,
  options: ChangeFileOptions = {},
) => lab.deliver(name, { columns, changes: changes.map(change), options });

describe('hostile names', () => {
  const NAMES = [
    `it's "quoted"`,
    'zwei Wörter 🌊',
    '[a]*?{b,c}',
    'select',
    '100%_done',
    '-leading-dash',
    'a=b',
    '$1 ; drop table x; --',
    '`tick`',
  ];
  it.each(NAMES)('table, key, column, folder and file called %s', async (name) => {
    lab = await createLab({ name, keys: [name], history: 'every-change' });
    const columns: Column[] = [
      { name, type: { kind: 'string' } },
      { name: `${name} 2`, type: { kind: 'string' } },
    ];
    const row = (op: 'I' | 'U' | 'D', seq: number, value: string | null): ChangeShorthand => ({
      op,
      at: '09:00',
      seq,
      [name]: name,
      [`${name} 2`]: value,
    });
    await deliver(`dbo/${name}/${name}.parquet`, [row('I', 1, 'a'), row('U', 2, 'b')], columns);
    await deliver(`dbo/${name}/${name} bad.parquet`, [{ ...row('I', 1, 'a'), [name]: null }], columns);
    const report = await lab.ingest();
    expect(report).toMatchObject({ error: null, files: 1, rejected: [{ code: 'NULL_KEY' }] });
    expect(await lab.files('processed')).toEqual([`1/dbo/${name}/${name}.parquet`]);
    await deliver(`${name}.parquet`, [row('D', 3, null)], columns);
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1 });
    expect((await lab.rows()).map((r) => [r[name], r[`${name} 2`], r.current])).toEqual([
      [name, 'a', 'false'],
      [name, 'b', 'false'],
    ]);
  });

  it.each(['back\\[x].parquet', 'new\nline.parquet', 'fol\\der/a.parquet'])(
    'a file called %j is rejected by its name, and the others go on',
    async (name) => {
      lab = await createLab({ keys: 'id' });
      await deliver('a.parquet', [insert(1)]);
      await deliver(name, [insert(2)]);

      const report = await lab.ingest();

      expect(report).toMatchObject({
        error: null,
        files: 1,
        waiting: 0,
        rejected: [{ path: name, code: 'FILE_NAME_UNREADABLE' }],
      });
    },
  );

  const COLUMN_NAMES = [
    ...[
      'filename',
      'file_row_number',
      'file_index',
      'rowid',
      '__op',
      '__time',
      '__seq',
      '__write',
      '__file',
      '__decision',
    ],
    ...[
      'changes',
      'incoming',
      'events',
      'deduplicated',
      'latest',
      'h',
      's',
      'c',
      'd',
      'l',
      'r',
      'ranked',
      'v',
      'both_sides',
    ],
    ...['order', 'from', 'table', 'values', 'current_date', 'CURRENT_TIMESTAMP', 'true', 'excluded', 'main'],
  ];
  it.each(['last-change', 'every-change'])(
    '%s: columns called as our own SQL calls its parts',
    async (history) => {
      lab = await createLab({ keys: ['rowid', 'changes'], history });
      const columns: Column[] = COLUMN_NAMES.map((name) => ({ name, type: { kind: 'string' } }));
      const row = (op: 'I' | 'U', seq: number, value: string): ChangeShorthand => ({
        op,
        at: '09:00',
        seq,
        ...Object.fromEntries(COLUMN_NAMES.map((name) => [name, `${name} ${value}`])),
        rowid: '1',
        changes: '2',
      });
      await deliver(cdcFileName(1), [row('I', 1, 'a')], columns);
      await lab.ingest();
      await deliver(
        cdcFileName(2),
        [{ ...row('U', 2, 'b'), before: { rowid: '0' } }, row('U', 3, 'c')],
        columns,
      );
      expect(await lab.ingest()).toMatchObject({ error: null, rejected: [], files: 1 });
      const rows = await lab.rows();
      const current = rows.filter((r) => r.current === 'true');
      expect(current).toHaveLength(1);
      expect(current[0]).toMatchObject({ ...change(row('U', 3, 'c')).values });
      expect(rows.map((r) => r.filename)).toContain('filename a');
    },
  );

  it('a source column that collides with one of the history is refused, and taken once that one is renamed', async () => {
    const columns = columnsOf({ id: 'int', Current: 'string', batch_id: 'int' });
    const changes = [insert(1, { Current: 'mine', batch_id: 7 })];
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', changes, columns);
    expect(await lab.ingest()).toMatchObject({ files: 0, rejected: [{ code: 'COLUMN_NAME_RESERVED' }] });
    expect((await lab.reason('a.parquet')).message).toContain('historyColumns.current');
    await lab.remove();

    lab = await createLab({ keys: 'id', historyColumns: { current: 'is_current', batchId: 'load_id' } });
    await deliver('a.parquet', changes, columns);
    expect(await lab.ingest()).toMatchObject({ files: 1, rejected: [] });
    expect((await lab.rows())[0]).toMatchObject({
      Current: 'mine',
      batch_id: '7',
      is_current: 'true',
      load_id: '1',
    });
  });

  it('change columns may have other names, in any case', async () => {
    lab = await createLab({ keys: 'ID', op: 'oP', commitTime: 'When It Happened', changeSeq: '§' });
    await deliver('a.parquet', [insert(1)], COLUMNS, {
      op: 'Op',
      commitTime: 'when it happened',
      changeSeq: '§',
    });
    expect(await lab.ingest()).toMatchObject({ error: null, files: 1, rejected: [] });
    expect((await lab.rows())[0]).toMatchObject({ id: '1', effective_date: '2024-05-01T09:00:00.000000Z' });
  });

  it('files of one batch may spell their columns differently and order them as they like', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver('a.parquet', [insert(1, { name: 'a' })]);
    await deliver(
      'b.parquet',
      [{ ...insert(2), ID: 2, NAME: 'b' }],
      columnsOf({ NAME: 'string', ID: 'int' }),
    );
    expect(await lab.ingest()).toMatchObject({ error: null, files: 2, rejected: [] });
    expect((await lab.rows()).map(({ id, name }) => [id, name])).toEqual([
      ['1', 'a'],
      ['2', 'b'],
    ]);
  });
});
