import { describe, expect, it } from 'vitest';
import type { FileColumn } from '../../../../lib/changes/change-file.ts';
import { formatColumnType, parseColumnType } from '../../../../lib/config/column-type.ts';
import { createDatabricksDialect } from '../../../../lib/engines/databricks/dialect.ts';
import { SERVERS } from '../../../../lib/engines/databricks/server.ts';
import type { NewColumn } from '../../../../lib/ports.ts';

const databricks = createDatabricksDialect('databricks');
const openSpark = createDatabricksDialect('open-spark');

const ref = { catalog: 'main', schema: 'cdc', name: 'orders' };
const column = (name: string, type = 'string'): NewColumn => ({ name, type: parseColumnType(type)! });
/** What a file has beside columns of a time: the server knows these types by itself. */
const NO_TIME: readonly FileColumn[] = [
  { name: 'Op', type: { kind: 'string' } },
  { name: "o'id", type: { kind: 'uint', bits: 64 } },
  { name: 'at', type: { kind: 'timestamp' }, stored: 'int96' },
];

describe('the two servers', () => {
  it('differ in reading files and in Unity Catalog, and in nothing else', () => {
    expect(SERVERS).toEqual({
      databricks: { unityCatalog: true, readFilesFunction: true, alternatives: 'names', namesTypes: true },
      'open-spark': {
        unityCatalog: false,
        readFilesFunction: false,
        alternatives: 'paths',
        namesTypes: false,
      },
    });
    const both = { transactions: false, oneProcess: false, skipsFiles: true };
    expect(databricks.capabilities).toEqual({ ...both, unityCatalog: true });
    expect(openSpark.capabilities).toEqual({ ...both, unityCatalog: false });
  });

  it('on Databricks read a list of files by the function, with nothing inferred, rescued or added', () => {
    const files = [
      '/Volumes/main/cdc/orders_incoming/a b.parquet',
      '/Volumes/main/cdc/orders_incoming/{c}.parquet',
    ];
    expect(databricks.readFiles(files, NO_TIME, 'file')).toBe(String.raw`(
  select *, regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^[a-z]+:/+', '/') as ${'`file`'}
  from read_files(
    '/Volumes/main/cdc/orders_incoming/{a b.parquet,\\{c\\}.parquet}',
    format => 'parquet',
    schemaEvolutionMode => 'none',
    mergeSchema => false,
    readerCaseSensitive => false,
    partitionColumns => '',
    useStrictGlobber => true,
    ignoreMissingFiles => false,
    ignoreCorruptFiles => false,
    datetimeRebaseMode => 'CORRECTED',
    int96RebaseMode => 'CORRECTED'
  )
)`);
  });

  it('on open Spark read a list of files by the path itself, each by its own name', () => {
    const files = ['/data/in/a`b.parquet', '/data/in/{c}.parquet'];
    expect(openSpark.readFiles(files, NO_TIME)).toBe(
      String.raw`parquet.${'`'}/data/{in/a${'``'}b.parquet,in/\\\{c\\\}.parquet}${'`'}`,
    );
  });

  it.each([
    [['/a/b.parquet'], '/a/b.parquet'],
    [['/a*?/[b]^,.parquet'], String.raw`/a\*\?/\[b\]\^\,.parquet`],
    [['/a/b.parquet', '/c/d.parquet'], '/{a/b.parquet,c/d.parquet}'],
    [['/v/2026/01/a', '/v/2026/02/b'], '/v/2026/{01/a,02/b}'],
    [['/v/1,2/a', '/v/3/b'], String.raw`/v/{1\\\,2/a,3/b}`],
  ])('name %j by one pattern', (files, glob) => {
    expect(databricks.readFiles(files, NO_TIME)).toContain(databricks.stringLiteral(glob));
  });

  it('on Databricks read what it has no type for as it is stored, all types of the file being named then', () => {
    const columns: readonly FileColumn[] = [
      ...NO_TIME,
      { name: 'te`a', type: { kind: 'time' }, stored: 'millis' },
      { name: 'b', type: { kind: 'time' } },
      { name: 'c', type: { kind: 'time' }, stored: 'nanos', adjustedToUtc: true },
      { name: 'guid', type: { kind: 'uuid' } },
      { name: 'd', type: { kind: 'timestamp' }, stored: 'nanos' },
      { name: 'e', type: { kind: 'timestamptz' }, stored: 'nanos' },
      { name: 'f', type: { kind: 'timestamp' }, stored: 'millis' },
      { name: 'g', type: { kind: 'decimal', precision: 38, scale: 10 } },
    ];
    expect(databricks.readFiles(['/v/a'], columns, 'file')).toBe(
      String.raw`(
  select * except (~te~~a~, ~b~, ~c~, ~guid~, ~d~, ~e~), case when ~te~~a~ between 0 and 86399999 then date_format(timestamp_millis(~te~~a~), 'HH:mm:ss.SSSSSS') when ~te~~a~ is not null then '' end as ~te~~a~, case when ~b~ between 0 and 86399999999 then date_format(timestamp_micros(~b~), 'HH:mm:ss.SSSSSS') when ~b~ is not null then '' end as ~b~, case when ~c~ between 0 and 86399999999999 then date_format(timestamp_micros(~c~ div 1000 - if(~c~ % 1000 < 0, 1, 0)), 'HH:mm:ss.SSSSSS') when ~c~ is not null then '' end as ~c~, regexp_replace(lower(hex(~guid~)), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '$1-$2-$3-$4-$5') as ~guid~, cast(timestamp_micros(~d~ div 1000 - if(~d~ % 1000 < 0, 1, 0)) as timestamp_ntz) as ~d~, timestamp_micros(~e~ div 1000 - if(~e~ % 1000 < 0, 1, 0)) as ~e~, regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^[a-z]+:/+', '/') as ~file~
  from read_files(
    '/v/a',
    format => 'parquet',
    schemaEvolutionMode => 'none',
    mergeSchema => false,
    readerCaseSensitive => false,
    partitionColumns => '',
    useStrictGlobber => true,
    ignoreMissingFiles => false,
    ignoreCorruptFiles => false,
    datetimeRebaseMode => 'CORRECTED',
    int96RebaseMode => 'CORRECTED',
    schema => '~Op~ string, ~o\'id~ decimal(20,0), ~at~ timestamp, ~te~~a~ int, ~b~ bigint, ~c~ bigint, ~guid~ binary, ~d~ bigint, ~e~ bigint, ~f~ timestamp_ntz, ~g~ decimal(38,10)'
  )
)`.replaceAll('~', '`'),
    );
  });

  it('on open Spark read a time of day as the type it has for it, and nanoseconds as a number', () => {
    const columns: readonly FileColumn[] = [
      { name: 'at', type: { kind: 'time' } },
      { name: 'on', type: { kind: 'timestamp' }, stored: 'nanos' },
    ];
    expect(openSpark.readFiles(['/v/a'], columns)).toBe(
      `(
  select * except (~at~, ~on~), date_format(make_timestamp_ntz(date '1970-01-01', ~at~), 'HH:mm:ss.SSSSSS') as ~at~, cast(timestamp_micros(~on~ div 1000 - if(~on~ % 1000 < 0, 1, 0)) as timestamp_ntz) as ~on~
  from parquet.~/v/a~
)`.replaceAll('~', '`'),
    );
  });

  it('give back a path with a scheme as it was given', () => {
    expect(databricks.readFiles(['s3://bucket/a.parquet'], NO_TIME, 'file')).toContain(
      "select *, url_decode(replace(_metadata.file_path, '+', '%2B')) as `file`",
    );
  });
});

