import { setTimeout as sleep } from 'node:timers/promises';
import type { Paint } from '../../bin/output/paint.ts';
import type { Config } from '../../lib/config/config.ts';
import { createCrew, type Crew, type CrewOptions } from './crew.ts';
import { clock, createLiveView } from './live-view.ts';
import { type OpenShop, openShop, type ShopHours } from './open-shop.ts';
import { createPicture } from './picture.ts';
import { openSession, type ShopSession } from './shop-session.ts';
import { playScene, STORY } from './story.ts';
import { readShop, type ShopState, takeTally, type Tally } from './tally.ts';

/** A run of the shop. */
export interface Play extends CrewOptions, Pick<ShopHours, 'rate' | 'seed'> {
  readonly config: Config;
  readonly seconds: number;
  /** How often the state of the shop is kept. */
  readonly tallies: number;
  readonly paint: Paint;
}

/** What the shop itself knows at the end, to be compared. */
export interface Played {
  readonly tallies: readonly Tally[];
  /** Every row when the shop had closed. */
  readonly last: ShopState;
}

/** How long nobody captures after the worker was killed. */
const DEAD_MS = 800;

/** Opens the shop for its time, with everything that happens in it; settles when all of it has arrived. */
export async function play(run: Play): Promise<Played> {
  const sessions: ShopSession[] = [];
  const connect = async (): Promise<ShopSession> => {
    const session = await openSession(run.source);
    sessions.push(session);
    return session;
  };
  const view = createLiveView(process.stdout, run.paint);
  const picture = createPicture({ ...run, root: run.task.root, session: await connect(), view });
  const crew = createCrew(run, picture.hear);
  let shop: OpenShop | null = null;
  try {
    const [keeper, actor] = [await connect(), await connect()];
    await crew.hire();
    const began = Date.now();
    const second = (): number => Math.min((Date.now() - began) / 1000, run.seconds);
    const until = (part: number): Promise<void> =>
      sleep(Math.max(0, began + part * run.seconds * 1000 - Date.now()));
    const tell = (line: string): void => view.tell(`${run.paint.dim(clock(second()))}  ${line}`);
    const open = await openShop({ url: run.source, seed: run.seed, rate: run.rate });
    shop = open;
    picture.begin(() => ({
      ...{ second: second(), seconds: run.seconds, worker: crew.describe() },
      ...{ committed: open.committed, rolledBack: open.rolledBack },
    }));
    const story = playStory(actor, crew, until, tell);
    // The shop closes in time, also where another worker is slow to come.
    story.catch(() => {});
    const [tallies] = await Promise.all([keepTallies(keeper, run.tallies, until), until(1)]);
    await shop.close();
    const last = await readShop(keeper);
    tell('The shop is closed. What is still on its way arrives.');
    await story;
    await crew.finish();
    await picture.end(true);
    return { tallies, last };
  } finally {
    await picture.end(false);
    await crew.dismiss();
    await shop?.close().catch(() => {});
    for (const session of sessions) await session.end();
  }
}

/** Keeps the state of the shop so many times, spread over the time that it is open. */
async function keepTallies(
  session: ShopSession,
  count: number,
  until: (part: number) => Promise<void>,
): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (let no = 1; no <= count; no += 1) {
    await until(no / (count + 1));
    tallies.push(await takeTally(session, no));
  }
  return tallies;
}

async function playStory(
  session: ShopSession,
  crew: Crew,
  until: (part: number) => Promise<void>,
  tell: (line: string) => void,
): Promise<void> {
  const replace = async (told: readonly string[]): Promise<void> => {
    const dead = await crew.lose();
    for (const line of told) tell(line);
    await sleep(DEAD_MS);
    tell(`Process ${await crew.hire()} goes on where ${dead} was.`);
  };
  let replaced: Promise<void> = Promise.resolve();
  for (const { at, told, happens } of STORY) {
    await until(at);
    if (happens === 'kill') {
      // What happens at the shop does not wait for it.
      replaced = replace(told);
      replaced.catch(() => {});
    } else {
      await playScene(session, happens);
      for (const line of told) tell(line);
    }
  }
  await replaced;
}
