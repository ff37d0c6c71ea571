import fc from 'fast-check';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryMode } from '../../lib/config/config.ts';
import { tableArbitrary } from '../helpers/arbitrary-tables.ts';
import { type Company, companyOf, formCompanies } from '../helpers/company.ts';
import type { CountsTold } from '../helpers/company-counts.ts';
import { type Play, playArbitrary, TEMPERS } from '../helpers/arbitrary-plays.ts';
import { lasting, storiesOfPlay, type Way } from '../helpers/random-stories.ts';
import { comparable } from '../helpers/scenario-grid.ts';
import { loadScenarios } from '../helpers/scenarios.ts';
import { type Story, storyOfScenario } from '../helpers/story.ts';
import { type Told, tellCompany } from '../helpers/tell-company.ts';
import type { TestEngine } from '../helpers/test-pipeline.ts';

/** How much of the suite an engine can afford, and how it goes about it. */
export interface TogetherOptions {
  /** Random feeds a table; each arrives in three ways. There is a table for each mode and temper. */
  readonly feeds: number;
  readonly counts: CountsTold;
  /** Tables filled at the same time, each by an engine of its own. */
  readonly workers: number;
}

/** Random feeds of one table, told together. */
interface RandomCompany {
  readonly title: string;
  readonly company: Company;
  readonly mode: HistoryMode;
  readonly arbitrary: fc.Arbitrary<Play>;
  readonly seed: number;
  readonly plays: readonly { readonly play: Play; readonly stories: Record<Way, Story> }[];
}

type Outcome = { readonly told: Told } | { readonly error: unknown };

const LONG_MS = 900_000;

/**
 * The history contract for engines whose every statement takes long: the same scenarios, and random feeds against the
 * same model, but as many as may be in one table, so that one batch tells a part of them all. What fails is named, and
 * told again alone.
 */
export function historyTogether(
  name: string,
  open: () => Promise<TestEngine>,
  options: TogetherOptions,
): void {
  const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const scenarios = loadScenarios().map(storyOfScenario);
  const companies = formCompanies(scenarios);
  const random = randomCompanies(seed, options.feeds);
  const feeds = random.reduce((sum, { plays }) => sum + plays.length, 0);

  describe(`history on ${name}: ${scenarios.length} scenarios and ${feeds} random feeds in ${companies.length + random.length} tables`, () => {
    const engines: TestEngine[] = [];
    const outcomes = new Map<Company, Promise<Outcome>>();
    beforeAll(async () => {
      for (let i = 0; i < options.workers; i += 1) engines.push(await open());
      // The largest first, so that none is left alone at the end.
      const all = [...random.map(({ company }) => company), ...companies];
      start(all, engines, options.counts, outcomes);
    }, LONG_MS);
    afterAll(async () => {
      await Promise.allSettled(outcomes.values());
      for (const engine of engines) await engine.close();
    }, LONG_MS);

    const alone = (story: Story): Promise<void> => tellAlone(engines[0]!, story, options.counts);
    describe('scenarios', () => {
      for (const story of scenarios) {
        const company = companies.find(({ members }) => members.some((member) => member.story === story))!;
        it(story.name, async () => assertTold(await outcomes.get(company)!, story, alone), LONG_MS);
      }
    });
    it.each(random)(
      '$title equal the row-by-row model after every batch, however their files come',
      async (one) => assertPlays(await outcomes.get(one.company)!, one, engines[0]!, options.counts),
      LONG_MS,
    );
    it(
      'counts what every batch did, for all that it told',
      async () => {
        for (const company of [...companies, ...random.map((one) => one.company)]) {
          await assertCounted(await outcomes.get(company)!, company, alone);
        }
      },
      LONG_MS,
    );
  });
}

/** Begins to tell the companies; each has an outcome from now on, which never fails. */
function start(
  companies: readonly Company[],
  engines: readonly TestEngine[],
  counts: CountsTold,
  outcomes: Map<Company, Promise<Outcome>>,
): void {
  const settle = new Map<Company, (outcome: Outcome) => void>();
  for (const company of companies) {
    outcomes.set(company, new Promise((resolve) => settle.set(company, resolve)));
  }
  const idle = [...engines];
  const tell = async (company: Company): Promise<void> => {
    const engine = idle.pop()!;
    const outcome = await tellCompany(engine, company, counts).then(
      (told) => ({ told }),
      (error: unknown) => ({ error }),
    );
    idle.push(engine);
    settle.get(company)!(outcome);
  };
  void pMap(companies, tell, { concurrency: engines.length });
}

