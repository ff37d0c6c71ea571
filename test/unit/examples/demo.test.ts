import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLAIN } from '../../../bin/output/paint.ts';
import { choosePlace } from '../../../examples/demo/choose-place.ts';
import { compareRows } from '../../../examples/demo/compare-rows.ts';
import { DEALS, pickDeal } from '../../../examples/demo/deals.ts';
import { prepareFolder } from '../../../examples/demo/demo-folder.ts';
import { parseDemoOptions } from '../../../examples/demo/demo-options.ts';
import { createRandom } from '../../../examples/demo/random.ts';
import { inventCustomer, inventProducts } from '../../../examples/demo/shop-names.ts';
import { SHOP_TABLES } from '../../../examples/demo/shop-tables.ts';
import { emptyTables, learn, learnFromWorker } from '../../../examples/demo/live-state.ts';
import { createLiveView, type LiveMoment } from '../../../examples/demo/live-view.ts';
import { createShell } from '../../../examples/demo/shell.ts';
import { loadConfig } from '../../../lib/config/load-config.ts';
import type { SourceValues } from '../../../lib/dms-files/dms-file.ts';

describe('the names of the shop', () => {
  it('are the same for equal seeds, and others for other seeds', () => {
    const invent = (seed: number) => {
      const random = createRandom(seed);
      return [inventProducts(random), Array.from({ length: 20 }, () => inventCustomer(random))];
    };

    expect(invent(7)).toEqual(invent(7));
    expect(invent(8)).not.toEqual(invent(7));
  });

  it('have every deal within a hundred, and each of them sometimes', () => {
    const random = createRandom(1);
    const picked = new Set(Array.from({ length: 2_000 }, () => pickDeal(random)));

    expect(DEALS.reduce((sum, [weight]) => sum + weight, 0)).toBe(100);
    expect(picked.size).toBe(DEALS.length);
  });
});

describe('learnFromWorker', () => {
  const news = { table: 'orders', versions: 7, current: 3, lagSeconds: 1.25 };

  it('keeps what it knows of a table until the worker tells more', () => {
    const before = learn(emptyTables(['customers', 'orders']), [{ table: 'orders', source: 4, waiting: 2 }]);
    const after = learnFromWorker(before, { kind: 'ingested', tables: [news] });
    const sent = learnFromWorker(after, {
      kind: 'exported',
      tables: [
        { table: 'orders', lagSeconds: null },
        { table: 'gone', lagSeconds: 1 },
      ],
    });

    expect([...sent.values()]).toEqual([
      ...emptyTables(['customers']).values(),
      { table: 'orders', source: 4, waiting: 2, versions: 7, current: 3, toHistory: 1.25, toTarget: null },
    ]);
  });
});

describe('createLiveView', () => {
  const moment = (second: number): LiveMoment => ({
    ...{ second, seconds: 20, committed: 1234, rolledBack: 5, worker: 'process 7 captures' },
    tables: learn(emptyTables(['orders']), [
      { table: 'orders', source: 90, waiting: 1, versions: 1000, current: 90, toHistory: 0.25, toTarget: 2 },
    ]),
  });
  const drawOn = (isTTY: boolean): string => {
    let text = '';
    const append = (some: string): void => {
      text += some;
    };
    const view = createLiveView({ isTTY, write: append }, PLAIN);
    view.draw(moment(1));
    view.draw(moment(6));
    view.tell('Prices rise.');
    view.end(moment(20));
    return text;
  };
  const picture = (second: number): string =>
    [
      '',
      `${`${second} s of 20`.padEnd(12)}1,234 commits, 5 rollbacks  process 7 captures`,
      '',
      'table   at the source  files  versions  current  → history  → Postgres',
      '──────  ─────────────  ─────  ────────  ───────  ─────────  ──────────',
      'orders             90      1     1,000       90      0.3 s       2.0 s',
      '',
    ].join('\n');

  it('draws over its last picture in a terminal, and leaves lines above it', () => {
    const over = '\x1b[6A\x1b[J';

    expect(drawOn(true)).toBe(
      `${picture(1)}${over}${picture(6)}${over}Prices rise.\n${picture(6)}${over}${picture(20)}`,
    );
  });

  it('writes a line now and then elsewhere, and the picture at the end', () => {
    const line = (time: string): string =>
      `${time}  1,234 commits  1,000 versions  1 files wait  history 0.3 s  Postgres 2.0 s`;

    expect(drawOn(false)).toBe(
      `${line(' 6 s')}\nPrices rise.\n${line('20 s')}\n${picture(20).split('\n').slice(2).join('\n')}`,
    );
  });
});

describe('compareRows', () => {
  const rows = [
    { a: '1', b: 'x', c: null },
    { a: '2', b: null, c: '0.00' },
  ];

  it('sees no difference in the order of rows and columns, or in a column that only holds nulls', () => {
    const same: SourceValues[] = [
      { c: '0.00', a: '2', d: null },
      { b: 'x', a: '1' },
    ];

    expect(compareRows(['a'], rows, same)).toEqual({ expected: 2, actual: 2, differing: 0 });
  });

  it('counts keys that are missing, more, repeated or different', () => {
    const other = [
      { a: '1', b: 'X', c: null },
      { a: '3', b: null, c: '0.00' },
    ];

    expect(compareRows(['a'], rows, other)).toEqual({ expected: 2, actual: 2, differing: 3 });
    expect(compareRows(['a'], rows, [...rows, rows[0]!])).toEqual({ expected: 2, actual: 3, differing: 1 });
  });
});

