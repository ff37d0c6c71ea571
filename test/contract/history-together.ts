import fc from 'fast-check';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { HistoryMode } from '../../lib/config/config.ts';
import { type Play, playArbitrary, TEMPERS } from '../helpers/arbitrary-plays.ts';
import { tableArbitrary } from '../helpers/arbitrary-tables.ts';
import { type Company, companyFromTheStart, formCompanies } from '../helpers/company.ts';
import type { CountsTold } from '../helpers/company-counts.ts';
import { type Bench, blameForCounts, blameForPlay, named, tellAlone } from '../helpers/find-fault.ts';
import { storiesOfPlay, type Way, whyWrong } from '../helpers/random-stories.ts';
import { withoutNameClashes } from '../helpers/rename-columns.ts';
import { loadScenarios } from '../helpers/scenarios.ts';
import { type Story, storyOfScenario } from '../helpers/story.ts';
import { type Told, tellCompany } from '../helpers/tell-company.ts';
import type { TestEngine } from '../helpers/test-pipeline.ts';

/** How much of the suite an engine can afford, and how it goes about it. */
export interface TogetherOptions {
  /** Random feeds a table; each arrives in three ways. There are tables for each mode. */
  readonly feeds: number;
  /** Tables a mode, each of another temper; the seed says of which where there are fewer than tempers. @default all */
  readonly tempers?: number;
  readonly counts: CountsTold;
  /** Tables filled at the same time, each by an engine of its own. */
  readonly workers: number;
}

interface RandomFeed {
  readonly name: string;
  readonly play: Play;
  readonly stories: Record<Way, Story>;
}

/** Random feeds of one table, told together. */
interface RandomCompany {
  readonly title: string;
  readonly company: Company;
  readonly mode: HistoryMode;
  readonly plays: readonly RandomFeed[];
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
  const scenarios = withoutNameClashes(loadScenarios().map(storyOfScenario));
  const companies = formCompanies(scenarios);
  const random = randomCompanies(seed, options);
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

    const bench = (): Bench => ({ engine: engines[0]!, counts: options.counts });
    describe('scenarios', () => {
      for (const story of scenarios) {
        const company = companies.find(({ members }) => members.some((member) => member.story === story))!;
        it(story.name, async () => assertTold(await outcomes.get(company)!, story, bench()), LONG_MS);
      }
    });
    it.each(random)(
      '$title equal the row-by-row model after every batch, however their files come',
      async (one) => assertPlays(await outcomes.get(one.company)!, one, bench()),
      LONG_MS,
    );
    it(
      'counts what every batch did, for all that it told',
      async () => {
        for (const company of [...companies, ...random.map((one) => one.company)]) {
          await assertCounted(await outcomes.get(company)!, company, bench());
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

function randomCompanies(
  seed: number,
  { feeds, tempers = TEMPERS.length }: Pick<TogetherOptions, 'feeds' | 'tempers'>,
): RandomCompany[] {
  const modes: readonly HistoryMode[] = ['last-change', 'every-change'];
  const chosen = (first: number) =>
    Array.from({ length: tempers }, (_, at) => TEMPERS[(first + at) % TEMPERS.length]!);
  const kinds = modes.flatMap((mode, at) => chosen(seed + at).map((temper) => ({ mode, temper })));
  const tables = fc.sample(tableArbitrary(), { seed, numRuns: kinds.length });
  return kinds.map(({ mode, temper }, at) => {
    const table = tables[at]!;
    const plays = fc
      .sample(playArbitrary(table, temper), { seed: seed + at, numRuns: feeds })
      .map((play, i): RandomFeed => {
        const name = `feed ${i} of PROPERTY_SEED=${seed}`;
        return { name, play, stories: storiesOfPlay(play, mode, name) };
      });
    const company = companyFromTheStart(plays.flatMap(({ stories }) => Object.values(stories)));
    const title = `${mode}, ${temper}: ${feeds} random feeds of ${table.columns.length} columns`;
    return { title, company, mode, plays };
  });
}

/** Throws, after telling it alone, unless a story went as it says. */
async function assertTold(outcome: Outcome, story: Story, bench: Bench): Promise<void> {
  const error = 'error' in outcome ? outcome.error : outcome.told.wrong.get(story);
  if (error === undefined) return;
  await tellAlone(bench, story);
  throw named(story.name, 'right when told alone, wrong among others', error);
}

async function assertCounted(outcome: Outcome, { members }: Company, bench: Bench): Promise<void> {
  if ('error' in outcome) throw outcome.error;
  const [error] = outcome.told.miscounted;
  if (error === undefined) return;
  const stories = members.map(({ story }) => story);
  await blameForCounts(bench, stories, error);
}

/** Throws unless every feed went as the model says; the first that did not is told alone, and made smaller. */
async function assertPlays(outcome: Outcome, { plays, mode }: RandomCompany, bench: Bench): Promise<void> {
  const errorOf = ({ play, stories }: RandomFeed): unknown =>
    'error' in outcome ? outcome.error : whyWrong(outcome.told, play, stories, mode);
  const at = plays.findIndex((one) => errorOf(one) !== undefined);
  if (at < 0) return;
  const { name, play } = plays[at]!;
  await blameForPlay(bench, { name, play, mode }, Date.now() + LONG_MS / 3);
  throw named(name, 'right when told alone, wrong among others', errorOf(plays[at]!));
}
