import { type Column, sameColumnType } from '../../lib/config/column-type.ts';
import { trackedColumns } from './scenarios.ts';
import { lastColumns, type Round, type Story } from './story.ts';

/** A story and the rounds of its company in which its own take place, in order. */
export interface Member {
  readonly story: Story;
  readonly at: readonly number[];
}

/** What all members of a company do at once. */
export interface Mark {
  readonly reload: string | null;
  readonly completes: boolean;
}

/** Stories that are told at once in one table, each under a key of its own. */
export interface Company {
  readonly members: readonly Member[];
  readonly rounds: readonly Mark[];
}

const NEUTRAL: Mark = { reload: null, completes: false };

/**
 * Puts stories together in as few batches as may be, so that each is told as it would be alone. Together are only
 * stories of one mode, sequence and kind of reload, whose columns do not contradict each other; a reload concerns
 * everyone whose story is under way.
 */
export function formCompanies(stories: readonly Story[]): Company[] {
  const companies: Company[] = [];
  // Those with a reload end a company, for nobody else's story may be under way then.
  const reloads = (story: Story): boolean => story.rounds.some((round) => !isNeutral(round));
  for (const story of [...stories].sort((a, b) => Number(reloads(a)) - Number(reloads(b)))) {
    const joined = companies.map((company) => join(company, story));
    const found = joined.findIndex((company) => company !== null);
    if (found >= 0) companies[found] = joined[found]!;
    else companies.push(companyOf(story));
  }
  return companies;
}

/** Stories of one table, each told from the first round on. None of them has a reload. */
export function companyFromTheStart(stories: readonly Story[]): Company {
  const rounds = Math.max(...stories.map((story) => story.rounds.length));
  return {
    members: stories.map((story) => ({ story, at: [...story.rounds.keys()] })),
    rounds: Array<Mark>(rounds).fill(NEUTRAL),
  };
}

/** A story on its own. */
export function companyOf(story: Story): Company {
  return {
    members: [{ story, at: [...story.rounds.keys()] }],
    rounds: story.rounds.map(({ reload, completes }) => ({ reload, completes })),
  };
}

/** The company with a story more, which begins where that costs the fewest batches; null where it cannot be. */
function join(company: Company, story: Story): Company | null {
  if (!company.members.every((member) => agree(member.story, story))) return null;
  let best: { company: Company; cost: number } | null = null;
  for (let start = 0; start <= company.rounds.length; start += 1) {
    if (generationOpenBefore(company, start)) continue;
    const at = placeFrom(company, story, start);
    const rounds = at && withRounds(company, story, at);
    if (!rounds || !reloadsInOrder(rounds) || !columnsArriveTogether(company, { story, at })) continue;
    const members = [...company.members, { story, at }];
    if (!keepsOrders(members) || !leavesOthersAlone({ members, rounds })) continue;
    const cost = batches({ members, rounds });
    if (best === null || cost < best.cost) best = { company: { members, rounds }, cost };
  }
  return best?.company ?? null;
}

/** The rounds of a story in those of a company, each as early as it goes; beyond its end where there is none. */
function placeFrom(company: Company, story: Story, start: number): number[] | null {
  const at: number[] = [];
  let next = start;
  for (const round of story.rounds) {
    while (next < company.rounds.length && !sameMark(company.rounds[next]!, round)) {
      const waits = at.length === 0 || isNeutral(company.rounds[next]!);
      if (!waits || at.length === 0) return null;
      next += 1;
    }
    at.push(next);
    next += 1;
  }
  return at;
}

function withRounds(company: Company, story: Story, at: readonly number[]): Mark[] {
  const rounds: Mark[] = [...company.rounds];
  for (const [i, round] of at.entries()) {
    while (rounds.length <= round) rounds.push(NEUTRAL);
    const { reload, completes } = story.rounds[i]!;
    rounds[round] = { reload, completes };
  }
  return rounds;
}

/** A reload touches all that is in the table, so whoever is under way must have it in their story. */
function leavesOthersAlone({ members, rounds }: Company): boolean {
  return rounds.every(
    (mark, round) =>
      isNeutral(mark) ||
      members.every(({ at }) => at.includes(round) || round < at[0]! || round > at.at(-1)!),
  );
}

/** No reload of a table has the instant of one before it, or an earlier one. */
function reloadsInOrder(rounds: readonly Mark[]): boolean {
  const instants = rounds.flatMap(({ reload }) => reload ?? []);
  return instants.every((instant, i) => i === 0 || instant > instants[i - 1]!);
}

