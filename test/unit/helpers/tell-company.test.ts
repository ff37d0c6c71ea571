import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { batches, companyOf, formCompanies } from '../../helpers/company.ts';
import { companyTable, filesIn } from '../../helpers/company-table.ts';
import { loadScenarios, parseScenario } from '../../helpers/scenarios.ts';
import { type Story, storyOfScenario } from '../../helpers/story.ts';
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

  it('leaves out no scenario, and needs a third of the batches', () => {
    const stories = loadScenarios().map(storyOfScenario);

    const companies = formCompanies(stories);

    const told = companies.flatMap(({ members }) => members.map((member) => member.story));
    expect(new Set(told)).toEqual(new Set(stories));
    const all = (of: readonly Parameters<typeof batches>[0][]) =>
      of.reduce((sum, one) => sum + batches(one), 0);
    expect(all(companies)).toBeLessThan(all(stories.map(companyOf)) / 3);
  });
});
