import { afterEach, describe, expect, it } from 'vitest';
import type { Column } from '../../../lib/config/column-type.ts';
import { readSnapshot } from '../../../lib/operations/read-rows.ts';
import { rebuildTable } from '../../../lib/operations/rebuild.ts';
import { verifyTable } from '../../../lib/operations/verify.ts';
import { cdcFileName, change } from '../../helpers/change-files.ts';
import { pick, readAll, type Row } from '../operations/lake.ts';
import { type CatalogLab, closeLabs, openLab, rowCounts, states } from './catalog-lab.ts';

afterEach(closeLabs);

const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
];

/** The table as its owner made it: the source's columns, `current`, and two dates. */
const ARTICLE = [
  'create schema crm',
  'create table crm.customer (id bigint, name varchar, "current" boolean, effective_date timestamptz, end_date timestamptz)',
];

/** A key with two versions, one deleted, a delete of an unknown key, a null, and microseconds. */
const ROWS = `insert into crm.customer values
  (1, 'Ann', false, '2024-01-01 10:00:00.000001Z', '2024-01-02 10:00:00Z'),
  (1, null, true, '2024-01-02 10:00:00Z', null),
  (2, 'Bob', false, '2024-01-01 10:00:00Z', '2024-01-03 10:00:00.999999Z'),
  (3, 'Eve''s "ünï"', false, '2024-01-01 10:00:00Z', '2024-01-01 10:00:00Z')`;

const OWN = ['effective_seq', 'end_seq', 'seen_date', 'seen_seq', 'batch_id', 'current'] as const;

async function openArticle(settings = 'keys: [id]', rows = ROWS): Promise<CatalogLab> {
  const lab = await openLab(`{name: customer, ${settings}}`);
  await lab.sql(...ARTICLE, rows);
  return lab;
}

async function sortedRows(lab: CatalogLab): Promise<Row[]> {
  const rows = await lab.rows('customer');
  return rows.sort((a, b) => (`${a.id} ${a.effective_date}` < `${b.id} ${b.effective_date}` ? -1 : 1));
}

async function broken(lab: CatalogLab): Promise<string[]> {
  const { checks } = await verifyTable(lab.ws, lab.ws.table('customer'));
  return checks.filter((check) => check.broken > 0).map(({ code }) => code);
}

