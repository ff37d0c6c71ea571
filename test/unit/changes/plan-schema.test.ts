import { describe, expect, it } from 'vitest';
import { formatColumnType, parseColumnType } from '../../../lib/config/column-type.ts';
import type { Column, ColumnType } from '../../../lib/config/column-type.ts';
import type { TableConfig } from '../../../lib/config/config.ts';
import type { ChangeFile, FileType } from '../../../lib/changes/change-file.ts';
import { planSchema, type SchemaPlan } from '../../../lib/changes/plan-schema.ts';
import { TerminalError } from '../../../lib/errors.ts';

const table = (changes: Partial<TableConfig> = {}): TableConfig => ({
  name: 'orders',
  source: 'dbo.orders',
  keys: ['id'],
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
  batch: { maxFiles: 100, maxBytes: 1e9 },
  replication: null,
  excludeColumns: [],
  columnNames: 'keep',
  paused: false,
  ...changes,
});

function type(text: string): ColumnType {
  const parsed = parseColumnType(text);
  if (!parsed) throw new Error(`no type ${text}`);
  return parsed;
}

function fileType(text: string): FileType {
  const unsigned = /^uint(8|16|32|64)$/.exec(text);
  return unsigned ? { kind: 'uint', bits: Number(unsigned[1]) as 8 | 16 | 32 | 64 } : type(text);
}

const columns = (spec: Readonly<Record<string, string>>): Column[] =>
  Object.entries(spec).map(([name, text]) => ({ name, type: type(text) }));

const USUAL = { Op: 'string', id: 'int64', tx_commit_time: 'string', change_seq: 'string' };

const file = (
  path: string,
  spec: Readonly<Record<string, string>>,
  more: Partial<ChangeFile> = {},
): ChangeFile => ({
  path,
  size: 1,
  version: '',
  arrivedAt: '2026-01-01T00:00:00.000000Z',
  fullLoad: false,
  footer: {
    rows: 1,
    columns: Object.entries(spec).map(([name, text]) => ({ name, type: fileType(text) })),
    unsupported: [],
  },
  ...more,
});
/** A file with the usual columns and these. */
const usual = (path: string, spec: Readonly<Record<string, string>>): ChangeFile =>
  file(path, { ...USUAL, ...spec });

/** A plan in the shape people write: name to type, file to reason. */
const summary = (plan: SchemaPlan) => ({
  columns: Object.fromEntries(plan.columns.map((column) => [column.name, formatColumnType(column.type)])),
  added: plan.added.map((column) => `${column.name} ${formatColumnType(column.type)}`),
  widened: plan.widened.map(
    ({ name, from, to }) => `${name} ${formatColumnType(from)} -> ${formatColumnType(to)}`,
  ),
  accepted: plan.accepted.map(({ path }) => path),
  rejected: plan.rejected.map(({ file: { path }, reason }) => `${path} ${reason.code}`),
});

/** Order of columns matters too, which `toEqual` does not see in an object. */
const order = (plan: SchemaPlan): string[] => plan.columns.map((column) => column.name);

