import type { HistoryMode } from '../../lib/config/config.ts';
import type { Play } from './arbitrary-plays.ts';
import { companyFromTheStart, companyOf, formCompanies } from './company.ts';
import type { CountsTold } from './company-counts.ts';
import { storiesOfPlay, whyWrong } from './random-stories.ts';
import { smallerPlays } from './smaller-plays.ts';
import type { Story } from './story.ts';
import { tellCompany } from './tell-company.ts';
import type { TestEngine } from './test-pipeline.ts';

/** Where a fault is looked for. */
export interface Bench {
  readonly engine: TestEngine;
  readonly counts: CountsTold;
}

/** The same error, of this story; shows the difference as an assertion does. */
export function named(story: string, how: string, cause: unknown): Error {
  const error = new Error(`${story} (${how}): ${cause instanceof Error ? cause.message : cause}`, { cause });
  const shown = Object.entries(cause instanceof Error ? cause : {});
  const difference = shown.filter(([key]) => ['actual', 'expected'].includes(key));
  return Object.assign(error, Object.fromEntries(difference));
}

/** Tells a story in a table of its own, and throws unless all is as it says. */
export async function tellAlone({ engine, counts }: Bench, story: Story): Promise<void> {
  const { wrong, miscounted } = await tellCompany(engine, companyOf(story), counts);
  for (const error of [...wrong.values(), ...miscounted]) throw named(story.name, 'told alone', error);
}

/** Throws what is left when stories that were miscounted together are told by halves for as long as one is miscounted. */
export async function blameForCounts(
  bench: Bench,
  stories: readonly Story[],
  error: unknown,
): Promise<never> {
  const middle = Math.ceil(stories.length / 2);
  const halves = stories.length < 2 ? [] : [stories.slice(0, middle), stories.slice(middle)];
  for (const half of halves) {
    for (const company of formCompanies(half)) {
      const [again] = (await tellCompany(bench.engine, company, bench.counts)).miscounted;
      const members = company.members.map(({ story }) => story);
      if (again !== undefined) return blameForCounts(bench, members, again);
    }
  }
  const others = stories.length > 1 ? `miscounted with ${stories.length - 1} others` : 'told alone';
  throw named(stories[0]!.name, others, error);
}

/**
 * Throws with the smallest play found that goes wrong when told alone, its changes spelled out; returns when the play is
 * right alone.
 *
 * @param deadline milliseconds since the epoch, after which nothing smaller is looked for
 */
export async function blameForPlay(
  { engine, counts }: Bench,
  { name, play: first, mode }: { readonly name: string; readonly play: Play; readonly mode: HistoryMode },
  deadline: number,
): Promise<void> {
  const errorOf = async (play: Play): Promise<unknown> => {
    const stories = storiesOfPlay(play, mode, name);
    const told = await tellCompany(engine, companyFromTheStart(Object.values(stories)), counts);
    return whyWrong(told, play, stories, mode) ?? told.miscounted[0];
  };
  let smallest = first;
  let error = await errorOf(first);
  if (error === undefined) return;
  let candidates = smallerPlays(smallest);
  for (let next = candidates.next(); !next.done && Date.now() < deadline; next = candidates.next()) {
    const again = await errorOf(next.value);
    if (again === undefined) continue;
    smallest = next.value;
    error = again;
    candidates = smallerPlays(smallest);
  }
  throw named(`${name}, made smaller:\n${spelled(smallest)}\n`, 'told alone', error);
}

function spelled({ feed, one, other, inOrder }: Play): string {
  const parts = { table: feed.table, 'in any order': one, 'in another order': other, 'in order': inOrder };
  return Object.entries(parts)
    .map(([name, part]) => `${name}: ${JSON.stringify(part)}`)
    .join('\n');
}
