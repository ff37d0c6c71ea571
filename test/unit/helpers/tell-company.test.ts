import type { Column } from '../../../lib/config/column-type.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import type { Dialect } from '../../../lib/ports.ts';
import type { Change } from '../../helpers/oracle-types.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batches, companyOf, formCompanies } from '../../helpers/company.ts';
import { companyTable, filesIn } from '../../helpers/company-table.ts';
import { withoutNameClashes } from '../../helpers/rename-columns.ts';
import { readableFile } from '../../helpers/readable-file.ts';
import { loadScenarios, parseScenario } from '../../helpers/scenarios.ts';
import { type Round, type Story, storyOfScenario } from '../../helpers/story.ts';
import { tellCompany } from '../../helpers/tell-company.ts';
import { openTestEngine, type TestEngine } from '../../helpers/test-pipeline.ts';

const HEAD = 'table: { keys: [id], columns: { id: int, name: string }, history: last-change }';

const story = (file: string, steps: string, head = HEAD): Story =>
  storyOfScenario(parseScenario(file, `name: a story\n${head}\nsteps:\n${steps}`)[0]!);

const opened = (name: string): Story =>
  story(
    name,
    `
  - changes: |
      op | at    | seq | id | name
      I  | 10:00 | 1   | 1  | Ann
    history: |
      id | name   | current | effective_date | end_date | batch_id
      1  | ${name} | true    | 10:00          | null     | 1
  - changes: |
      op | at    | seq | id | name
      D  | 11:00 | 2   | 1  | Ann
    current: |
      id | name`,
  );

const late = story(
  'late',
  `
  - load: |
      op | at    | seq  | id | name
      I  | 08:00 | null | 1  | Bob
  - reload: '12:00'
    load: |
      op | at    | seq  | id | name
      I  | 12:00 | null | 2  | Eve
    completeReload: true
    history: |
      id | name | current | effective_date | end_date | batch_id
      1  | Bob  | false   | 08:00          | 12:00    | 2
      2  | Eve  | true    | 12:00          | null     | 2`,
);

describe('stories told together', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await openTestEngine();
  });
  afterAll(() => engine.close());

  it('says of each story whether it went as it says, and of no other', async () => {
    const right = opened('Ann');
    const wrong = opened('Zoe');
    const [company, ...others] = formCompanies([wrong, right, late]);

    const told = await tellCompany(engine, company!, 'all');

    expect(others).toEqual([]);
    expect([...told.wrong.keys()].map(({ name }) => name)).toEqual(['Zoe: a story']);
    expect(String(told.wrong.get(wrong))).toContain('after round 1 of 2');
    expect(told.miscounted).toEqual([]);
  });

  it('finds the same mistake when the story is told alone', async () => {
    const wrong = opened('Zoe');

    const told = await tellCompany(engine, companyOf(wrong), 'all');

    expect([...told.wrong.keys()]).toEqual([wrong]);
  });

  it('notices batches that count otherwise than the model', async () => {
    const known = opened('Ann');
    const again = { ...known, rounds: [known.rounds[0]!, known.rounds[0]!] };
    const rows = {
      ...engine,
      table: (table: Parameters<TestEngine['table']>[0]) => miscounting(engine, table),
    };

    const told = await tellCompany(rows, companyOf(again), 'all');

    expect(told.miscounted.map(String)).toEqual([
      expect.stringContaining('counts of round 1'),
      expect.stringContaining('counts of round 2'),
    ]);
  });
});

function miscounting(engine: TestEngine, table: Parameters<TestEngine['table']>[0]) {
  const pipeline = engine.table(table);
  const ingest = async () => ({ ...(await pipeline.ingest()), rows: 7 });
  return { ...pipeline, ingest };
}

it('writes as canonical text what an engine reads in no other way', () => {
  const dialect: Dialect = {
    ...duckdbDialect,
    unreadable: ({ type }) => (type.kind === 'time' ? 'no time of day' : null),
  };
  const columns: Column[] = [
    { name: 'id', type: { kind: 'int', bits: 32 } },
    { name: 'at', type: { kind: 'time' } },
  ];
  const change = (at: string | null): Change => ({
    op: 'I',
    commitTime: '',
    seq: '1',
    values: { id: '1', at },
  });

  expect(readableFile(dialect, { columns, changes: [change('10:00:00.5'), change(null)] })).toEqual({
    columns: [columns[0], { name: 'at', type: { kind: 'string' } }],
    changes: [change('10:00:00.500000'), change(null)],
  });
});

