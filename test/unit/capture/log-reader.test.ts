import type { Pgoutput } from 'pg-logical-replication';
import { describe, expect, it } from 'vitest';
import type { LogMessage } from '../../../lib/capture/log-message.ts';
import { createLogReader, type LogEvent } from '../../../lib/capture/log-reader.ts';
import type { LogPosition } from '../../../lib/capture/log-position.ts';
import { formatLsn } from '../../../lib/capture/lsn.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { instantToMicros } from '../../../lib/instant.ts';

const { config } = parseConfig(
  'name: shop\ntables: [{name: orders, source: public.orders, keys: [id]}, {name: other, source: other, keys: [id]}]\n',
  { baseDir: '/' },
);
const START: LogPosition = { lsn: 100n, committedAt: '2026-03-02T09:00:00.000000Z', counter: 0n };
const INT = { oid: 23, name: 'int4' };
const TEXT = { oid: 25, name: 'text' };

function relation(
  schema: string,
  columns: readonly [string, { oid: number }][],
  oid = 1,
): Pgoutput.MessageRelation {
  return {
    tag: 'relation',
    relationOid: oid,
    schema,
    name: schema === 'public' ? 'orders' : 'elsewhere',
    replicaIdentity: 'full',
    columns: columns.map(([name, type]) => ({
      name,
      flags: 1,
      typeOid: type.oid,
      typeMod: -1,
      typeSchema: null,
      typeName: null,
      parser: (text: string) => text,
    })),
    keyColumns: ['id'],
  };
}

const ORDERS = relation('public', [
  ['id', INT],
  ['note', TEXT],
]);
const at = (instant: string): bigint => instantToMicros(`2026-03-02T${instant}Z`);
const begin = (lsn: bigint, instant: string): LogMessage => ({
  tag: 'begin',
  commitLsn: formatLsn(lsn),
  commitTime: at(instant),
  xid: 7,
});
const commit = (endLsn: bigint): LogMessage => ({
  tag: 'commit',
  flags: 0,
  commitLsn: formatLsn(endLsn - 8n),
  commitEndLsn: formatLsn(endLsn),
  commitTime: 0n,
});
const insert = (id: string, note: string | null, of = ORDERS): LogMessage => ({
  tag: 'insert',
  relation: of,
  new: { id, note },
});

function readAll(messages: readonly LogMessage[], position = START, lossy: string[] = []): LogEvent[] {
  const reader = createLogReader({
    tables: config.tables,
    position,
    domains: () => new Map(),
    onLossy: (table, column) => lossy.push(`${table}.${column}`),
  });
  return messages.flatMap((message) => reader.read(message) ?? []);
}

const cellsOf = (events: readonly LogEvent[]) =>
  events.flatMap((event) => (event.kind === 'row' ? [event.cells] : []));