describe('planSchema for a new history', () => {
  it('takes the columns of the first file, less those that only describe the change', () => {
    const plan = planSchema(table(), null, [
      file('a', {
        'order id': 'string',
        BI_id: 'int64',
        ...USUAL,
        total: 'decimal(18,4)',
      }),
    ]);

    expect(order(plan)).toEqual(['order id', 'id', 'total']);
    expect(summary(plan)).toEqual({
      columns: { 'order id': 'string', id: 'int64', total: 'decimal(18,4)' },
      added: [],
      widened: [],
      accepted: ['a'],
      rejected: [],
    });
  });

  it('stores each file type as the table of types says', () => {
    const spec = {
      a: 'uint8',
      b: 'uint16',
      c: 'uint32',
      d: 'uint64',
      e: 'uuid',
      f: 'json',
      g: 'time',
      h: 'float',
      i: 'timestamp',
      j: 'timestamptz',
      k: 'binary',
      l: 'boolean',
      m: 'date',
      n: 'int8',
    };

    expect(summary(planSchema(table(), null, [usual('x', spec)])).columns).toEqual({
      id: 'int64',
      a: 'int16',
      b: 'int32',
      c: 'int64',
      d: 'decimal(20,0)',
      e: 'string',
      f: 'string',
      g: 'string',
      h: 'float',
      i: 'timestamp',
      j: 'timestamptz',
      k: 'binary',
      l: 'boolean',
      m: 'date',
      n: 'int8',
    });
  });

  it('lets later files add and widen, and rejects the later of two that disagree', () => {
    const plan = planSchema(table(), null, [
      usual('1', { qty: 'int32', amount: 'decimal(18,4)' }),
      usual('2', { qty: 'string', colour: 'string' }),
      usual('3', { qty: 'int64', amount: 'decimal(22,4)', note: 'string' }),
      usual('4', { qty: 'int16' }),
    ]);

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', qty: 'int64', amount: 'decimal(22,4)', note: 'string' },
      added: [],
      widened: [],
      accepted: ['1', '3', '4'],
      rejected: ['2 COLUMN_TYPE_MISMATCH'],
    });
  });

  it('puts the contract first, in its order and types, and then what files bring', () => {
    const contract = {
      total: type('decimal(18,4)'),
      ordered_at: type('timestamptz'),
      id: type('int64'),
      ref: type('uuid'),
    };
    const plan = planSchema(table({ columns: contract }), null, [
      usual('1', { extra: 'int32', REF: 'string', ordered_at: 'string', total: 'int32' }),
    ]);

    expect(order(plan)).toEqual(['total', 'ordered_at', 'id', 'ref', 'extra']);
    expect(summary(plan).columns).toEqual({
      total: 'decimal(18,4)',
      ordered_at: 'timestamptz',
      id: 'int64',
      ref: 'uuid',
      extra: 'int32',
    });
  });
});