describe('companies', () => {
  it('lets a story with a reload wait until nobody else is under way', () => {
    const [company] = formCompanies([late, opened('Ann')]);

    expect(company!.members.map(({ story: { name }, at }) => [name, at])).toEqual([
      ['Ann: a story', [0, 1]],
      ['late: a story', [0, 2, 3]],
    ]);
    expect(company!.rounds.map(({ reload, completes }) => [reload, completes])).toEqual([
      [null, false],
      [null, false],
      ['2024-05-01T12:00:00.000000Z', false],
      [null, true],
    ]);
    expect(batches(company!)).toBe(5);
  });

  it('gives stories that know nothing of a key or a column the same in all of their rows', () => {
    const other = story(
      'other',
      `
  - changes: |
      op | at    | seq | region | city | name
      I  | 10:00 | 1   | "n"    | Rome | Ann`,
      'table: { keys: [region], columns: { region: string, city: string, name: string }, history: last-change, track: { except: [city] } }',
    );
    const [company] = formCompanies([opened('Ann'), other]);

    expect(companyTable(company!)).toEqual({
      keys: ['§story', 'id', 'region'],
      history: 'last-change',
      sequence: 'change-seq',
      reload: 'snapshot',
      track: { kind: 'except', columns: ['city'] },
    });
    expect(filesIn(company!, 0).map(({ changes }) => changes.map(({ values }) => values))).toEqual([
      [
        { '§story': 's0', id: '1', region: '', name: 'Ann' },
        { '§story': 's1', id: '0', region: 'n', city: 'Rome', name: 'Ann' },
      ],
    ]);
  });

  it('keeps apart what one table cannot hold', () => {
    const byTime = story(
      'by time',
      '\n  - changes: |\n      op | at | seq | id | name\n      I  | 10:00 | 1 | 1 | Ann',
      `${HEAD.slice(0, -2)}, sequence: commit-time }`,
    );
    const otherType = story(
      'text keys',
      '\n  - changes: |\n      op | at | seq | id | name\n      I  | 10:00 | 1 | a | Ann',
      'table: { keys: [id], columns: { id: string, name: string }, history: last-change }',
    );

    const companies = formCompanies([opened('Ann'), byTime, otherType]);

    expect(companies.map(({ members }) => members.map(({ story: { name } }) => name))).toEqual([
      ['Ann: a story'],
      ['by time: a story'],
      ['text keys: a story'],
    ]);
  });

  it('calls columns otherwise that mean something else than those of their name, wherever a story names them', () => {
    const other = story(
      'other',
      `
  - changes: |
      op | at    | seq | name | id | BI_name
      U  | 10:00 | 1   | b    | 7  | a
    history: |
      name | id
      null | null
      b    | 7`,
      'table: { keys: [name], columns: { id: int, name: string }, history: last-change, track: [id] }',
    );

    const [first, renamed, third] = withoutNameClashes([opened('Ann'), other, opened('Eve')]);

    expect([first, third]).toEqual([opened('Ann'), opened('Eve')]);
    const { table, rounds } = renamed!;
    expect(table).toMatchObject({ keys: ['name_2'], track: { kind: 'only', columns: ['id_2'] } });
    const [{ columns, files, expect: wanted }] = rounds as [Round];
    expect(columns.map(({ name }) => name)).toEqual(['id_2', 'name_2']);
    expect(files[0]!.columns.map(({ name }) => name)).toEqual(['id_2', 'name_2']);
    expect(files[0]).toMatchObject({
      beforeImage: ['name_2'],
      changes: [{ values: { id_2: '7', name_2: 'b' }, beforeKeys: { name_2: 'a' } }],
    });
    expect(wanted!.history).toEqual({
      header: ['name_2', 'id_2'],
      rows: [
        { name_2: null, id_2: null },
        { name_2: 'b', id_2: '7' },
      ],
    });
    expect(formCompanies([first!, renamed!, third!])).toHaveLength(1);
  });

  it('leaves out no scenario, and needs a third of the batches', () => {
    const stories = withoutNameClashes(loadScenarios().map(storyOfScenario));

    const companies = formCompanies(stories);

    const told = companies.flatMap(({ members }) => members.map((member) => member.story));
    expect(new Set(told)).toEqual(new Set(stories));
    const all = (of: readonly Parameters<typeof batches>[0][]) =>
      of.reduce((sum, one) => sum + batches(one), 0);
    expect(all(companies)).toBeLessThan(all(stories.map(companyOf)) / 3);
  });
});