describe('prepareFolder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tidemark-demo-folder-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('writes a configuration that is right, in an empty folder or a new one', async () => {
    const { configPath, replaced } = await prepareFolder(join(dir, 'new', 'shop'), false);
    const { config, warnings } = await loadConfig(configPath);

    expect(replaced).toBe(false);
    expect(warnings).toEqual([]);
    expect(config.tables.map(({ name, history }) => [name, history])).toEqual([
      ['customers', 'every-change'],
      ['products', 'last-change'],
      ['orders', 'every-change'],
      ['order_lines', 'every-change'],
      ['tallies', 'every-change'],
    ]);
  });

  it('replaces the shop of an earlier run, and nothing else in its folder', async () => {
    await prepareFolder(dir, false);
    await mkdir(join(dir, 'files/customers_incoming'), { recursive: true });
    await writeFile(join(dir, 'query.sql'), 'select 1');
    const { replaced } = await prepareFolder(dir, false);

    expect(replaced).toBe(true);
    expect((await readdir(dir)).sort()).toEqual(['.tidemark-demo', 'query.sql', 'tidemark.yaml']);
  });

  it('refuses a folder that holds something else, unless it is forced to', async () => {
    await writeFile(join(dir, 'tidemark.yaml'), 'name: mine');

    await expect(prepareFolder(dir, false)).rejects.toMatchObject({ code: 'DEMO_FOLDER_TAKEN' });
    expect(await readFile(join(dir, 'tidemark.yaml'), 'utf8')).toBe('name: mine');
    await expect(prepareFolder(dir, true)).resolves.toMatchObject({ replaced: false });
  });

  it('refuses a file', async () => {
    const path = join(dir, 'file');
    await writeFile(path, '');

    await expect(prepareFolder(path, true)).rejects.toMatchObject({ code: 'DEMO_FOLDER_TAKEN' });
  });
});

describe('parseDemoOptions', () => {
  it('has a default for everything', () => {
    expect(parseDemoOptions([])).toEqual({
      dir: './demo-shop',
      force: false,
      engine: 'duckdb',
      catalog: undefined,
      schema: 'tidemark_demo',
      postgres: true,
      stay: false,
      tables: SHOP_TABLES,
      seconds: 25,
      rate: 40,
      seed: 1,
    });
  });

  it('captures the tables that it is told, and always the one that tells moments', () => {
    const { tables } = parseDemoOptions(['--tables', 'orders,customers'])!;

    expect(tables.map(({ name }) => name)).toEqual(['customers', 'orders', 'tallies']);
  });

  it.each([
    [['--engine', 'oracle'], 'Engines: duckdb, databricks'],
    [['--colour'], '--no-postgres'],
    [['shop'], '--dir'],
    [['--seconds', '2'], 'from 3 to 3600'],
    [['--rate', '1e3'], 'from 1 to 1000'],
    [['--tables', 'order'], 'customers, products, orders, order_lines, tallies'],
  ])('refuses %j and says what there is', (args, hint) => {
    expect(() => parseDemoOptions(args)).toThrow(hint);
  });
});

describe('choosePlace', () => {
  const options = (...args: string[]) => parseDemoOptions(['--engine', 'databricks', ...args])!;
  const workspace = {
    DATABRICKS_HOST: 'dbc-1.cloud.databricks.com',
    DATABRICKS_HTTP_PATH: '/sql/1.0/warehouses/abc',
    DATABRICKS_TOKEN: 'secret-token',
  };

  it('writes a configuration of the workspace that the environment names, without its secrets', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tidemark-demo-place-'));
    const place = await choosePlace(options('--catalog', 'lake'), workspace);
    const { configPath } = await prepareFolder(dir, false, place.settings);
    const { config, warnings } = await loadConfig(configPath);

    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      catalog: 'lake',
      schema: 'tidemark_demo',
      storage: { kind: 'volume' },
      engine: {
        server: 'databricks',
        volumes: '/Volumes/lake/tidemark_demo',
        auth: { kind: 'token', token: { template: '${env:DATABRICKS_TOKEN}' } },
      },
    });
    expect(place.about.join('\n')).toContain('drop schema if exists `lake`.`tidemark_demo` cascade');
    await rm(dir, { recursive: true, force: true });
  });

  it('names everything that a workspace lacks', async () => {
    const refused = choosePlace(options(), { DATABRICKS_HOST: 'dbc-1.cloud.databricks.com' });

    await expect(refused).rejects.toMatchObject({ code: 'WORKSPACE_INCOMPLETE' });
    for (const name of ['HTTP_PATH', 'CLIENT_ID', 'CLIENT_SECRET', 'TOKEN', 'CATALOG']) {
      await expect(refused).rejects.toThrow(`DATABRICKS_${name}`);
    }
  });
});

describe('createShell', () => {
  it('walks into a shop below the current folder', () => {
    const shell = createShell('./demo-shop', '/src/tidemark');

    expect([shell.enter, shell.command('status'), shell.path('source')]).toEqual([
      'cd demo-shop',
      'npx tidemark status',
      'source',
    ]);
  });

  it('names the configuration of a shop anywhere else', () => {
    const shell = createShell('../tea shop', '/src/tidemark');

    expect([shell.enter, shell.command('status'), shell.path('source')]).toEqual([
      null,
      'npx tidemark status -c "../tea shop/tidemark.yaml"',
      '"../tea shop/source"',
    ]);
  });
});