describe('setup of a table that others filled', () => {
  it('adds the bookkeeping columns, says of each row what its dates allow, and keeps the rest as it was', async () => {
    const lab = await openArticle();
    const before = await lab.query('select cast(c as varchar) from crm.customer as c order by 1');

    const results = await lab.setup();

    expect(states(results).slice(-2)).toEqual([
      'history customer: migrated (adds effective_seq, end_seq, seen_date, seen_seq, batch_id and fills what its rows lack)',
      'view customer_versions: missing',
    ]);
    expect(pick(await sortedRows(lab), 'id', 'name', ...OWN)).toEqual([
      ['1', 'Ann', '', '', '2024-01-02T10:00:00.000000Z', '', '0', 'false'],
      ['1', null, '', null, '2024-01-02T10:00:00.000000Z', '', '0', 'true'],
      ['2', 'Bob', '', '', '2024-01-03T10:00:00.999999Z', '', '0', 'false'],
      ['3', 'Eve\'s "ünï"', '', '', '2024-01-01T10:00:00.000000Z', '', '0', 'false'],
    ]);
    expect(
      await lab.query(
        'select cast(c as varchar) from (select id, name, current, effective_date, end_date from crm.customer) as c order by 1',
      ),
    ).toEqual(before);
    expect(await broken(lab)).toEqual([]);
  });

  it('does nothing the second time', async () => {
    const lab = await openArticle();
    await lab.setup();
    const rows = await sortedRows(lab);

    expect(states(await lab.setup()).slice(-2)).toEqual([
      'history customer: fits',
      'view customer_versions: fits',
    ]);
    expect(await sortedRows(lab)).toEqual(rows);
  });

  it('tells in a dry run which statements it would run, and runs none', async () => {
    const lab = await openArticle();
    const before = await rowCounts(lab.ws.engine);

    const [history] = (await lab.setup(true)).slice(-2);

    expect(history?.statements).toEqual([
      'alter table "crm"."customer" add column "effective_seq" varchar',
      'alter table "crm"."customer" add column "end_seq" varchar',
      'alter table "crm"."customer" add column "seen_date" timestamptz',
      'alter table "crm"."customer" add column "seen_seq" varchar',
      'alter table "crm"."customer" add column "batch_id" bigint',
      [
        'update "crm"."customer" set',
        '  "current" = coalesce("current", ("end_date" is null)),',
        `  "effective_seq" = coalesce("effective_seq", cast('' as varchar)),`,
        `  "end_seq" = case when "end_date" is not null then coalesce("end_seq", cast('' as varchar)) else "end_seq" end,`,
        '  "seen_date" = coalesce("seen_date", coalesce("end_date", "effective_date")),',
        `  "seen_seq" = coalesce("seen_seq", case when coalesce("seen_date", coalesce("end_date", "effective_date")) = "end_date" then case when "end_date" is not null then coalesce("end_seq", cast('' as varchar)) else "end_seq" end when coalesce("seen_date", coalesce("end_date", "effective_date")) = "effective_date" then coalesce("effective_seq", cast('' as varchar)) else cast('' as varchar) end),`,
        '  "batch_id" = coalesce("batch_id", cast(0 as bigint))',
        'where "current" is null or "effective_seq" is null or "seen_date" is null or "seen_seq" is null or "batch_id" is null or ("end_date" is not null and "end_seq" is null)',
      ].join('\n'),
    ]);
    expect(await rowCounts(lab.ws.engine)).toEqual(before);
  });

  it('goes on where it was interrupted between two statements', async () => {
    const lab = await openArticle();
    const whole = (await lab.setup(true)).at(-2)!.statements;
    for (let done = 1; done < whole.length; done += 1) await lab.sql(whole[done - 1]!);

    const results = await lab.setup();

    expect(states(results).at(-2)).toBe('history customer: migrated (fills what its rows lack)');
    expect(await broken(lab)).toEqual([]);
    expect(pick(await sortedRows(lab), 'batch_id')).toEqual([['0'], ['0'], ['0'], ['0']]);
  });

  it.each(['last-change', 'every-change'])('takes changes in %s from there on', async (mode) => {
    const lab = await openArticle(`keys: [id], history: ${mode}`);
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'U', at: '2024-02-01 10:00', seq: 1, id: 1, name: 'Zoë' }),
      change({ op: 'I', at: '2024-02-01 10:00', seq: 2, id: 2, name: 'Rob' }),
      change({ op: 'I', at: '2024-02-01 10:00', seq: 3, id: 4, name: 'New' }),
    ]);

    const current = await readAll(await readSnapshot(lab.ws, lab.ws.table('customer')));
    expect(pick(current, 'id', 'name').sort()).toEqual([
      ['1', 'Zoë'],
      ['2', 'Rob'],
      ['4', 'New'],
    ]);
    expect(pick(await sortedRows(lab), 'id', 'name', 'end_date')).toEqual([
      ['1', 'Ann', '2024-01-02T10:00:00.000000Z'],
      ['1', null, '2024-02-01T10:00:00.000000Z'],
      ['1', 'Zoë', null],
      ['2', 'Bob', '2024-01-03T10:00:00.999999Z'],
      ['2', 'Rob', null],
      ['3', 'Eve\'s "ünï"', '2024-01-01T10:00:00.000000Z'],
      ['4', 'New', null],
    ]);
    expect(await broken(lab)).toEqual([]);
  });

  it('keeps rebuild from losing the rows that no file brought', async () => {
    const lab = await openArticle();
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'I', at: '2024-02-01 10:00', seq: 1, id: 4, name: 'New' }),
    ]);
    const before = await sortedRows(lab);

    await expect(rebuildTable(lab.ws, lab.ws.table('customer'))).rejects.toMatchObject({
      code: 'REBUILD_ROWS_TAKEN_OVER',
    });
    expect(await sortedRows(lab)).toEqual(before);
  });

  it('ignores a change that is older than what a row shows', async () => {
    const lab = await openArticle();
    await lab.setup();
    await lab.ingest('customer', cdcFileName(1), COLUMNS, [
      change({ op: 'U', at: '2024-01-02 00:00', seq: 1, id: 2, name: 'late' }),
    ]);

    expect(pick(await sortedRows(lab), 'id', 'name')).toEqual([
      ['1', 'Ann'],
      ['1', null],
      ['2', 'Bob'],
      ['3', 'Eve\'s "ünï"'],
    ]);
  });

  it('derives `current` where the table never had it', async () => {
    const lab = await openArticle();
    await lab.sql('alter table crm.customer drop column "current"');

    expect(states(await lab.setup()).at(-2)).toBe(
      'history customer: migrated (adds current, effective_seq, end_seq, seen_date, seen_seq, batch_id and fills what its rows lack)',
    );
    expect(pick(await sortedRows(lab), 'current')).toEqual([['false'], ['true'], ['false'], ['false']]);
  });

  it('takes an empty table over', async () => {
    const lab = await openArticle('keys: [id]', 'delete from crm.customer');
    await lab.setup();

    expect(await lab.rows('customer')).toEqual([]);
    expect(states(await lab.setup()).at(-2)).toBe('history customer: fits');
  });

  it('quotes names, however hostile', async () => {
    const lab = await openLab(
      `{name: "t;-- '", keys: ['k"]'], historyColumns: {effectiveDate: "from 'x'", endDate: 'to "y"', batchId: 'select'}}`,
    );
    await lab.sql(
      'create schema crm',
      `create table crm."t;-- '" ("k""]" bigint, "from 'x'" timestamptz, "to ""y""" timestamptz)`,
      `insert into crm."t;-- '" values (1, '2024-01-01', null)`,
    );

    expect(states(await lab.setup()).at(-2)).toMatch(/: migrated \(adds current, effective_seq/);
    expect(pick(await lab.rows("t;-- '"), 'k"]', 'select', 'current')).toEqual([['1', '0', 'true']]);
    expect(states(await lab.setup()).at(-2)).toBe("history t;-- ': fits");
  });
});