describe('a name', () => {
  it('stands between backticks, its own doubled', () => {
    expect(databricks.quoteIdentifier('it`s "x"')).toBe('`it``s "x"`');
    expect(databricks.tableName(ref)).toBe('`main`.`cdc`.`orders`');
  });

  it.each(['', 'a\nb', 'a\u0000b', '\u007f', '${spark.master}', 'x'.repeat(256)])('%j is refused', (name) => {
    expect(() => databricks.quoteIdentifier(name)).toThrow(expect.objectContaining({ code: 'NAME_REFUSED' }));
  });

  it.each(['a.b', 'a/b', 'a b'])('%j is refused of a table, which no catalog would hold', (name) => {
    expect(() => databricks.tableName({ ...ref, name })).toThrow(
      expect.objectContaining({ code: 'NAME_REFUSED' }),
    );
    expect(databricks.quoteIdentifier(name)).toBe(`\`${name}\``);
  });
});

describe('a literal', () => {
  it('escapes backslashes, quotes and what would be a variable', () => {
    expect(databricks.stringLiteral("it's \\ ${x} $1")).toBe("'it\\'s \\\\ \\u0024{x} $1'");
  });

  it('with a NUL is refused', () => {
    expect(() => databricks.stringLiteral('\u0000')).toThrow(
      expect.objectContaining({ code: 'TEXT_HAS_NUL' }),
    );
  });
});

