import { readdir } from 'node:fs/promises';
import type { Config } from '../../lib/config/config.ts';
import { pgsql } from '../../lib/sources/quote.ts';
import { emptyTables, learn, learnFromWorker, type LiveTable } from './live-state.ts';
import type { LiveMoment, LiveView } from './live-view.ts';
import { capturedFolder } from './send-on.ts';
import type { ShopSession } from './shop-session.ts';
import type { WorkerMessage } from './worker-messages.ts';

/** What is seen of a run, kept up to date. */
export interface Picture {
  hear(message: WorkerMessage): void;
  /** Begins to draw. `moment` is asked for what is not about tables. */
  begin(moment: () => Omit<LiveMoment, 'tables'>): void;
  /** Draws no more; with `last` once more, so that it stays. */
  end(last: boolean): Promise<void>;
}

/** Where to look. */
export interface PictureOptions {
  readonly config: Config;
  /** Folder into which changes are captured. */
  readonly root: string;
  /** A session that nobody else uses. */
  readonly session: ShopSession;
  readonly view: LiveView;
}

const DRAW_MS = 250;

export function createPicture({ config, root, session, view }: PictureOptions): Picture {
  let tables = emptyTables(config.tables.map(({ name }) => name));
  let describe: (() => Omit<LiveMoment, 'tables'>) | null = null;
  let drawing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<LiveMoment | null> => {
    tables = learn(tables, [...(await countRows(config, session)), ...(await countFiles(config, root))]);
    return describe === null ? null : { ...describe(), tables };
  };
  const draw = async (): Promise<void> => {
    const moment = await look();
    if (moment) view.draw(moment);
  };
  return {
    hear: (message) => {
      tables = learnFromWorker(tables, message);
    },
    begin(moment) {
      describe = moment;
      timer = setInterval(() => {
        // A look that failed says nothing of the run; the next one may work.
        drawing ??= draw()
          .catch(() => {})
          .finally(() => {
            drawing = null;
          });
      }, DRAW_MS);
    },
    async end(last) {
      clearInterval(timer);
      await drawing;
      const moment = last ? await look() : null;
      if (moment) view.end(moment);
    },
  };
}

type News = Pick<LiveTable, 'table'> & Partial<LiveTable>;

async function countRows({ tables }: Config, session: ShopSession): Promise<News[]> {
  const counts = tables.map(
    ({ name }) => `select ${pgsql.literal(name)} as name, count(*) as rows from ${pgsql.name(name)}`,
  );
  const rows = await session.query(counts.join(' union all '));
  return rows.map(({ name, rows: source }) => ({ table: name ?? '', source: Number(source) }));
}

function countFiles(config: Config, root: string): Promise<News[]> {
  return Promise.all(
    config.tables.map(async (table) => {
      const names = await readdir(capturedFolder(config, root, table)).catch(() => []);
      return { table: table.name, waiting: names.filter((name) => !name.startsWith('.')).length };
    }),
  );
}