describe('setup of a table that an older release made', () => {
  it('adds only what it lacks and takes sequences and marks that are there as they are', async () => {
    const lab = await openLab('{name: customer, keys: [id]}');
    await lab.sql(
      ...ARTICLE.map((sql) =>
        sql.replace(
          'end_date timestamptz',
          'end_date timestamptz, effective_seq varchar, end_seq varchar, seen_date timestamptz',
        ),
      ),
      `insert into crm.customer values
        (1, 'Ann', false, '2024-01-01', '2024-01-02', '001', '007', '2024-01-01'),
        (1, 'Eve', true, '2024-01-02', null, '007', null, '2024-01-09'),
        (2, 'Bob', false, '2024-01-01', '2024-01-03', '002', '009', '2024-01-03')`,
    );

    expect(states(await lab.setup()).at(-2)).toBe(
      'history customer: migrated (adds seen_seq, batch_id and fills what its rows lack)',
    );
    expect(
      pick(await sortedRows(lab), 'effective_seq', 'end_seq', 'seen_date', 'seen_seq', 'batch_id'),
    ).toEqual([
      ['001', '007', '2024-01-01T00:00:00.000000Z', '001', '0'],
      ['007', null, '2024-01-09T00:00:00.000000Z', '', '0'],
      ['002', '009', '2024-01-03T00:00:00.000000Z', '009', '0'],
    ]);
    expect(await broken(lab)).toEqual([]);
  });
});

describe('setup refuses to take over, and changes no row or column, where', () => {
  const refused = [
    [
      'rows of a key overlap',
      "(1, 'a', false, '2024-01-01', '2024-01-05'), (1, 'b', true, '2024-01-03', null)",
      'rows of a key never overlap (NO_OVERLAP, 1 broken)',
    ],
    [
      'a key is current twice',
      "(1, 'a', true, '2024-01-01', null), (1, 'b', true, '2024-01-03', null)",
      'a key has at most one current row (ONE_CURRENT, 1 broken); rows of a key never overlap (NO_OVERLAP, 1 broken)',
    ],
    [
      'a current row has ended',
      "(1, 'a', true, '2024-01-01', '2024-01-05')",
      'a row is current exactly when it has no end date (CURRENT_IS_OPEN, 1 broken)',
    ],
    [
      'a row ends before it begins',
      "(1, 'a', false, '2024-01-05', '2024-01-01')",
      'no row ends before it starts (NOT_NEGATIVE, 1 broken); a row was not last seen before it began (SEEN_NOT_BEFORE, 1 broken)',
    ],
    [
      'two rows of a key begin together',
      "(1, 'a', false, '2024-01-01', '2024-01-01'), (1, 'b', true, '2024-01-01', null)",
      'no two rows of a key start at the same time and sequence (UNIQUE_START, 1 broken)',
    ],
    [
      'a key is null',
      "(null, 'a', true, '2024-01-01', null)",
      'keys and effective dates are never null (KEYS_PRESENT, 1 broken)',
    ],
    [
      'a row has no begin',
      "(1, 'a', true, null, null)",
      'keys and effective dates are never null (KEYS_PRESENT, 1 broken); a row was not last seen before it began (SEEN_NOT_BEFORE, 1 broken)',
    ],
  ] as const;

  it.each(refused)('%s', async (_, rows, rules) => {
    const lab = await openArticle('keys: [id]', `insert into crm.customer values ${rows}`);
    const before = await lab.query('select cast(c as varchar) from crm.customer as c order by 1');

    expect(states(await lab.setup()).at(-2)).toBe(
      `history customer: differs (it cannot be taken over, since what must hold of a history does not hold of it: ${rules}. Mend these rows and run setup again, or rename the table and load a history anew beside it)`,
    );
    expect(await lab.query('select cast(c as varchar) from crm.customer as c order by 1')).toEqual(before);
  });
});

describe('setup beside a writer', () => {
  it('waits for its turn: a table that is being written is left alone', async () => {
    const lab = await openArticle();
    await lab.ws.ledger.prepare();
    await lab.ws.ledger.claim('customer', 'somebody');

    const results = await lab.setup();

    expect(states(results).slice(-2)).toEqual([
      'history customer: failed (TABLE_BUSY)',
      'view customer_versions: blocked (its history could not be made)',
    ]);
    expect(await lab.ws.engine.columns({ catalog: '', schema: 'crm', name: 'customer' })).toHaveLength(5);
  });
});