describe('a type', () => {
  it.each([
    ['timestamp', 'timestamptz'],
    ['timestamp_ntz', 'timestamp'],
    ['decimal(38,18)', 'decimal(38,18)'],
    ['int', 'int32'],
    ['tinyint', 'int8'],
    ['string', 'string'],
    ['BINARY', 'binary'],
  ])('that describe prints as %s is %s', (text, expected) => {
    expect(formatColumnType(databricks.parseColumnType(text)!)).toBe(expected);
  });

  it.each([
    'varchar(10)',
    'varchar',
    'array<int>',
    'struct<a:int>',
    'interval day',
    'void',
    'variant',
    'time(6)',
    'json',
  ])('%s of a foreign column has no name', (text) => {
    expect(databricks.parseColumnType(text)).toBeNull();
  });
});

describe('a column of a change file', () => {
  const reason = (typed: Omit<FileColumn, 'name'>) => databricks.unreadable({ name: 'c', ...typed });

  it('that open Spark has no type for is refused by its type, with what to do', () => {
    const clock =
      'open Spark reads a time of day only in microseconds and not adjusted to UTC; have it written so, or as text';
    const of = (typed: Omit<FileColumn, 'name'>) => openSpark.unreadable({ name: 'c', ...typed });

    expect(of({ type: { kind: 'uuid' } })).toBe('open Spark reads no parquet UUID; have it written as text');
    expect(of({ type: { kind: 'time' }, stored: 'millis' })).toBe(clock);
    expect(of({ type: { kind: 'time' }, stored: 'nanos' })).toBe(clock);
    expect(of({ type: { kind: 'time' }, adjustedToUtc: true })).toBe(clock);
    expect(of({ type: { kind: 'time' } })).toBeNull();
    expect(of({ type: { kind: 'timestamptz' }, stored: 'nanos' })).toBeNull();
    expect(of({ type: { kind: 'timestamp' }, stored: 'int96' })).toBeNull();
  });

  it('whose name the server cannot take is refused by its name', () => {
    const named = (name: string) => databricks.unreadable({ name, type: { kind: 'string' } });
    expect(named('_Metadata')).toBe('the server uses this name for what it knows of a file; rename it');
    expect(named('${x}')).toBe('its name has "${" in it, which the server takes for a variable; rename it');
  });

  it('of any type is read on Databricks', () => {
    for (const kind of [
      'time',
      'uuid',
      'string',
      'json',
      'binary',
      'date',
      'timestamp',
      'timestamptz',
      'boolean',
      'float',
    ] as const)
      expect(reason({ type: { kind } })).toBeNull();
    expect(reason({ type: { kind: 'uint', bits: 64 } })).toBeNull();
    for (const stored of ['millis', 'nanos'] as const)
      expect(reason({ type: { kind: 'time' }, stored, adjustedToUtc: true })).toBeNull();
    expect(reason({ type: { kind: 'timestamp' }, stored: 'nanos' })).toBeNull();
  });
});