describe('planSchema for an existing history', () => {
  const bookkeeping = columns({
    current: 'boolean',
    effective_date: 'timestamptz',
    end_date: 'timestamptz',
    effective_seq: 'string',
    end_seq: 'string',
    seen_date: 'timestamptz',
    seen_seq: 'string',
    batch_id: 'int64',
  });
  const history = (spec: Readonly<Record<string, string>>): Column[] => [
    ...columns({ id: 'int64', ...spec }),
    ...bookkeeping,
  ];

  it('adds new columns, widens types and keeps what a file lacks', () => {
    const plan = planSchema(
      table(),
      history({ qty: 'int32', price: 'float', amount: 'decimal(18,4)', old: 'date' }),
      [usual('1', { qty: 'int64', price: 'double', amount: 'decimal(20,2)', new: 'uint8' })],
    );

    expect(order(plan)).toEqual(['id', 'qty', 'price', 'amount', 'old', 'new']);
    expect(summary(plan)).toEqual({
      columns: {
        id: 'int64',
        qty: 'int64',
        price: 'double',
        amount: 'decimal(22,4)',
        old: 'date',
        new: 'int16',
      },
      added: ['new int16'],
      widened: ['qty int32 -> int64', 'price float -> double', 'amount decimal(18,4) -> decimal(22,4)'],
      accepted: ['1'],
      rejected: [],
    });
  });

  it('changes nothing for files that are narrower or the same', () => {
    const spec = {
      qty: 'int64',
      price: 'double',
      amount: 'decimal(22,4)',
      uid: 'string',
      doc: 'string',
      at: 'string',
    };
    const plan = planSchema(table(), history(spec), [
      usual('1', {
        qty: 'uint16',
        price: 'float',
        amount: 'decimal(18,4)',
        uid: 'uuid',
        doc: 'json',
        at: 'time',
      }),
      usual('2', spec),
    ]);

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', ...spec },
      added: [],
      widened: [],
      accepted: ['1', '2'],
      rejected: [],
    });
  });

  it.each([
    ['int32', 'string'],
    ['string', 'int32'],
    ['int64', 'decimal(38,0)'],
    ['decimal(20,0)', 'int64'],
    ['int64', 'double'],
    ['double', 'decimal(18,4)'],
    ['timestamp', 'timestamptz'],
    ['timestamptz', 'timestamp'],
    ['date', 'timestamp'],
    ['boolean', 'int8'],
    ['string', 'binary'],
    ['decimal(38,0)', 'decimal(38,1)'],
  ])('rejects a file when its %s column meets %s in the history', (found, held) => {
    const plan = planSchema(table(), history({ value: held }), [
      usual('1', { value: found }),
      usual('2', {}),
    ]);

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', value: held },
      added: [],
      widened: [],
      accepted: ['2'],
      rejected: ['1 COLUMN_TYPE_MISMATCH'],
    });
  });

  it('matches names without case and keeps the spelling of the history', () => {
    const plan = planSchema(table(), history({ Näme: 'string' }), [
      file('1', {
        OP: 'string',
        ID: 'int64',
        TX_COMMIT_TIME: 'string',
        Change_Seq: 'string',
        NÄME: 'string',
      }),
    ]);

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', Näme: 'string' },
      added: [],
      widened: [],
      accepted: ['1'],
      rejected: [],
    });
  });

  it('takes text in the history for the uuid, json and time of its contract', () => {
    const contract = { ref: type('uuid'), doc: type('json'), at: type('time') };
    const plan = planSchema(
      table({ columns: contract }),
      history({ ref: 'string', doc: 'string', at: 'string' }),
      [usual('1', { ref: 'string', doc: 'string', at: 'time' })],
    );

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', ref: 'uuid', doc: 'json', at: 'time' },
      added: [],
      widened: [],
      accepted: ['1'],
      rejected: [],
    });
  });

  it('adds and widens what the contract asks for, before any file shows it', () => {
    const plan = planSchema(
      table({ columns: { qty: type('int64'), note: type('string') } }),
      history({ qty: 'int32' }),
      [],
    );

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', qty: 'int64', note: 'string' },
      added: ['note string'],
      widened: ['qty int32 -> int64'],
      accepted: [],
      rejected: [],
    });
  });

  it('refuses a contract that the history cannot be widened to', () => {
    const run = () => planSchema(table({ columns: { qty: type('int32') } }), history({ qty: 'int64' }), []);

    expect(run).toThrow(TerminalError);
    expect(run).toThrow(
      'Table orders: "columns" says "qty" is int32, but the history holds it as int64, which cannot be widened to ' +
        'that. Put the type back, or rebuild the table: tidemark rebuild orders.',
    );
  });
});

describe('planSchema under a contract', () => {
  it.each([
    ['string', 'int32'],
    ['string', 'decimal(18,4)'],
    ['string', 'timestamptz'],
    ['string', 'uuid'],
    ['string', 'binary'],
    ['int32', 'int64'],
    ['uint8', 'int16'],
    ['uint32', 'int64'],
    ['uint64', 'decimal(22,2)'],
    ['int32', 'decimal(10,0)'],
    ['int64', 'decimal(19,0)'],
    ['int32', 'double'],
    ['int64', 'string'],
    ['decimal(18,2)', 'decimal(20,4)'],
    ['decimal(18,2)', 'string'],
    ['float', 'double'],
    ['date', 'timestamp'],
    ['timestamp', 'timestamptz'],
    ['timestamptz', 'timestamp'],
    ['uuid', 'string'],
    ['json', 'json'],
    ['time', 'time'],
    ['boolean', 'string'],
  ])('takes %s for %s', (found, wanted) => {
    const plan = planSchema(table({ columns: { value: type(wanted) } }), null, [
      usual('1', { value: found }),
    ]);

    expect(summary(plan)).toMatchObject({ columns: { value: wanted }, accepted: ['1'], rejected: [] });
  });

  it.each([
    ['int64', 'int32'],
    ['uint8', 'int8'],
    ['uint32', 'int32'],
    ['uint64', 'int64'],
    ['int64', 'decimal(18,0)'],
    ['int32', 'decimal(10,2)'],
    ['int64', 'double'],
    ['decimal(20,4)', 'decimal(20,2)'],
    ['decimal(18,0)', 'int64'],
    ['double', 'float'],
    ['double', 'decimal(18,4)'],
    ['timestamp', 'date'],
    ['binary', 'uuid'],
    ['json', 'uuid'],
    ['boolean', 'int32'],
    ['int32', 'boolean'],
  ])('rejects %s for %s', (found, wanted) => {
    const plan = planSchema(table({ columns: { value: type(wanted) } }), null, [
      usual('1', { value: found }),
    ]);

    expect(summary(plan)).toMatchObject({ columns: { value: wanted }, rejected: ['1 COLUMN_TYPE_MISMATCH'] });
  });
});

