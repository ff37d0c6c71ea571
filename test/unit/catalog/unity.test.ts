import { describe, expect, it } from 'vitest';
import type { SetupResult } from '../../../lib/catalog/finding.ts';
import { setup } from '../../../lib/catalog/setup.ts';
import { createSystemClock } from '../../../lib/clock.ts';
import type { Column } from '../../../lib/config/column-type.ts';
import { TerminalError } from '../../../lib/errors.ts';
import { LEDGER_TABLES } from '../../../lib/ledger/ledger-tables.ts';
import type { TextRow } from '../../../lib/ports.ts';
import { states } from './catalog-lab.ts';
import { EMPTY_LEDGER, type Script, scriptedUnity, unityConfig } from './scripted-unity.ts';

const CUSTOMER = '{name: customer, keys: [id], columns: {id: bigint, name: string}}';
const GRANTS = ['grants: {read: [analysts], write: ["etl@example.com"]}'];
const BUCKET = 's3://acme-main-crm-us-east-1';

const volumes = (location = BUCKET): TextRow[] =>
  ['incoming', 'processed', 'rejected'].map((place) => [
    `customer_${place}`,
    'EXTERNAL',
    `${location}/customer_${place}`,
  ]);
const ledger = Object.fromEntries(LEDGER_TABLES.map(({ name, columns }) => [name, columns]));
const instant = { kind: 'timestamptz' } as const;
const source: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
];
const dates: readonly Column[] = [
  { name: 'current', type: { kind: 'boolean' } },
  { name: 'effective_date', type: instant },
  { name: 'end_date', type: instant },
];
const history: readonly Column[] = [
  ...source,
  ...dates,
  { name: 'effective_seq', type: { kind: 'string' } },
  { name: 'end_seq', type: { kind: 'string' } },
  { name: 'seen_date', type: instant },
  { name: 'seen_seq', type: { kind: 'string' } },
  { name: 'batch_id', type: { kind: 'int', bits: 64 } },
];
const THERE = { ...ledger, customer: history, customer_versions: [...source, ...dates] };

async function run(
  script: Script,
  {
    engine: lines = [],
    dryRun = false,
    tables = CUSTOMER,
    bucket,
  }: { engine?: readonly string[]; dryRun?: boolean; tables?: string; bucket?: string } = {},
) {
  const { engine, executed, asked } = scriptedUnity(script);
  const results = await setup(
    {
      config: { ...unityConfig(tables, lines), ...(bucket ? { bucket } : {}) },
      engine,
      ledger: EMPTY_LEDGER,
      clock: createSystemClock(),
    },
    { dryRun },
  );
  const of = (kind: SetupResult['kind']) => results.filter((result) => result.kind === kind);
  return { results, executed, asked, of };
}

const denied = (pattern: RegExp) => (sql: string) =>
  pattern.test(sql) ? new TerminalError('PERMISSION_DENIED', 'You may not do that.') : null;