describe('a table', () => {
  it('that is only added to has neither a layout nor a feed of its changes', () => {
    expect(databricks.createTable({ ref, columns: [column('a')], clusterBy: [], comment: 'Ledger' })).toBe(
      [
        'create table if not exists `main`.`cdc`.`orders` (\n  `a` string\n)',
        "using delta\ncomment 'Ledger'",
        "tblproperties (\n  'delta.enableDeletionVectors' = 'true',\n  'delta.autoOptimize.autoCompact' = 'true'\n)",
      ].join('\n'),
    );
  });

  it('is laid out by the first four of its keys that Delta keeps statistics of', () => {
    const columns = [column('flag', 'boolean'), ...['a', 'b', 'c', 'd', 'e'].map((name) => column(name))];
    const sql = databricks.createTable({
      ref,
      columns,
      clusterBy: ['flag', 'a', 'b', 'c', 'd', 'e'],
      comment: '',
    });
    expect(sql).toContain('\ncluster by (`a`, `b`, `c`, `d`)\n');
  });

  it('has names of its own in its files only where parquet cannot hold a name', () => {
    const of = (name: string) =>
      databricks.createTable({ ref, columns: [column(name)], clusterBy: [name], comment: '' });
    expect(of('order id')).toContain("'delta.columnMapping.mode' = 'name'");
    expect(of('Näme.x')).not.toContain('columnMapping');
  });

  it('of many columns has statistics of its keys and of what the history added, then of the first others', () => {
    const others = Array.from({ length: 40 }, (_, i) => column(`c${i}`, i === 0 ? 'binary' : 'int'));
    const added = Array.from({ length: 8 }, (_, i) => column(`h${i}`, i === 0 ? 'boolean' : 'timestamptz'));
    const columns = [...others, column('it`s, id'), ...added];
    const sql = databricks.createTable({ ref, columns, clusterBy: ['it`s, id'], comment: '' });
    const names = [
      'it`s, id',
      ...added.slice(1).map((c) => c.name),
      ...others.slice(1, 25).map((c) => c.name),
    ];
    const list = names.map((name) => databricks.quoteIdentifier(name)).join(',');
    expect(names).toHaveLength(32);
    expect(sql).toContain(`'delta.dataSkippingStatsColumns' = ${databricks.stringLiteral(list)}`);
  });

  it('is replaced with the layout it is created with', () => {
    const table = { ref, columns: [column('id')], clusterBy: ['id'], comment: 'x' };
    const layout = databricks.createTable(table).split('\n)\n').slice(1).join('\n)\n');
    expect(databricks.replaceTable(table, 'select 1')).toBe(
      `create or replace table \`main\`.\`cdc\`.\`orders\`\n${layout}\nas select 1`,
    );
  });

  it('of hostile names is replaced without a feed of its changes, which Delta would refuse', () => {
    const of = (name: string) =>
      databricks.replaceTable({ ref, columns: [column(name)], clusterBy: [name], comment: '' }, 'select 1');
    expect(of('id')).toContain("'delta.enableChangeDataFeed' = 'true'");
    expect(of('order id')).not.toContain('ChangeDataFeed');
  });

  it('gets other rows without losing what else there is of it', () => {
    expect(databricks.overwriteTable(ref, 'select 1')).toBe(
      'insert overwrite table `main`.`cdc`.`orders`\nselect 1',
    );
  });

  it('has a view that is altered, since rights do not outlive its replacement', () => {
    expect(databricks.replaceView(ref, 'select 1')).toEqual([
      'create view if not exists `main`.`cdc`.`orders` as\nselect 1',
      'alter view `main`.`cdc`.`orders` as\nselect 1',
    ]);
  });

  it('is altered in a way that nobody sees, to end the writes under way', () => {
    expect(databricks.endWrites(ref, '2026-01-31T18:00:00.000001Z')).toBe(
      "alter table `main`.`cdc`.`orders` set tblproperties ('tidemark.unlocked' = '2026-01-31T18:00:00.000001Z')",
    );
  });

  it('gets new columns in one statement, after the properties that a hostile name and a wall clock need', () => {
    expect(databricks.addColumns(ref, [])).toEqual([]);
    expect(databricks.addColumns(ref, [column('a', 'bigint')])).toEqual([
      'alter table `main`.`cdc`.`orders` add columns (`a` bigint)',
    ]);
    expect(databricks.addColumns(ref, [column('a'), column('b c', 'timestamp')])).toEqual([
      "alter table `main`.`cdc`.`orders` set tblproperties ('delta.columnMapping.mode' = 'name')",
      "alter table `main`.`cdc`.`orders` set tblproperties ('delta.feature.timestampNtz' = 'supported')",
      'alter table `main`.`cdc`.`orders` add columns (`a` string, `b c` timestamp_ntz)',
    ]);
  });
});
