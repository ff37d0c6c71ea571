import { describe, expect, it } from 'vitest';
import type { ObservedReplication, TableStatistics } from '../../../lib/dms/dms-port.ts';
import { lookUps, nextAction } from '../../../lib/dms/lifecycle.ts';
import type { DesiredReplication, Details, Phase } from '../../../lib/dms/lifecycle-action.ts';

const desired: DesiredReplication = {
  label: 'crm (task shop-crm)',
  kind: 'standard',
  migration: 'full-load-and-cdc',
  running: true,
  added: [],
  startFrom: null,
  attempted: false,
  tested: false,
  lenient: false,
};

const observed: ObservedReplication = {
  kind: 'standard',
  arn: 'arn:task',
  status: 'running',
  migration: 'full-load-and-cdc',
  stopReason: null,
  failures: [],
  everRan: true,
  hasCopied: true,
  instance: { instanceArn: 'arn:instance', endpointArns: ['arn:source', 'arn:target'] },
};

const connected: Details = {
  connections: ['arn:source', 'arn:target'].map((endpointArn) => ({
    endpointArn,
    status: 'successful',
    failure: null,
  })),
  statistics: null,
};

/** The kind of the next action, and what it says beside. */
function next(
  phase: Phase,
  seen: Partial<ObservedReplication> | null,
  wanted: Partial<DesiredReplication> = {},
  details: Partial<Details> = {},
) {
  const found = seen === null ? null : { ...observed, ...seen };
  return nextAction(phase, { ...desired, ...wanted }, found, { ...connected, ...details });
}

function table(name: string, change: Partial<TableStatistics>): TableStatistics {
  return {
    schema: 'dbo',
    table: name,
    state: 'Table completed',
    loadedRows: 0,
    loadStartedAt: null,
    loadEndedAt: null,
    reloaded: false,
    ...change,
  };
}

const STATUSES = [
  'created',
  'ready',
  'stopped',
  'failed',
  'failed-move',
  'starting',
  'initializing',
  'preparing_metadata_resources',
  'testing_connection',
  'fetching_metadata',
  'calculating_capacity',
  'provisioning_capacity',
  'replication_starting',
  'running',
  'stopping',
  'deleting',
  'creating',
  'modifying',
  'moving',
  'testing',
  'a status of next year',
] as const;

