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

describe('a column that is new in a file', () => {
  const WITH_CITY = columnsOf({ id: 'int', name: 'string', city: 'string' });

  it('is added, null on the rows that were there, and shown by the versions view', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1)]);
    await lab.ingest();
    await deliver(cdcFileName(2), [insert(2, { city: 'Oslo' })], WITH_CITY);
    expect(await lab.ingest()).toMatchObject({ error: null, rejected: [] });
    expect(await lab.types()).toEqual({ id: 'INTEGER', name: 'VARCHAR', city: 'VARCHAR' });
    expect((await lab.rows()).map(({ id, city }) => [id, city])).toEqual([
      ['1', null],
      ['2', 'Oslo'],
    ]);
    const seen = await lab.use((ws) => ws.engine.query('select city from orders_versions order by id'));
    expect(seen).toEqual([[null], ['Oslo']]);
  });

  it('rejects its file alone where the schema is frozen', async () => {
    lab = await createLab({ keys: 'id', schemaEvolution: 'frozen' });
    await deliver(cdcFileName(1), [insert(1)]);
    await lab.ingest();
    await deliver(cdcFileName(2), [insert(2, { city: 'Oslo' })], WITH_CITY);
    await deliver(cdcFileName(3), [insert(3)]);
    const report = await lab.ingest();
    expect(report).toMatchObject({
      error: null,
      files: 1,
      rejected: [{ path: cdcFileName(2), code: 'SCHEMA_FROZEN' }],
    });
    expect((await lab.rows()).map((row) => row.id)).toEqual(['1', '3']);
    expect(await lab.reason(cdcFileName(2))).toMatchObject({
      columnsSeen: [
        'Op string',
        'id int32',
        'name string',
        'city string',
        'tx_commit_time string',
        'change_seq string',
      ],
      columnsExpected: ['id int32', 'name string'],
    });
  });

  it('of a file that is rejected for its values leaves no trace in the history', async () => {
    lab = await createLab({ keys: 'id' });
    await deliver(cdcFileName(1), [insert(1)]);
    await deliver(cdcFileName(2), [insert(2, { id: null, city: 'Oslo' })], WITH_CITY);
    expect(await lab.ingest()).toMatchObject({ rejected: [{ code: 'NULL_KEY' }] });
    expect(await lab.types()).toEqual({ id: 'INTEGER', name: 'VARCHAR' });
  });
});

it('the versions view follows the tracked columns of the configuration', async () => {
  lab = await createLab({ keys: 'id', history: 'every-change' });
  const at = (minute: number, name: string): ChangeShorthand => ({
    op: 'U',
    at: `09:0${minute}`,
    seq: minute,
    id: 1,
    name,
  });
  await deliver(cdcFileName(1), [at(1, 'a'), at(2, 'b')]);
  await lab.ingest();
  const versions = () =>
    lab.use((ws) => ws.engine.query('select name from orders_versions order by effective_date'));
  expect(await versions()).toEqual([['a'], ['b']]);
  await deliver(cdcFileName(2), [{ op: 'I', at: '09:00', seq: 1, id: 2, name: 'c' }]);
  await lab.ingest({
    deps: (deps) => ({ ...deps, table: { ...deps.table, track: { kind: 'only', columns: [] } } }),
  });
  expect(await versions()).toEqual([['c'], ['b']]);
});

describe('a column with a contract', () => {
  const contract = (type: string, text: string | null) => async (): Promise<string | null> => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: type } });
    await deliver(cdcFileName(1), [insert(1, { v: text })], columnsOf({ id: 'int', v: 'string' }));
    const report = await lab.ingest();
    expect(report.error).toBeNull();
    if (report.rejected.length > 0) return report.rejected[0]!.code;
    return (await lab.rows())[0]!.v!;
  };

  it.each([
    ['timestamptz', '2026-01-01 12:00:00.1234567 +02:00', '2026-01-01T10:00:00.123456Z'],
    ['timestamptz', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.000000Z'],
    ['timestamptz', '2026-01-01 12:00:00.5 -03:30', '2026-01-01T15:30:00.500000Z'],
    ['timestamptz', '2026-01-01 12:00:00', '2026-01-01T12:00:00.000000Z'],
    ['timestamp', '2026-01-01 12:00:00.1234567', '2026-01-01 12:00:00.123456'],
    ['date', '2026-02-28', '2026-02-28'],
    ['date', '2026-02-28 00:00:00.000', '2026-02-28'],
    ['time', '7:05:01.5', '07:05:01.500000'],
    ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
    ['json', '{"a": [1, "ü"]}', '{"a": [1, "ü"]}'],
    ['bigint', '9007199254740993', '9007199254740993'],
    ['decimal(38,4)', '-1234567890123456789012345678901234.5600', '-1234567890123456789012345678901234.5600'],
    ['decimal(9,2)', '1.500', '1.50'],
    ['double', '1e300', '1e+300'],
    ['double', 'NaN', 'NaN'],
    ['boolean', 'true', 'true'],
    ['uuid', null, null],
  ])('%s takes the text %s as %s', async (type, text, stored) => {
    expect(await contract(type, text)()).toBe(stored);
  });

  it.each([
    ['timestamptz', 'soon'],
    ['timestamp', '2026-01-01 12:00:00 +02:00'],
    ['date', '2026-02-28 12:30:00'],
    ['date', '2026-02-30'],
    ['time', '24:00:00'],
    ['time', '12:00:00+02'],
    ['uuid', 'not a uuid'],
    ['json', '{"a":'],
    ['int', '2147483648'],
    ['int', '1e3'],
    ['decimal(9,2)', '1.005'],
    ['decimal(4,2)', '123.4'],
    ['double', '1e400'],
    ['boolean', 'maybe'],
  ])('%s does not take the text %s: it would be lost or changed', async (type, text) => {
    expect(await contract(type, text)()).toBe('VALUE_NOT_CASTABLE');
    expect((await lab.reason(cdcFileName(1))).message).not.toContain(text);
    expect(await lab.reason(cdcFileName(1))).toMatchObject({
      columnsExpected: [expect.stringMatching(/^v /)],
    });
  });

  it('that no value of the file can lose anything in is refused by its type, before a row is read', async () => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: 'decimal(9,2)' } });
    await deliver(cdcFileName(1), [insert(1, { v: '1.234' })], columnsOf({ id: 'int', v: 'decimal(9,3)' }));
    expect(await lab.ingest()).toMatchObject({ rejected: [{ code: 'COLUMN_TYPE_MISMATCH' }] });
  });

  it('timestamp does not take a day that no timestamp reaches', async () => {
    lab = await createLab({ keys: 'id', columns: { id: 'int', v: 'timestamp' } });
    await deliver(cdcFileName(1), [insert(1, { v: '2026-01-01' })], columnsOf({ id: 'int', v: 'date' }));
    await deliver(cdcFileName(2), [insert(2, { v: '300000-01-01' })], columnsOf({ id: 'int', v: 'date' }));
    expect(await lab.ingest()).toMatchObject({
      files: 1,
      rejected: [{ code: 'VALUE_NOT_CASTABLE' }],
      error: null,
    });
    expect((await lab.rows())[0]!.v).toBe('2026-01-01 00:00:00.000000');
  });
});