/** True when a reload has begun before this round and not ended, so that new full-load files would belong to it. */
export function generationOpenBefore({ rounds }: Company, round: number): boolean {
  const last = rounds.slice(0, round).findLast((mark) => !isNeutral(mark));
  return last !== undefined && !last.completes;
}

/** Batches and reloads' ends in all. */
export function batches({ members, rounds }: Company): number {
  return rounds.reduce((sum, { completes }, round) => {
    const files = members.flatMap((member) => roundOf(member, round)?.files ?? []);
    const kinds = new Set(files.map((file) => file.load));
    return sum + kinds.size + (completes ? 1 : 0);
  }, 0);
}

/** What a member does in a round of its company, if anything. */
export function roundOf({ story, at }: Member, round: number): Round | null {
  const found = at.indexOf(round);
  return found < 0 ? null : story.rounds[found]!;
}

const isNeutral = ({ reload, completes }: Mark): boolean => reload === null && !completes;
const sameMark = (a: Mark, b: Mark): boolean => a.reload === b.reload && a.completes === b.completes;

/** True when one table can have the columns of both, and treat them as each wants it. */
function agree(a: Story, b: Story): boolean {
  const one = a.table;
  const other = b.table;
  if (one.history !== other.history || one.sequence !== other.sequence || one.reload !== other.reload) {
    return false;
  }
  const mine = lastColumns(a);
  const theirs = lastColumns(b);
  const bare = (story: Story): boolean => lastColumns(story).length === story.table.keys.length;
  if (bare(a) !== bare(b)) return false;
  const common = mine.filter(({ name }) => theirs.some((column) => column.name === name));
  const orderOfTheirs = theirs.filter(({ name }) => common.some((column) => column.name === name));
  if (common.some(({ name }, i) => orderOfTheirs[i]!.name !== name)) return false;
  return common.every(({ name }) => {
    const role = (story: Story): string =>
      story.table.keys.includes(name)
        ? 'key'
        : String(trackedColumns(story.table, lastColumns(story)).includes(name));
    const types = [...typesOf(a, name), ...typesOf(b, name)];
    return role(a) === role(b) && types.every((type) => sameColumnType(type, types[0]!));
  });
}

function typesOf({ rounds }: Story, name: string): Column['type'][] {
  return rounds.flatMap(({ columns }) => columns.filter((c) => c.name === name).map((c) => c.type));
}

/** A column that a story gains on its way must be new to the table then. */
function columnsArriveTogether(company: Company, member: Member): boolean {
  const before = arrivals(company.members);
  const own = arrivals([member]);
  return [...own].every(([name, round]) => {
    const known = before.get(name);
    if (known === undefined || known === round) return true;
    const gained = round > member.at[0]!;
    return !gained && known < round;
  });
}

/** The columns of the table in its order, each with the round in which it gets them. */
export function arrivals(members: readonly Member[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { story, at } of members) {
    for (const [i, { columns }] of story.rounds.entries()) {
      for (const { name } of columns) found.set(name, Math.min(found.get(name) ?? at[i]!, at[i]!));
    }
  }
  const order = mergedOrder(members);
  const sorted = [...found].sort(
    ([a, from], [b, till]) => from - till || order.indexOf(a) - order.indexOf(b),
  );
  return new Map(sorted);
}

/** Every column once; one that is new goes before the next that is known. */
function mergedOrder(members: readonly Member[]): string[] {
  const order: string[] = [];
  for (const { story } of members) {
    for (const { name } of [...lastColumns(story)].reverse()) {
      if (order.includes(name)) continue;
      const after = followers(story, name).map((follower) => order.indexOf(follower));
      const next = after.find((position) => position >= 0) ?? order.length;
      order.splice(next, 0, name);
    }
  }
  return order;
}

function followers(story: Story, name: string): string[] {
  const names = lastColumns(story).map((column) => column.name);
  return names.slice(names.indexOf(name) + 1);
}

/** The order of columns decides which of two changes that claim one place is kept. */
function keepsOrders(members: readonly Member[]): boolean {
  const order = [...arrivals(members).keys()];
  return members.every(({ story }) => {
    const positions = lastColumns(story).map(({ name }) => order.indexOf(name));
    return positions.every((position, i) => i === 0 || position > positions[i - 1]!);
  });
}