describe('planSchema under a frozen schema', () => {
  const frozen = table({ schemaEvolution: 'frozen' });
  const held = columns({ id: 'int64', qty: 'int32', note: 'string' });

  it.each<[what: string, spec: Readonly<Record<string, string>>, rejected: string[]]>([
    ['the same columns', { qty: 'int32', note: 'string' }, []],
    ['columns in another order', { note: 'string', qty: 'int32' }, []],
    ['a narrower type', { qty: 'int16', note: 'string' }, []],
    ['a new column', { qty: 'int32', note: 'string', new: 'int32' }, ['1 SCHEMA_FROZEN']],
    ['a wider type', { qty: 'int64', note: 'string' }, ['1 SCHEMA_FROZEN']],
    ['a missing column', { qty: 'int32' }, ['1 SCHEMA_FROZEN']],
    ['another type', { qty: 'string', note: 'string' }, ['1 COLUMN_TYPE_MISMATCH']],
  ])('answers for %s', (_, spec, rejected) => {
    expect(summary(planSchema(frozen, held, [usual('1', spec)]))).toEqual({
      columns: { id: 'int64', qty: 'int32', note: 'string' },
      added: [],
      widened: [],
      accepted: rejected.length === 0 ? ['1'] : [],
      rejected,
    });
  });

  it('lets the first accepted file decide when there is no history yet', () => {
    const plan = planSchema(frozen, null, [
      file('0', { id: 'int64' }),
      usual('1', { qty: 'int32' }),
      usual('2', { qty: 'int32', new: 'int32' }),
    ]);

    expect(summary(plan)).toEqual({
      columns: { id: 'int64', qty: 'int32' },
      added: [],
      widened: [],
      accepted: ['1'],
      rejected: ['0 COLUMN_MISSING', '2 SCHEMA_FROZEN'],
    });
  });
});