function randomCompanies(seed: number, feeds: number): RandomCompany[] {
  const modes: readonly HistoryMode[] = ['last-change', 'every-change'];
  const kinds = modes.flatMap((mode) => TEMPERS.map((temper) => ({ mode, temper })));
  const tables = fc.sample(tableArbitrary(), { seed, numRuns: kinds.length });
  return kinds.map(({ mode, temper }, at) => {
    const table = tables[at]!;
    const arbitrary = playArbitrary(table, temper);
    const own = seed + at;
    const plays = fc.sample(arbitrary, { seed: own, numRuns: feeds }).map((play, i) => {
      return { play, stories: storiesOfPlay(play, mode, `feed ${i}`) };
    });
    const [company, ...others] = formCompanies(plays.flatMap(({ stories }) => Object.values(stories)));
    if (!company || others.length > 0) throw new Error('Feeds of one table belong together.');
    const title = `${mode}, ${temper}: ${feeds} random feeds of ${table.columns.length} columns`;
    return { title, company, mode, arbitrary, seed: own, plays };
  });
}

async function tellAlone(engine: TestEngine, story: Story, counts: CountsTold): Promise<void> {
  const { wrong, miscounted } = await tellCompany(engine, companyOf(story), counts);
  for (const error of [...wrong.values(), ...miscounted]) throw named(story, 'told alone', error);
}

function named({ name }: Story, how: string, cause: unknown): Error {
  const error = new Error(`${name} (${how}): ${cause instanceof Error ? cause.message : cause}`, { cause });
  // Shows the difference as an assertion does.
  return Object.assign(error, cause instanceof Error ? pick(cause) : {});
}

function pick(error: object): object {
  return Object.fromEntries(Object.entries(error).filter(([key]) => ['actual', 'expected'].includes(key)));
}

/** Throws, after telling it alone, unless a story went as it says. */
async function assertTold(
  outcome: Outcome,
  story: Story,
  alone: (story: Story) => Promise<void>,
): Promise<void> {
  const error = 'error' in outcome ? outcome.error : outcome.told.wrong.get(story);
  if (error === undefined) return;
  await alone(story);
  throw named(story, 'right when told alone, wrong among others', error);
}

async function assertCounted(
  outcome: Outcome,
  company: Company,
  alone: (story: Story) => Promise<void>,
): Promise<void> {
  if ('error' in outcome) throw outcome.error;
  const [error] = outcome.told.miscounted;
  if (error === undefined) return;
  for (const { story } of company.members) await alone(story);
  throw named(company.members[0]!.story, `and ${company.members.length - 1} others`, error);
}

/** Throws unless every feed went as the model says; the first that did not is told alone, and made smaller. */
async function assertPlays(
  outcome: Outcome,
  { plays, mode, arbitrary, seed }: RandomCompany,
  engine: TestEngine,
  counts: CountsTold,
): Promise<void> {
  const wrongOf = (told: Told, { play, stories }: RandomCompany['plays'][number]): unknown => {
    const all = Object.values(stories).map((story) => told.wrong.get(story));
    return all.find((error) => error !== undefined) ?? unlike(told, play, stories, mode);
  };
  const errors = plays.map((one) => ('error' in outcome ? outcome.error : wrongOf(outcome.told, one)));
  const at = errors.findIndex((error) => error !== undefined);
  if (at < 0) return;
  const again = fc.asyncProperty(arbitrary, async (play) => {
    const stories = storiesOfPlay(play, mode, 'the feed');
    const [company] = formCompanies(Object.values(stories));
    const told = await tellCompany(engine, company!, counts);
    const error = wrongOf(told, { play, stories }) ?? told.miscounted[0];
    if (error !== undefined) throw error;
  });
  await fc.assert(again, { seed, path: String(at), numRuns: 1, interruptAfterTimeLimit: LONG_MS / 3 });
  throw named(plays[at]!.stories.one, 'right when told alone, wrong among others', errors[at]);
}

/** Why two orders of one feed did not end alike; undefined where they did. */
function unlike(told: Told, { feed }: Play, stories: Record<Way, Story>, mode: HistoryMode): unknown {
  const { columns } = feed.table;
  const end = (story: Story) => {
    const rows = lasting(told.rows(story), feed, mode);
    return comparable(rows, Object.keys(rows[0] ?? {}), columns);
  };
  try {
    expect(end(stories.one)).toEqual(end(stories.other));
    return undefined;
  } catch (error) {
    return error;
  }
}