describe('setup of external volumes, by a scripted Unity Catalog', () => {
  it('makes the three of a table where its folders are, if they are missing', async () => {
    const script: Script = {
      schemas: ['crm'],
      tables: THERE,
      volumes: [],
      answer: (sql) => {
        const [, name, location] =
          /volume if not exists `main`.`crm`.`(\w+)`\nlocation '(.*)'$/.exec(sql) ?? [];
        if (name) script.volumes!.push([name, 'EXTERNAL', location!]);
        return {};
      },
    };

    const first = await run(script);
    const second = await run(script);

    expect(first.executed).toEqual([
      `create external volume if not exists \`main\`.\`crm\`.\`customer_incoming\`\nlocation '${BUCKET}/customer_incoming'`,
      `create external volume if not exists \`main\`.\`crm\`.\`customer_processed\`\nlocation '${BUCKET}/customer_processed'`,
      `create external volume if not exists \`main\`.\`crm\`.\`customer_rejected\`\nlocation '${BUCKET}/customer_rejected'`,
    ]);
    expect(states(second.of('volume'))).toEqual([
      'volume customer_incoming: fits',
      'volume customer_processed: fits',
      'volume customer_rejected: fits',
    ]);
    expect(second.executed).toEqual([]);
  });

  it('reads what is there in one statement', async () => {
    const { asked } = await run({ schemas: ['crm'], tables: THERE, volumes: volumes() });

    expect(asked.filter((sql) => sql.includes('volumes'))).toEqual([
      "select volume_name, volume_type, storage_location\nfrom `main`.information_schema.volumes\nwhere lower(volume_schema) = lower('crm')",
    ]);
  });

  it('takes a slash at the end of a location, and other letter case of a name, for the same', async () => {
    const there = volumes().map(([name, type, at]): TextRow => [name!.toUpperCase(), type!, `${at}/`]);
    const { of } = await run({ schemas: ['crm'], tables: THERE, volumes: there });

    expect(of('volume').map(({ state }) => state)).toEqual(['fits', 'fits', 'fits']);
  });

  it('never replaces one that is elsewhere, or managed where a bucket is named, and says what to do', async () => {
    const there = volumes('s3://other');
    there[1] = ['customer_processed', 'MANAGED', 's3://managed/1'];
    const { of, executed } = await run(
      { schemas: ['crm'], tables: THERE, volumes: there },
      { bucket: 'ours' },
    );

    const BUCKET = 's3://ours';
    const advice = `Move its files to the wanted place and drop the volume, or set "bucket" to the one it lies in; then run setup again`;
    expect(states(of('volume'))).toEqual([
      `volume customer_incoming: differs (external volume at s3://other/customer_incoming, wanted external at ${BUCKET}/customer_incoming. ${advice})`,
      `volume customer_processed: differs (managed volume at s3://managed/1, wanted external at ${BUCKET}/customer_processed. ${advice})`,
      `volume customer_rejected: differs (external volume at s3://other/customer_rejected, wanted external at ${BUCKET}/customer_rejected. ${advice})`,
    ]);
    expect(executed).toEqual([]);
  });

  it('takes a managed one where no bucket is named, and says what that means', async () => {
    const there = volumes();
    there[1] = ['customer_processed', 'MANAGED', 's3://metastore/__unitystorage/volumes/1'];
    const { of, executed } = await run({ schemas: ['crm'], tables: THERE, volumes: there });

    expect(states(of('volume'))).toEqual([
      'volume customer_incoming: fits',
      'volume customer_processed: fits (managed by the catalog: files come into it through the workspace alone. For a bucket that others write to, set "bucket" and make it an external one)',
      'volume customer_rejected: fits',
    ]);
    expect(executed).toEqual([]);
  });

  it('makes one over the whole bucket where all tables have their folders in one, and grants rights on it', async () => {
    const script: Script = {
      schemas: ['crm'],
      tables: THERE,
      volumes: [],
      answer: (sql) => {
        if (sql.startsWith('create external volume')) script.volumes!.push(['landing', 'EXTERNAL', BUCKET]);
        return {};
      },
    };
    const tables = `${CUSTOMER}\n{name: orders, keys: [id]}`;
    const engine = ['volumes: /Volumes/Main/crm/landing', ...GRANTS];

    const first = await run(script, { engine, tables });
    const second = await run(script, { engine, tables });

    expect(first.executed.filter((sql) => sql.includes(' volume '))).toEqual([
      `create external volume if not exists \`main\`.\`crm\`.\`landing\`\nlocation '${BUCKET}'`,
      'grant read volume, write volume on volume `main`.`crm`.`landing` to `etl@example.com`',
    ]);
    expect(states(second.of('volume'))).toEqual(['volume landing: fits']);
  });

  it.each(['/Volumes/lake/crm', '/Volumes/main/raw/landing'])(
    'leaves those of another schema to whoever made it: %s',
    async (place) => {
      const engine = [`volumes: ${place}`];
      const { of, executed } = await run({ schemas: ['crm'], tables: THERE, volumes: [] }, { engine });

      expect(of('volume')).toEqual([]);
      expect(executed.filter((sql) => sql.includes('volume'))).toEqual([]);
    },
  );

  it('does not say that it made one which is there but hidden from us', async () => {
    const { of } = await run({ schemas: ['crm'], tables: THERE, volumes: [] });

    expect(states(of('volume'))[0]).toBe('volume customer_incoming: failed (VOLUME_HIDDEN)');
  });

  it('prints the grants that an administrator must give, and goes on with the rest', async () => {
    const { of } = await run({
      schemas: ['crm'],
      tables: ledger,
      volumes: [],
      principal: '8a7b-app`id',
      refuse: denied(/^create external volume/),
    });

    expect(of('volume').map(({ state, remedies }) => [state, ...remedies])).toEqual(
      ['incoming', 'processed', 'rejected'].map((place) => [
        'denied',
        'grant use schema, create volume on schema `main`.`crm` to `8a7b-app``id`',
        `grant create external volume on external location <the one that holds ${BUCKET}/customer_${place}> to \`8a7b-app\`\`id\``,
      ]),
    );
    expect(of('history').map(({ state, done }) => [state, done])).toEqual([['missing', true]]);
  });
});

