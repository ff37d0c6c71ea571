import { afterAll, beforeAll, expect, it } from 'vitest';
import { maintain } from '../../lib/catalog/maintain.ts';
import { setup } from '../../lib/catalog/setup.ts';
import { createSystemClock } from '../../lib/clock.ts';
import type { Config } from '../../lib/config/config.ts';
import { parseConfig } from '../../lib/config/parse-config.ts';
import { historyTable } from '../../lib/history/history-table.ts';
import { renderInvariants } from '../../lib/history/invariants.ts';
import { createLedger } from '../../lib/ledger/ledger.ts';
import type { Engine, TextRow } from '../../lib/ports.ts';
import { states } from '../unit/catalog/catalog-lab.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema } from './bench/test-session.ts';
import { openEngine } from './open-engine.ts';

const LEDGER = ['heads', 'batches', 'files', 'generations', 'erasures'].map((name) => `_tidemark_${name}`);
const MINUTES = 60_000;

function configOf(schema: string): Config {
  const yaml = [
    'name: shop',
    'catalog: spark_catalog',
    `schema: ${schema}`,
    'engine:',
    '  kind: databricks',
    '  server: open-spark',
    '  host: localhost',
    '  httpPath: /sql/1.0/warehouses/local',
    '  auth: {token: "${env:TOKEN}"}',
    '  volumes: /tmp/volumes',
    'tables:',
    '  - {name: customer, keys: [id]}',
    '  - {name: orders, keys: [id], columns: {id: bigint, placed: timestamp}}',
    '  - {name: items, keys: [id]}',
  ].join('\n');
  return parseConfig(yaml, { baseDir: '/tmp' }).config;
}

describeWithWarehouse('setup on Spark with Delta', (warehouse) => {
  const schema = freshSchema();
  const config = configOf(schema);
  let engine: Engine;
  const deps = () => ({
    config,
    engine,
    ledger: createLedger(engine, { catalog: 'spark_catalog', schema }, createSystemClock()),
    clock: createSystemClock(),
  });
  const rows = (): Promise<TextRow[]> =>
    engine.query(
      `select cast(id as string) as id, name, cast(current as string) as current, cast(effective_date as string) as begun,
         cast(end_date as string) as ended, effective_seq, end_seq, cast(seen_date as string) as seen, seen_seq,
         cast(batch_id as string) as batch
       from ${schema}.customer order by id, begun`,
    );

  beforeAll(async () => {
    engine = await openEngine(warehouse());
  }, 2 * MINUTES);
  afterAll(() => engine?.close());

  it(
    'would make everything where nothing is there',
    async () => {
      const results = await setup(deps(), { dryRun: true });

      expect(states(results)).toEqual([
        `schema ${schema}: missing`,
        ...LEDGER.map((name) => `ledger ${name}: missing`),
        'history customer: later (made by the first ingest, from the columns of its files)',
        'view customer_versions: later (made with its history)',
        'history orders: missing',
        'view orders_versions: missing',
        'history items: later (made by the first ingest, from the columns of its files)',
        'view items_versions: later (made with its history)',
      ]);
      expect(await engine.query(`show schemas in spark_catalog like '${schema}'`)).toEqual([]);
    },
    MINUTES,
  );

  it(
    'takes a table over that others made and filled, makes the rest, and nothing the second time',
    async () => {
      await engine.execute(`create schema ${schema}`);
      await engine.execute(
        `create table ${schema}.customer (id bigint, name string, current boolean, effective_date timestamp, end_date timestamp)
       using delta tblproperties ('owner.note' = 'ours')`,
      );
      await engine.execute(
        `insert into ${schema}.customer values
        (1, 'Ann', false, timestamp'2024-01-01 10:00:00.000001Z', timestamp'2024-01-02 10:00:00Z'),
        (1, null, true, timestamp'2024-01-02 10:00:00Z', null),
        (2, 'ünï', false, timestamp'2024-01-01 10:00:00Z', timestamp'2024-01-01 10:00:00Z')`,
      );
      await engine.execute(`create table ${schema}.items (id bigint) using parquet`);

      const first = await setup(deps(), { dryRun: false });
      const taken = await rows();
      const second = await setup(deps(), { dryRun: false });

      const items = [
        'history items: differs (it is a managed parquet, wanted a table. Rename it and run setup again)',
        'view items_versions: blocked (its history is not there, or not as it must be)',
      ];
      expect(states(first)).toEqual([
        `schema ${schema}: fits`,
        ...LEDGER.map((name) => `ledger ${name}: missing`),
        'history customer: migrated (adds effective_seq, end_seq, seen_date, seen_seq, batch_id and fills what its rows lack)',
        'view customer_versions: missing',
        'history orders: missing',
        'view orders_versions: missing',
        ...items,
      ]);
      expect(taken).toEqual([
        [
          '1',
          'Ann',
          'false',
          '2024-01-01 10:00:00.000001',
          '2024-01-02 10:00:00',
          '',
          '',
          '2024-01-02 10:00:00',
          '',
          '0',
        ],
        ['1', null, 'true', '2024-01-02 10:00:00', null, '', null, '2024-01-02 10:00:00', '', '0'],
        [
          '2',
          'ünï',
          'false',
          '2024-01-01 10:00:00',
          '2024-01-01 10:00:00',
          '',
          '',
          '2024-01-01 10:00:00',
          '',
          '0',
        ],
      ]);
      expect(states(second)).toEqual([
        `schema ${schema}: fits`,
        ...LEDGER.map((name) => `ledger ${name}: fits`),
        'history customer: fits',
        'view customer_versions: fits',
        'history orders: fits',
        'view orders_versions: fits',
        ...items,
      ]);
      expect(await rows()).toEqual(taken);
    },
    4 * MINUTES,
  );

  it(
    'leaves what was taken over as docs/semantics.md promises, and properties as they were',
    async () => {
      const table = config.tables[0]!;
      const columns = await engine.columns({ catalog: 'spark_catalog', schema, name: 'customer' });
      const broken: string[] = [];
      for (const { code, sql } of renderInvariants(engine.dialect, historyTable(config, table, columns!))) {
        const [row] = await engine.query(sql);
        if (row![0] !== '0') broken.push(code);
      }

      expect(broken).toEqual([]);
      expect(await engine.query(`show tblproperties ${schema}.customer ('owner.note')`)).toEqual([
        ['owner.note', 'ours'],
      ]);
      expect(
        await engine.query(`select cast(count(*) as string) as n from ${schema}.customer_versions`),
      ).toEqual([['2']]);
    },
    2 * MINUTES,
  );

  it(
    'is maintained by statements that Delta takes, beside which no row changes',
    async () => {
      const before = await rows();
      const wanted = { tables: config.tables.slice(0, 1), withLedger: false, dryRun: false };
      // Its default lists folders in ten thousand tasks.
      await engine.execute('set spark.sql.sources.parallelPartitionDiscovery.parallelism = 2');

      const results = await maintain(deps(), wanted);

      expect(results.map(({ does, done, error }) => [does, done, error])).toEqual([
        ['optimize', true, null],
        ['vacuum', true, null],
      ]);
      expect(await rows()).toEqual(before);
    },
    4 * MINUTES,
  );
});
