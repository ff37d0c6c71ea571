import { describe, expect, it } from 'vitest';
import { parse, withTable } from './parse.ts';

const FIVE_LINES = `name: shop
tables:
  - name: customer
    keys: [customer_id]
`;

describe('parseConfig', () => {
  it('fills in everything a small file leaves out', () => {
    expect(parse(FIVE_LINES)).toEqual({
      config: {
        name: 'shop',
        company: 'shop',
        region: 'us-east-1',
        catalog: 'shop',
        schema: 'main',
        bucket: 'shop-shop-main-us-east-1',
        engine: { kind: 'duckdb', path: '/base/tidemark.duckdb' },
        storage: { kind: 'local', root: '/base/files' },
        tables: [
          {
            name: 'customer',
            source: 'dbo.customer',
            keys: ['customer_id'],
            history: 'last-change',
            track: { kind: 'all' },
            sequence: 'change-seq',
            schemaEvolution: 'evolve',
            reload: 'snapshot',
            columns: {},
            changeColumns: {
              op: 'Op',
              commitTime: 'tx_commit_time',
              changeSeq: 'change_seq',
              beforeImagePrefix: 'BI_',
            },
            historyColumns: {
              current: 'current',
              effectiveDate: 'effective_date',
              endDate: 'end_date',
              effectiveSeq: 'effective_seq',
              endSeq: 'end_seq',
              seenDate: 'seen_date',
              seenSeq: 'seen_seq',
              batchId: 'batch_id',
            },
            batch: { maxFiles: 1000, maxBytes: 1024 ** 3 },
            replication: null,
            excludeColumns: [],
            columnNames: 'keep',
            paused: false,
          },
        ],
        exports: [],
        replications: [],
        cloud: {
          bucket: {
            existing: false,
            oldVersionDays: 30,
            infrequentAccessDays: 30,
            glacierDays: 90,
            processedDays: null,
          },
          network: { kind: 'new', cidr: '10.90.0.0/24', natGateways: 0 },
          createDmsRoles: false,
          ingest: {
            windowSeconds: 60,
            schedule: 'rate(15 minutes)',
            concurrency: 10,
            memoryMb: 1024,
            timeoutSeconds: 900,
            inNetwork: false,
          },
          alarms: { emails: [], waitingMinutes: 30, lagMinutes: 60, exportHours: 26 },
          lakehouse: {
            setup: true,
            storageCredential: { create: true, name: 'shop-us-east-1' },
            externalLocation: { create: true, name: 'shop-us-east-1' },
          },
          logDays: 90,
          tags: {},
        },
      },
      warnings: [],
    });
  });

  it('takes every setting a table has', () => {
    const { config, warnings } = parse(
      withTable(`keys: [shop, no]
source: sales."Customer Table"
history: every-change
track: [name, balance]
sequence: change-seq
schemaEvolution: frozen
reload: changes
columns: {shop: int, "no": bigint, name: text, balance: "decimal(18, 2)"}
op: op_letter
commitTime: committed
changeSeq: seq
beforeImagePrefix: before_
historyColumns: {current: is_current, endDate: valid_to}
batch: {maxFiles: 7, maxBytes: 256MB}
replication: none
paused: true`),
    );

    expect(warnings).toEqual([]);
    expect(config.tables).toEqual([
      {
        name: 'customer',
        source: 'sales."Customer Table"',
        keys: ['shop', 'no'],
        history: 'every-change',
        track: { kind: 'only', columns: ['name', 'balance'] },
        sequence: 'change-seq',
        schemaEvolution: 'frozen',
        reload: 'changes',
        columns: {
          shop: { kind: 'int', bits: 32 },
          no: { kind: 'int', bits: 64 },
          name: { kind: 'string' },
          balance: { kind: 'decimal', precision: 18, scale: 2 },
        },
        changeColumns: {
          op: 'op_letter',
          commitTime: 'committed',
          changeSeq: 'seq',
          beforeImagePrefix: 'before_',
        },
        historyColumns: {
          current: 'is_current',
          effectiveDate: 'effective_date',
          endDate: 'valid_to',
          effectiveSeq: 'effective_seq',
          endSeq: 'end_seq',
          seenDate: 'seen_date',
          seenSeq: 'seen_seq',
          batchId: 'batch_id',
        },
        batch: { maxFiles: 7, maxBytes: 256_000_000 },
        replication: null,
        excludeColumns: [],
        columnNames: 'keep',
        paused: true,
      },
    ]);
    expect(Object.keys(config.tables[0]?.columns ?? {})).toEqual(['shop', 'no', 'name', 'balance']);
  });

  it('lets a table override defaults, and defaults the top level, field by field', () => {
    const { config } = parse(`name: shop
batch: {maxFiles: 1, maxBytes: 10}
defaults:
  history: every-change
  op: o
  historyColumns: {current: is_current, endDate: until}
  batch: {maxFiles: 2}
tables:
  - {name: a, keys: id}
  - {name: b, keys: id, history: last-change, historyColumns: {endDate: valid_to}, batch: {maxBytes: 1KiB}}
`);

    const seen = config.tables.map(({ history, changeColumns, historyColumns, batch }) => ({
      history,
      op: changeColumns.op,
      current: historyColumns.current,
      endDate: historyColumns.endDate,
      batch,
    }));
    expect(seen).toEqual([
      {
        history: 'every-change',
        op: 'o',
        current: 'is_current',
        endDate: 'until',
        batch: { maxFiles: 2, maxBytes: 10 },
      },
      {
        history: 'last-change',
        op: 'o',
        current: 'is_current',
        endDate: 'valid_to',
        batch: { maxFiles: 2, maxBytes: 1024 },
      },
    ]);
  });

  it.each([
    ['track: [name]', { kind: 'only', columns: ['name'] }],
    ['track: []', { kind: 'only', columns: [] }],
    ['track: {except: [updated_at]}', { kind: 'except', columns: ['updated_at'] }],
    ['track: {except: []}', { kind: 'all' }],
  ])('reads %s', (line, track) => {
    expect(parse(withTable(line)).config.tables[0]?.track).toEqual(track);
  });

  it('takes one key as plain text', () => {
    expect(parse(withTable('keys: id')).config.tables[0]?.keys).toEqual(['id']);
  });

  it('resolves local paths against the folder of the file and leaves absolute ones', () => {
    const { config } = parse(`${FIVE_LINES}engine: {path: ../db/h.duckdb}\nstorage: {root: /data/files}\n`);

    expect(config.engine).toEqual({ kind: 'duckdb', path: '/db/h.duckdb' });
    expect(config.storage).toEqual({ kind: 'local', root: '/data/files' });
  });

  it('takes "~" as a folder name, and says so', () => {
    const { config, warnings } = parse(`${FIVE_LINES}storage: {root: ~/files}\n`);

    expect(config.storage).toEqual({ kind: 'local', root: '/base/~/files' });
    expect(warnings).toEqual([
      {
        path: 'storage.root',
        message: '"~" is taken as the name of a folder, not as your home',
        hint: 'Write the whole path, or one relative to this file.',
        line: 5,
      },
    ]);
  });

  it('makes the bucket from company, catalog, schema and region', () => {
    const yaml = `${FIVE_LINES}company: My_Company\ncatalog: Lake\nschema: raw_data\nregion: eu-central-1\n`;

    expect(parse(yaml).config.bucket).toBe('my-company-lake-raw-data-eu-central-1');
    expect(parse(`${yaml}bucket: other.bucket\n`).config.bucket).toBe('other.bucket');
  });

  it('shortens a bucket name that would be too long, and says so', () => {
    const { config, warnings } = parse(FIVE_LINES.replace('shop', 'the-customer-replication-platform'));

    expect(config.bucket).toMatch(/^the-customer-replication-platform-[a-z-]+-[0-9a-f]{8}$/);
    expect(config.bucket).toHaveLength(63);
    expect(warnings.map(({ path }) => path)).toEqual(['bucket']);
  });

  it('follows anchors, aliases and merge keys', () => {
    const { config } = parse(`name: &n shop
company: *n
tables:
  - &base {name: a, keys: [id], history: every-change}
  - {<<: *base, name: b}
`);

    expect(config.company).toBe('shop');
    expect(config.tables.map(({ name, history }) => [name, history])).toEqual([
      ['a', 'every-change'],
      ['b', 'every-change'],
    ]);
  });

  it('reads a file with a byte order mark and Windows line ends', () => {
    expect(parse(`\ufeff${FIVE_LINES.replaceAll('\n', '\r\n')}`)).toEqual(parse(FIVE_LINES));
  });

  it('warns that commit times cannot order the changes of one commit', () => {
    const { warnings } = parse(withTable('sequence: commit-time'));

    expect(warnings).toEqual([
      {
        path: 'tables[0].sequence',
        message: '`commit-time` cannot tell apart the changes that one commit makes to a key',
        hint: 'Add a change sequence to the feed and use `sequence: change-seq`.',
        line: 5,
      },
    ]);
  });

  it('keeps hostile names as they are', () => {
    const name = `O'Brien "quoted" [x] \`select\` ünï — 日本 $(rm) %2F ; --`;
    const column = 'a "b" \'c\' `d` ${x} 😀';
    const { config } = parse(
      JSON.stringify({ name: 'shop', tables: [{ name, keys: [column], columns: { [column]: 'uuid' } }] }),
    );

    expect(config.tables[0]).toMatchObject({
      name,
      source: `dbo.${name}`,
      keys: [column],
      columns: { [column]: { kind: 'uuid' } },
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'takes the name %s like any other',
    (name) => {
      const { config } = parse(`name: ${name}
tables:
  - name: ${name}
    keys: [${name}]
    track: {except: [valueOf]}
    columns: {${name}: int, valueOf: text}
exports:
  - {name: ${name}, tables: [${name}], connection: "\${env:PG_URL}"}
`);

      const [table] = config.tables;
      expect([config.name, table?.name, table?.keys]).toEqual([name, name, [name]]);
      expect(Object.entries(table?.columns ?? {})).toEqual([
        [name, { kind: 'int', bits: 32 }],
        ['valueOf', { kind: 'string' }],
      ]);
      expect(Object.getPrototypeOf(table?.columns)).toBe(Object.prototype);
      expect(config.exports[0]).toMatchObject({ name, tables: [name] });
    },
  );

  it('takes a contract for some columns, which need not be the keys nor the tracked ones', () => {
    const { config } = parse(withTable('track: [name]\ncolumns: { created: timestamptz }'));

    expect(config.tables[0]).toMatchObject({
      keys: ['id'],
      track: { kind: 'only', columns: ['name'] },
      columns: { created: { kind: 'timestamptz' } },
    });
  });
});