describe('nextAction', () => {
  it.each([
    [
      'stop-before',
      'standard',
      'done done done done done stop stop stop stop stop stop stop stop stop wait wait wait wait wait wait stop',
    ],
    [
      'stop-for-delete',
      'standard',
      'done done done done done stop stop stop stop stop stop stop stop stop wait wait wait wait wait wait stop',
    ],
    [
      'start-after',
      'standard',
      'start start start start start wait wait wait wait wait wait wait wait done wait wait wait wait wait wait wait',
    ],
    [
      'ensure-after',
      'standard',
      'start start start start start wait wait wait wait wait wait wait wait done wait wait wait wait wait wait wait',
    ],
    [
      'stop-before',
      'serverless',
      'done done done done done stop stop stop stop stop stop stop stop stop wait wait wait wait wait wait stop',
    ],
    [
      'start-after',
      'serverless',
      'start start start start start done done done done done done done done done wait wait wait wait wait wait wait',
    ],
  ] as const)('answers every status: %s, %s', (phase, kind, expected) => {
    const instance = kind === 'standard' ? observed.instance : null;

    const kinds = STATUSES.map((status) => next(phase, { kind, instance, status }, { kind }).kind);

    expect(kinds).toEqual(expected.split(' '));
  });

  it('knows a status however DMS joins its words', () => {
    const kinds = ['provisioning_capacity', 'Provisioning Capacity', 'PROVISIONING-CAPACITY'].map(
      (status) => next('start-after', { kind: 'serverless', status }, { kind: 'serverless' }).kind,
    );

    expect(kinds).toEqual(['done', 'done', 'done']);
  });

  it('never asks for a load of everything: it starts what never ran, and resumes what did', () => {
    expect(next('start-after', { status: 'ready', everRan: false })).toEqual({
      kind: 'start',
      type: 'start-replication',
      from: null,
    });
    expect(next('start-after', { status: 'stopped', everRan: true })).toEqual({
      kind: 'start',
      type: 'resume-processing',
      from: null,
    });
  });

  it('begins at a position only the first time, and only with changes alone', () => {
    const from = 'mysql-bin.000024:373';
    const ready = { status: 'ready', everRan: false };

    expect(next('start-after', ready, { migration: 'cdc', startFrom: from })).toMatchObject({ from });
    expect(next('start-after', ready, { startFrom: from })).toMatchObject({ from: null });
    expect(next('start-after', { status: 'stopped' }, { migration: 'cdc', startFrom: from })).toMatchObject({
      from: null,
    });
  });

  it('stops what should be paused after a change, and leaves it alone after an update ended', () => {
    expect(next('start-after', { status: 'running' }, { running: false })).toEqual({ kind: 'stop' });
    expect(next('start-after', { status: 'stopped' }, { running: false })).toEqual({ kind: 'done' });
    expect(next('ensure-after', { status: 'stopped' }, { running: false })).toEqual({ kind: 'done' });
    expect(next('ensure-after', { status: 'running' }, { running: false })).toEqual({ kind: 'done' });
  });

  it('finds nothing to do where there is nothing any more, unless it should be changed', () => {
    expect(next('stop-for-delete', null)).toEqual({ kind: 'done' });
    expect(next('ensure-after', null)).toEqual({ kind: 'done' });
    expect(next('stop-before', null)).toMatchObject({ kind: 'fail', code: 'DMS_REPLICATION_GONE' });
    expect(next('start-after', null)).toMatchObject({ kind: 'fail', code: 'DMS_REPLICATION_GONE' });
    expect(next('start-after', null, { lenient: true })).toMatchObject({ kind: 'done' });
  });

  it("tells of a failed start in DMS's words and with its stop reason", () => {
    const failed = {
      status: 'failed',
      failures: ['Last Error  Task error notification received'],
      stopReason: 'FATAL_ERROR',
    };

    expect(next('start-after', failed, { attempted: true })).toEqual({
      kind: 'fail',
      code: 'DMS_REPLICATION_FAILED',
      message:
        "Replication crm (task shop-crm) failed: Last Error  Task error notification received · stop reason FATAL_ERROR. Mend the cause and deploy again: it resumes where it was. The task's log has the details.",
    });
    expect(next('start-after', { status: 'failed' }, { attempted: true })).toMatchObject({
      message: expect.stringContaining('failed, and DMS does not say why.'),
    });
    expect(next('start-after', failed, { attempted: true, lenient: true })).toMatchObject({ kind: 'done' });
  });

  it('waits for DMS to move after it accepted a start', () => {
    expect(next('start-after', { status: 'ready', everRan: false }, { attempted: true })).toMatchObject({
      kind: 'wait',
    });
    expect(next('start-after', { status: 'stopped' }, { attempted: true })).toEqual({ kind: 'done' });
  });

  it('does not begin a finished load again, and resumes one that was stopped', () => {
    const once = { migration: 'full-load' } as const;
    const finished = { ...once, status: 'stopped', stopReason: 'FULL_LOAD_ONLY_FINISHED' };

    expect(next('start-after', finished, once)).toEqual({ kind: 'done' });
    expect(next('start-after', { ...finished, stopReason: 'NORMAL' }, once)).toMatchObject({
      type: 'resume-processing',
    });
  });

  it('does not load all again where serverless lost a load half-way', () => {
    const seen = { kind: 'serverless', instance: null, status: 'stopped', migration: 'full-load' } as const;
    const wanted = { kind: 'serverless', migration: 'full-load' } as const;

    expect(next('start-after', seen, wanted)).toMatchObject({ kind: 'fail', code: 'DMS_LOAD_INTERRUPTED' });
    expect(next('start-after', { ...seen, everRan: false }, wanted)).toMatchObject({
      type: 'start-replication',
    });
    expect(next('stop-for-delete', { ...seen, status: 'running' }, wanted)).toEqual({ kind: 'stop' });
  });

  it('tests the connections of a task until both work, and says why one does not', () => {
    const ready = { status: 'ready', everRan: false };
    const of = (source: string | null, target: string | null, failure: string | null = null) => ({
      connections: [
        { endpointArn: 'arn:source', status: source, failure },
        { endpointArn: 'arn:target', status: target, failure: null },
      ],
    });

    expect(next('start-after', ready, {}, of(null, null))).toEqual({
      kind: 'test-connections',
      endpointArns: ['arn:source', 'arn:target'],
    });
    expect(next('start-after', ready, {}, of('successful', null))).toEqual({
      kind: 'test-connections',
      endpointArns: ['arn:target'],
    });
    expect(next('start-after', ready, {}, of('testing', 'successful'))).toMatchObject({ kind: 'wait' });
    expect(next('start-after', ready, {}, of('failed', 'successful'))).toMatchObject({
      kind: 'test-connections',
    });
    expect(
      next('start-after', ready, { tested: true }, of('failed', 'successful', 'Login timeout.')),
    ).toEqual({
      kind: 'fail',
      code: 'DMS_CONNECTION_FAILED',
      message:
        'Replication crm (task shop-crm) cannot connect to arn:source: Login timeout. Check network, secret and rights, and deploy again.',
    });
  });

  it('loads added tables only where their numbers show that they were not', () => {
    const added = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ schema: 'dbo', table: name }));
    const statistics = [
      table('a', { state: 'Before load' }),
      table('b', { state: 'Full load', loadStartedAt: new Date(0) }),
      table('c', { loadStartedAt: new Date(0), loadEndedAt: new Date(1) }),
      table('d', {}),
      table('e', { reloaded: true }),
      table('old', {}),
    ];

    expect(next('start-after', {}, { added }, { statistics })).toEqual({
      kind: 'reload-tables',
      tables: [{ schema: 'dbo', table: 'd' }],
    });
  });

  it('waits for numbers of added tables, and says which DMS does not find', () => {
    const added = [{ schema: 'dbo', table: 'a' }];

    expect(next('start-after', {}, { added }, { statistics: [] })).toEqual({
      kind: 'wait',
      seconds: 30,
      why: 'DMS has no numbers yet of dbo.a',
    });
    expect(
      next('start-after', {}, { added }, { statistics: [table('a', { state: 'Table does not exist' })] }),
    ).toEqual({
      kind: 'fail',
      code: 'DMS_TABLE_MISSING',
      message:
        'Replication crm (task shop-crm): DMS does not find dbo.a at the source. Check `source` of the table, case included, and that the user of the secret may read it.',
    });
  });
});

describe('lookUps', () => {
  it('asks only for what decides', () => {
    const added = [{ schema: 'dbo', table: 'a' }];
    const asked = (
      phase: Phase,
      seen: Partial<ObservedReplication>,
      wanted: Partial<DesiredReplication> = {},
    ) => lookUps(phase, { ...desired, ...wanted }, { ...observed, ...seen });

    expect(asked('start-after', { status: 'stopped' })).toEqual({ connections: true, statistics: false });
    expect(asked('start-after', { status: 'stopped', instance: null })).toEqual({
      connections: false,
      statistics: false,
    });
    expect(asked('start-after', { status: 'running' }, { added })).toEqual({
      connections: false,
      statistics: true,
    });
    expect(asked('stop-before', { status: 'running' }, { added })).toEqual({
      connections: false,
      statistics: false,
    });
    expect(asked('start-after', { status: 'stopped' }, { running: false })).toEqual({
      connections: false,
      statistics: false,
    });
  });
});