describe('createLogReader', () => {
  it('gives each change of a transaction its commit time and the next sequence', () => {
    const events = readAll([
      begin(200n, '10:00:00.000001'),
      ORDERS,
      insert('1', 'a'),
      {
        tag: 'update',
        relation: ORDERS,
        key: null,
        old: { id: '1', note: 'a' },
        new: { id: '2', note: null },
      },
      { tag: 'delete', relation: ORDERS, key: { id: '2' }, old: null },
      commit(216n),
    ]);

    const time = '2026-03-02 10:00:00.000001';
    const sequence = (n: number): string => `2026030210000000${String(n).padStart(19, '0')}`;
    expect(cellsOf(events)).toEqual([
      ['I', '1', 'a', time, sequence(200), null],
      ['U', '2', null, time, sequence(201), '1'],
      ['D', '2', null, time, sequence(202), null],
    ]);
    expect(events.at(-1)).toEqual({
      kind: 'committed',
      position: { lsn: 216n, committedAt: '2026-03-02T10:00:00.000001Z', counter: 202n },
    });
  });

  it('gives the same rows when it begins again after any commit', () => {
    const transactions: LogMessage[][] = [
      [
        begin(200n, '10:00:00.000005'),
        ORDERS,
        ...Array.from({ length: 30 }, (_, i) => insert(`${i}`, 'x')),
        commit(208n),
      ],
      [begin(208n, '09:59:00.000000'), insert('1', 'y'), commit(216n)],
      [begin(216n, '10:00:00.000006'), insert('2', 'z'), commit(224n)],
    ];
    const whole = readAll(transactions.flat());
    const positions = whole.flatMap((event) => (event.kind === 'committed' ? [event.position] : []));

    const again = readAll([ORDERS, ...transactions.slice(1).flat()], positions[0]);
    const last = readAll([ORDERS, ...transactions.slice(2).flat()], positions[1]);

    expect(cellsOf(again)).toEqual(cellsOf(whole).slice(30));
    expect(cellsOf(last)).toEqual(cellsOf(whole).slice(31));
    const order = cellsOf(whole).map((cells) => `${cells[3]} ${cells[4]}`);
    expect(order).toEqual([...order].sort());
    expect(new Set(cellsOf(whole).map((cells) => cells[4])).size).toBe(32);
  });

  it('passes over tables that are not configured, without a trace in what follows', () => {
    const foreign = relation('other', [['id', INT]], 2);
    const events = readAll([
      begin(200n, '10:00:00.000000'),
      foreign,
      insert('1', null, foreign),
      commit(216n),
    ]);

    expect(events).toEqual([{ kind: 'committed', position: { ...START, lsn: 216n } }]);
  });

  it('keeps to one layout while a table is only described anew, and begins another when its columns change', () => {
    const wider = relation('public', [
      ['id', INT],
      ['note', TEXT],
      ['qty', INT],
    ]);
    const events = readAll([
      begin(200n, '10:00:00.000000'),
      ORDERS,
      insert('1', 'a'),
      { ...ORDERS },
      insert('2', 'b'),
      wider,
      { tag: 'insert', relation: wider, new: { id: '3', note: null, qty: '5' } },
    ]);
    const layouts = events.flatMap((event) => (event.kind === 'row' ? [event.layout] : []));

    expect(layouts[0]).toBe(layouts[1]);
    expect(layouts[2]!.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'Op varchar',
      'id integer',
      'note varchar',
      'qty integer',
      'tx_commit_time varchar',
      'change_seq varchar',
      'BI_id integer',
    ]);
  });

  it('refuses a value that the log leaves out, and takes a delete with only the key', () => {
    const messages = (message: LogMessage): LogMessage[] => [begin(200n, '10:00:00.000000'), ORDERS, message];
    const omitted: LogMessage = {
      tag: 'update',
      relation: ORDERS,
      key: null,
      old: null,
      new: { id: '1', note: undefined },
    };

    expect(() => readAll(messages(omitted))).toThrow('leaves out a large value of column "note"');
    const deleted: LogMessage = { tag: 'delete', relation: ORDERS, key: { id: '1' }, old: null };
    expect(cellsOf(readAll(messages(deleted)))[0]!.slice(0, 3)).toEqual(['D', '1', null]);
  });

  it('refuses a table that lost its key', () => {
    const keyless = relation('public', [['note', TEXT]]);

    expect(() => readAll([begin(200n, '10:00:00.000000'), keyless])).toThrow(
      'key column "id" is not in public.orders',
    );
  });

  it('refuses a table whose rows are identified by others than the keys', () => {
    const byNote = { ...ORDERS, replicaIdentity: 'index' as const, keyColumns: ['note'] };

    expect(() => readAll([begin(200n, '10:00:00.000000'), byNote])).toThrow(
      'does not have the old value of key "id" any more',
    );
  });

  it('tells of a truncate, and of values that do not fit', () => {
    const numbers = relation('public', [
      ['id', INT],
      ['note', { oid: 1700 }],
    ]);
    const lossy: string[] = [];
    const truncate: LogMessage = {
      tag: 'truncate',
      cascade: false,
      restartIdentity: false,
      relations: [numbers],
    };
    const events = readAll(
      [begin(200n, '10:00:00.000000'), numbers, insert('1', 'NaN', numbers), truncate],
      START,
      lossy,
    );

    expect(events.at(-1)).toEqual({ kind: 'truncated', tables: ['orders'] });
    expect(lossy).toEqual(['orders.note']);
  });
});