describe('planSchema on what every file needs', () => {
  const reasons = (config: TableConfig, ...files: ChangeFile[]): string[] =>
    planSchema(config, null, files).rejected.map(({ reason }) => `${reason.code}: ${reason.message}`);

  const without = (...names: string[]): Record<string, string> =>
    Object.fromEntries(Object.entries(USUAL).filter(([name]) => !names.includes(name)));

  it('names every missing column at once, what was seen and what was expected', () => {
    const [rejection] = planSchema(table({ keys: ['id', 'line'] }), null, [
      file('a', { ...without('Op', 'tx_commit_time'), total: 'decimal(9,2)' }),
    ]).rejected;

    expect(rejection?.reason).toMatchObject({
      code: 'COLUMN_MISSING',
      message:
        'Table orders: file a has no operation column "Op", no commit time column "tx_commit_time", no key column ' +
        '"line". Add it to the DMS mapping, or name the right column in the table config.',
      columnsSeen: ['id int64', 'change_seq string', 'total decimal(9,2)'],
      columnsExpected: ['Op', 'tx_commit_time', 'id', 'line', 'change_seq'],
    });
  });

  it('asks for the change sequence on captured changes only, and only where it orders them', () => {
    const captured = file('captured', without('change_seq'));
    const loaded = file('loaded', without('change_seq'), { fullLoad: true });

    expect(reasons(table(), loaded)).toEqual([]);
    expect(reasons(table({ sequence: 'commit-time' }), captured)).toEqual([]);
    expect(reasons(table(), captured)).toEqual([
      'COLUMN_MISSING: Table orders: file captured has no change sequence column "change_seq". Add it to the DMS ' +
        'mapping, or name the right column in the table config.',
    ]);
  });

  it.each([
    ['Op', 'int32', ['string']],
    ['tx_commit_time', 'int64', ['string or timestamp or timestamptz']],
    ['tx_commit_time', 'date', ['string or timestamp or timestamptz']],
    ['change_seq', 'decimal(38,0)', ['string']],
  ])('rejects %s as %s', (name, found, expected) => {
    expect(planSchema(table(), null, [usual('a', { [name]: found })]).rejected[0]?.reason).toMatchObject({
      code: 'COLUMN_TYPE_MISMATCH',
      columnsExpected: expected.map((kinds) => `${name} ${kinds}`),
    });
  });

  it.each(['timestamp', 'timestamptz', 'string'])('takes a commit time as %s', (found) => {
    expect(reasons(table(), usual('a', { tx_commit_time: found }))).toEqual([]);
  });

  it('rejects a source column that has the name of a history column, in any case, and says how to go on', () => {
    const renamed = table();
    const config = table({ historyColumns: { ...renamed.historyColumns, current: 'is_current' } });

    expect(reasons(table(), usual('a', { Current: 'boolean' }))).toEqual([
      'COLUMN_NAME_RESERVED: Table orders: file a has a source column "Current", a name the history uses itself. ' +
        "Give the history's column another name: historyColumns.current.",
    ]);
    expect(reasons(config, usual('a', { Current: 'boolean' }))).toEqual([]);
  });

  it('rejects types we have no name for, by name', () => {
    const footer = {
      rows: 1,
      columns: usual('a', {}).footer.columns,
      unsupported: [{ name: 'tags', physical: 'group LIST' }],
    };

    expect(reasons(table(), { ...usual('a', {}), footer })).toEqual([
      'UNSUPPORTED_TYPE: Table orders: file a has columns of a kind that no history holds: "tags" (group LIST). ' +
        'Leave them out or convert them in the DMS mapping.',
    ]);
  });

  it('checks before images against their key and keeps a column that only looks like one', () => {
    expect(
      summary(
        planSchema(table(), null, [usual('a', { BI_ID: 'int32', BI_total: 'int32', bi_id2: 'int32' })]),
      ),
    ).toEqual({
      columns: { id: 'int64', BI_total: 'int32', bi_id2: 'int32' },
      added: [],
      widened: [],
      accepted: ['a'],
      rejected: [],
    });
    expect(reasons(table(), usual('a', { BI_id: 'boolean' }))).toEqual([
      'COLUMN_TYPE_MISMATCH: Table orders: file a has column "BI_id" as boolean, which does not fit int64 of "id". ' +
        'Correct the DMS mapping, or set the type under "columns" of the table and rebuild it.',
    ]);
  });

  it('says what does not fit what', () => {
    const plan = planSchema(table(), null, [usual('1', { qty: 'int32' }), usual('2', { QTY: 'uint64' })]);

    expect(plan.rejected[0]?.reason).toMatchObject({
      code: 'COLUMN_TYPE_MISMATCH',
      message:
        'Table orders: file 2 has column "QTY" as uint64, which does not fit int32 of "qty". Correct the DMS mapping, ' +
        'or set the type under "columns" of the table and rebuild it.',
      context: { table: 'orders', path: '2' },
      columnsExpected: ['qty int32'],
    });
  });
});
