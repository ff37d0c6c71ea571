import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { describe, expect, it } from 'vitest';
import { createDmsClient } from '../../../lib/aws/dms-client.ts';
import { toDmsError } from '../../../lib/aws/dms-errors.ts';
import type { ReplicationKind } from '../../../lib/dms/dms-port.ts';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { createDmsStandIn } from '../../helpers/dms-stand-in.ts';

const KINDS: readonly ReplicationKind[] = ['serverless', 'standard'];
const REF = { identifier: 'shop-crm' };
const TABLES = ['a', 'b', 'c', 'd', 'e'].map((table) => ({ schema: 'dbo', table }));

function made(kind: ReplicationKind) {
  const dms = createDmsStandIn({ kind, provisioningSeconds: 10 });
  dms.create({ identifier: 'shop-crm', migration: 'full-load-and-cdc', tables: TABLES, tags: { one: '1' } });
  return { dms, port: createDmsClient(dms.sender), ref: { ...REF, kind } };
}

async function started(kind: ReplicationKind) {
  const { dms, port, ref } = made(kind);
  const found = (await port.describe(ref))!;
  for (const endpoint of found.instance?.endpointArns ?? []) {
    await port.testConnection(found.instance!.instanceArn, endpoint);
  }
  dms.advance(60);
  await port.start(found, 'start-replication', null);
  dms.advance(1200);
  return { dms, port, ref, found };
}

describe.each(KINDS)('createDmsClient, %s', (kind) => {
  it('describes what is there, and finds nothing where nothing is', async () => {
    const { port, ref } = made(kind);

    expect(await port.describe(ref)).toMatchObject({
      kind,
      status: kind === 'serverless' ? 'created' : 'ready',
      migration: 'full-load-and-cdc',
      stopReason: null,
      failures: [],
      everRan: false,
      hasCopied: false,
    });
    expect(await port.describe({ kind, identifier: 'another' })).toBeNull();
  });

  it('tells that it ran, why it stopped and what failed', async () => {
    const { dms, port, ref, found } = await started(kind);

    await port.stop(found);
    dms.advance(60);
    expect(await port.describe(ref)).toMatchObject({
      status: 'stopped',
      everRan: true,
      hasCopied: true,
      stopReason: 'NORMAL',
    });
    dms.failNow('No space left.');
    expect(await port.describe(ref)).toMatchObject({
      status: 'failed',
      everRan: true,
      failures: ['No space left.'],
    });
  });

  it('takes one that failed before its first row for one that never ran', async () => {
    const { dms, port, ref } = made(kind);
    dms.failNow('Test connection failed.');

    expect(await port.describe(ref)).toMatchObject({ status: 'failed', everRan: false, hasCopied: false });
  });

  it('reads the numbers of all tables, page by page', async () => {
    const { port, found } = await started(kind);

    const statistics = await port.tableStatistics(found);

    expect(statistics.map(({ table }) => table)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(statistics[0]).toEqual({
      schema: 'dbo',
      table: 'a',
      state: 'Table completed',
      loadedRows: 100,
      loadStartedAt: expect.any(Date),
      loadEndedAt: expect.any(Date),
      reloaded: false,
    });
  });

  it('loads tables again', async () => {
    const { dms, port, found } = await started(kind);

    await port.reloadTables(found, TABLES.slice(0, 2));

    expect(dms.calls.at(-1)).toBe('reload a b');
  });

  it('reads and writes tags', async () => {
    const { port, ref } = made(kind);
    const found = (await port.describe(ref))!;

    await port.tag(found, 'two', '2');
    await port.tag(found, 'one', '');

    expect(await port.tags(found)).toEqual({ one: '', two: '2' });
  });

  it('takes a stop of what is gone for done, and one at the wrong moment for something to wait for', async () => {
    const { dms, port, found } = await started(kind);

    await port.stop(found);
    await expect(port.stop(found)).rejects.toMatchObject({ code: 'DMS_BUSY' });
    dms.deleteByHand();
    await expect(port.stop(found)).resolves.toBeUndefined();
  });

  it("passes on DMS's refusal in its own words", async () => {
    const { dms, port, found } = await started(kind);
    await port.stop(found);
    dms.advance(60);

    const again = port.start(found, 'start-replication', null);

    await expect(again).rejects.toThrow(
      /^DMS could not start arn:\S+: .*valid only for tasks running for the first time\.$/,
    );
    await expect(again).rejects.toMatchObject({ code: 'DMS_REFUSED' });
  });
});

describe('createDmsClient', () => {
  it('tells of each connection of a task, tested or not', async () => {
    const { dms, port, ref } = made('standard');
    const ends = (await port.describe(ref))!.instance!;
    const states = async () => (await port.connections(ends)).map(({ status }) => status);

    expect(await states()).toEqual([null, null]);
    await port.testConnection(ends.instanceArn, ends.endpointArns[0]!);
    expect(await states()).toEqual(['testing', null]);
    dms.advance(60);
    expect(await states()).toEqual(['successful', null]);
  });

  it('takes the client of the SDK', () => {
    const client = new DatabaseMigrationServiceClient({ region: 'eu-central-1' });

    expect(Object.keys(createDmsClient(client))).toContain('describe');
    client.destroy();
  });
});

describe('toDmsError', () => {
  const thrown = (name: string, status = 400) =>
    Object.assign(new Error('said'), { name, $metadata: { httpStatusCode: status } });

  it.each([
    ['InvalidResourceStateFault', 400, TransientError, 'DMS_BUSY'],
    ['ThrottlingException', 400, TransientError, 'DMS_THROTTLED'],
    ['RequestLimitExceeded', 400, TransientError, 'DMS_THROTTLED'],
    ['TimeoutError', 0, TransientError, 'DMS_UNAVAILABLE'],
    ['InternalFailure', 500, TransientError, 'DMS_UNAVAILABLE'],
    ['WhateverElse', 503, TransientError, 'DMS_UNAVAILABLE'],
    ['AccessDeniedException', 400, TerminalError, 'DMS_DENIED'],
    ['InvalidParameterValueException', 400, TerminalError, 'DMS_REFUSED'],
    ['KMSAccessDeniedFault', 400, TerminalError, 'DMS_REFUSED'],
  ] as const)('makes of %s (%d) what it is', (name, status, Kind, code) => {
    const error = toDmsError(thrown(name, status), 'stop it');

    expect(error).toBeInstanceOf(Kind);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^DMS could not stop it: said\./);
  });

  it('knows a broken connection by its code', () => {
    const error = toDmsError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'stop it');

    expect(error).toMatchObject({ code: 'DMS_UNAVAILABLE' });
  });

  it.each([undefined, null, 'text', 7, {}])('makes something of %s', (value) => {
    expect(toDmsError(value, 'stop it').message).toBe('DMS could not stop it: no reason given.');
  });

  it('leaves errors of ours alone', () => {
    const ours = new TerminalError('X', 'x');

    expect(toDmsError(ours, 'stop it')).toBe(ours);
  });
});