describe('setup of the schema, by a scripted Unity Catalog', () => {
  it('makes it, then everything in it', async () => {
    const { executed, of } = await run({ volumes: volumes() });

    expect(of('schema').map(({ state, done }) => [state, done])).toEqual([['missing', true]]);
    expect(executed[0]).toBe('create schema if not exists `main`.`crm`');
    expect(executed.slice(1, 6).map((sql) => sql.split('\n')[0])).toEqual(
      LEDGER_TABLES.map(({ name }) => `create table if not exists \`main\`.\`crm\`.\`${name}\` (`),
    );
  });

  it('looks at nothing else where it may not be made', async () => {
    const { results } = await run({ refuse: denied(/^create schema/) });

    expect(results.map(({ kind, state, remedies }) => ({ kind, state, remedies }))).toEqual([
      {
        kind: 'schema',
        state: 'denied',
        remedies: [
          'grant use catalog on catalog `main` to `me@example.com`',
          'grant create schema on catalog `main` to `me@example.com`',
        ],
      },
    ]);
  });

  it('tells in a dry run what it would make, and executes nothing', async () => {
    const { results, executed } = await run({}, { dryRun: true, engine: GRANTS });

    expect(executed).toEqual([]);
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['missing']));
    expect(results.every(({ done }) => !done)).toBe(true);
  });
});

