import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { choosePlace } from '../../../examples/demo/choose-place.ts';
import { compareRows } from '../../../examples/demo/compare-rows.ts';
import { prepareFolder } from '../../../examples/demo/demo-folder.ts';
import { parseDemoOptions } from '../../../examples/demo/demo-options.ts';
import { playRounds, type Round } from '../../../examples/demo/rounds.ts';
import { createShell } from '../../../examples/demo/shell.ts';
import { createShop } from '../../../examples/demo/shop.ts';
import { loadConfig } from '../../../lib/config/load-config.ts';
import type { DmsRow, SourceValues } from '../../../lib/dms-files/dms-file.ts';

describe('playRounds', () => {
  const rounds = [...playRounds(createShop())];
  const rowsOf = (files: Round['files'], table: string): DmsRow[] =>
    files.filter((file) => file.table.name === table).flatMap((file) => [...file.rows]);
  const files = rounds.flatMap((round) => round.files);

  it('tells the same story every time', () => {
    expect([...playRounds(createShop())]).toEqual(rounds);
  });

  it('has every kind of change that a history must bear', () => {
    const customers = rowsOf(files, 'customers');
    const changed = (row: DmsRow): boolean =>
      row.oldKey !== null && Object.entries(row.oldKey).some(([key, old]) => row.values[key] !== old);
    const lives = customers.filter(({ values }) => values.customer_id === '17').map(({ op }) => op);
    const [order] = rowsOf(rounds[1]!.files, 'orders');
    const sameCommit = rowsOf(rounds[1]!.files, 'orders').filter(
      (row) => row.values.order_id === order!.values.order_id && row.committedAt === order!.committedAt,
    );

    expect(lives.join('')).toBe('IUDIU');
    expect(sameCommit.map(({ op }) => op).join('')).toBe('IUU');
    for (const table of ['customers', 'products', 'order_lines']) {
      expect(rowsOf(files, table).some(changed), `a key of ${table} changes`).toBe(true);
    }
  });

  it('gives every change a sequence of its own, and every file of a round a name of its own', () => {
    const distinct = new Map(
      files.flatMap(({ rows }) =>
        rows.filter((row) => row.changeSeq !== null).map((row) => [row.changeSeq, row]),
      ),
    );
    const inOrder = [...distinct.values()].sort((a, b) => (a.changeSeq! < b.changeSeq! ? -1 : 1));

    expect(inOrder.map((row) => row.committedAt)).toEqual(inOrder.map((row) => row.committedAt).sort());
    for (const round of rounds) {
      const names = round.files.map(({ table, name }) => `${table.name}/${name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('brings a file late, one damaged and then whole, and some changes twice', () => {
    const damaged = files.filter((file) => file.damaged);
    const arrivals = (table: string) =>
      rounds.flatMap((round) =>
        round.files.filter((file) => file.table.name === table).map((file) => file.name),
      );

    expect(damaged.map(({ table }) => table.name)).toEqual(['products']);
    expect(arrivals('products').filter((name) => name === damaged[0]!.name)).toHaveLength(2);
    expect(arrivals('orders')).not.toEqual(arrivals('orders').sort());
    const lines = rowsOf(files, 'order_lines').flatMap(({ changeSeq }) => changeSeq ?? []);
    expect(new Set(lines).size).toBeLessThan(lines.length);
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
      ['customers', 'last-change'],
      ['products', 'last-change'],
      ['orders', 'every-change'],
      ['order_lines', 'last-change'],
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
    });
  });

  it.each([
    [['--engine', 'oracle'], 'Engines: duckdb, databricks'],
    [['--colour'], '--no-postgres'],
    [['shop'], '--dir'],
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

    expect([shell.enter, shell.command('status')]).toEqual(['cd demo-shop', 'npx tidemark status']);
  });

  it('names the configuration of a shop anywhere else', () => {
    const shell = createShell('../tea shop', '/src/tidemark');

    expect([shell.enter, shell.command('status')]).toEqual([
      null,
      'npx tidemark status -c "../tea shop/tidemark.yaml"',
    ]);
  });
});