describe('setup of grants, by a scripted Unity Catalog', () => {
  const present: Script = { schemas: ['crm'], tables: THERE, volumes: volumes() };
  const WANTED = [
    'grant use schema on schema `main`.`crm` to `analysts`',
    'grant select on table `main`.`crm`.`customer` to `analysts`',
    'grant select on view `main`.`crm`.`customer_versions` to `analysts`',
    'grant use schema, create table on schema `main`.`crm` to `etl@example.com`',
    ...LEDGER_TABLES.map(
      ({ name }) => `grant select, modify on table \`main\`.\`crm\`.\`${name}\` to \`etl@example.com\``,
    ),
    'grant select, modify on table `main`.`crm`.`customer` to `etl@example.com`',
    'grant select on view `main`.`crm`.`customer_versions` to `etl@example.com`',
    ...['incoming', 'processed', 'rejected'].map(
      (place) =>
        `grant read volume, write volume on volume \`main\`.\`crm\`.\`customer_${place}\` to \`etl@example.com\``,
    ),
  ];

  it('gives readers the histories and their views, and writers what Tidemark does, and nothing else', async () => {
    const { executed } = await run(present, { engine: GRANTS });

    expect(executed).toEqual(WANTED);
  });

  it('gives nothing that is held already, inherited or owned', async () => {
    const held: TextRow[] = [
      ['schema', 'CRM', 'analysts', 'USE_SCHEMA'],
      ['table', 'customer', 'analysts', 'SELECT'],
      ['table', 'customer_versions', 'analysts', 'ALL PRIVILEGES'],
      ['schema', 'crm', 'etl@example.com', 'USE SCHEMA'],
      ['table', 'customer', 'etl@example.com', 'SELECT'],
      ['table', 'customer', 'somebody', 'MODIFY'],
      ['volume', 'customer_incoming', 'etl@example.com', 'ALL PRIVILEGES'],
    ];
    const { executed } = await run({ ...present, held }, { engine: GRANTS });

    expect(executed).toEqual([
      'grant create table on schema `main`.`crm` to `etl@example.com`',
      ...WANTED.slice(4, 9),
      'grant modify on table `main`.`crm`.`customer` to `etl@example.com`',
      WANTED[10],
      ...WANTED.slice(12),
    ]);
  });

  it('gives one who reads and writes both in one statement, and quotes hostile names', async () => {
    const name = 'R&D `team`; drop';
    const { executed } = await run(present, { engine: [`grants: {read: ["${name}"], write: ["${name}"]}`] });

    expect(executed[0]).toBe('grant use schema, create table on schema `main`.`crm` to `R&D ``team``; drop`');
    expect(executed).toHaveLength(WANTED.length - 3);
  });

  it('says that rights on a history follow once it is there', async () => {
    const { of } = await run(
      { ...present, tables: ledger },
      { engine: ['grants: {read: [analysts]}'], tables: '{name: customer, keys: [id]}' },
    );

    expect(states(of('grant'))).toEqual([
      'grant use schema on schema crm to analysts: missing',
      'grant table customer: later (given when setup runs again once its history is there)',
    ]);
  });

  it('tells who may not grant whom to ask', async () => {
    const { of } = await run(
      { ...present, refuse: denied(/^grant use schema/) },
      { engine: ['grants: {read: [analysts]}'] },
    );

    expect(of('grant').map(({ state, remedies }) => [state, ...remedies])).toEqual([
      ['denied', 'grant manage on schema `main`.`crm` to `me@example.com`'],
      ['missing'],
      ['missing'],
    ]);
  });

  it('reads what is held in one statement', async () => {
    const { asked } = await run(present, { engine: GRANTS });

    expect(asked.filter((sql) => sql.includes('_privileges'))).toEqual([
      [
        "select 'schema' as kind, schema_name as object, grantee as principal, privilege_type as privilege from `main`.information_schema.schema_privileges where lower(schema_name) = lower('crm')",
        "select 'schema' as kind, schema_name as object, schema_owner as principal, 'ALL PRIVILEGES' as privilege from `main`.information_schema.schemata where lower(schema_name) = lower('crm')",
        "select 'table' as kind, table_name as object, grantee as principal, privilege_type as privilege from `main`.information_schema.table_privileges where lower(table_schema) = lower('crm')",
        "select 'table' as kind, table_name as object, table_owner as principal, 'ALL PRIVILEGES' as privilege from `main`.information_schema.tables where lower(table_schema) = lower('crm')",
        "select 'volume' as kind, volume_name as object, grantee as principal, privilege_type as privilege from `main`.information_schema.volume_privileges where lower(volume_schema) = lower('crm')",
        "select 'volume' as kind, volume_name as object, volume_owner as principal, 'ALL PRIVILEGES' as privilege from `main`.information_schema.volumes where lower(volume_schema) = lower('crm')",
      ].join('\nunion all\n'),
    ]);
  });
});

describe('setup where one object fails, by a scripted Unity Catalog', () => {
  it('makes the others, and no view of a history that could not be made', async () => {
    const { results } = await run(
      {
        schemas: ['crm'],
        tables: ledger,
        volumes: volumes(),
        refuse: denied(/^create table if not exists `main`.`crm`.`customer`/),
      },
      { tables: `${CUSTOMER}\n${CUSTOMER.replace('customer', 'orders')}` },
    );

    const kept = results.filter(({ kind }) => kind === 'history' || kind === 'view');
    expect(kept.map(({ name, state, done }) => [name, state, done])).toEqual([
      ['customer', 'denied', false],
      ['customer_versions', 'blocked', false],
      ['orders', 'missing', true],
      ['orders_versions', 'missing', true],
    ]);
    expect(kept[0]!.remedies).toEqual([
      'grant use schema, create table on schema `main`.`crm` to `me@example.com`',
      'grant select, modify on table `main`.`crm`.`customer` to `me@example.com`',
    ]);
  });
});
