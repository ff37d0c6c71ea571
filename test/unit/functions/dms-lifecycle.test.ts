import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { afterEach, describe, expect, it } from 'vitest';
import { clientSettings } from '../../../lib/aws/client-settings.ts';
import { createDmsClient } from '../../../lib/aws/dms-client.ts';
import { withinTime } from '../../../lib/aws/dms-sender.ts';
import type { ReplicationKind } from '../../../lib/dms/dms-port.ts';
import type { ReplicationDefinition } from '../../../lib/dms/lifecycle-event.ts';
import type { LifecycleRequest } from '../../../lib/dms/lifecycle-request.ts';
import { forDeploy } from '../../../lib/functions/deploy-error.ts';
import { dmsLifecycle } from '../../../lib/functions/dms-lifecycle.ts';
import { type DmsServer, startDmsServer } from '../../helpers/dms-server.ts';
import { createDmsStandIn, type StandInOptions } from '../../helpers/dms-stand-in.ts';
import { createStack } from '../dms/stack-driver.ts';

const KINDS: readonly ReplicationKind[] = ['serverless', 'standard'];

/** Time that one call of the function has. */
const CALL_MS = 3000;

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Lab {
  readonly dms: ReturnType<typeof createDmsStandIn>;
  readonly server: DmsServer;
  readonly stack: ReturnType<typeof createStack>;
  readonly lines: (readonly [string, Readonly<Record<string, unknown>>])[];
  readonly call: (event: LifecycleRequest) => ReturnType<typeof dmsLifecycle>;
}

/** The function in front of the SDK in front of the stand-in, and CloudFormation that calls it as JSON. */
async function openLab(
  kind: ReplicationKind,
  options: Partial<StandInOptions> = {},
  tryMs = 2000,
): Promise<Lab> {
  const dms = createDmsStandIn({ kind, ...options });
  const server = await startDmsServer(dms);
  const client = new DatabaseMigrationServiceClient({
    ...clientSettings(tryMs),
    region: 'eu-central-1',
    endpoint: server.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  });
  closing.push(server.close, () => client.destroy());
  const lines: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    lines.push([message, fields]);
  };
  const call = async (event: LifecycleRequest) => {
    const end = Date.now() + CALL_MS;
    const port = createDmsClient(withinTime(client, () => end - Date.now()));
    const given = JSON.parse(JSON.stringify(event)) as LifecycleRequest;
    const deps = { dms: port, logger: { info: log, warn: log }, now: dms.now };
    const answer = await forDeploy(() => dmsLifecycle(given, deps));
    return JSON.parse(JSON.stringify(answer)) as typeof answer;
  };
  return { dms, server, stack: createStack(dms, { call }), lines, call };
}

function replication(
  kind: ReplicationKind,
  definition = 'first',
  change: Partial<ReplicationDefinition> = {},
): ReplicationDefinition {
  return {
    replication: 'crm',
    identity: {
      kind,
      identifier: 'shop-crm',
      migration: 'full-load-and-cdc',
      others: { database: 'crm' },
    },
    running: true,
    tables: ['dbo.customer', 'dbo.orders'],
    definition,
    ...change,
  };
}

async function openRunning(kind: ReplicationKind, options?: Partial<StandInOptions>): Promise<Lab> {
  const lab = await openLab(kind, options);
  await lab.stack.deploy(replication(kind));
  lab.dms.advance(3600);
  lab.dms.calls.length = 0;
  lab.lines.length = 0;
  return lab;
}

const OK = { status: 'COMPLETE', reason: '' };

describe.each(KINDS)('the function of a %s replication, through the SDK', (kind) => {
  it('starts it when it is created', async () => {
    const { dms, stack, server } = await openLab(kind);

    expect(await stack.deploy(replication(kind))).toEqual(OK);
    dms.advance(3600);

    expect(dms.status()).toBe('running');
    const started = server.asked.filter(({ action }) => action.startsWith('StartReplication'));
    expect(started).toEqual([
      kind === 'standard'
        ? {
            action: 'StartReplicationTask',
            input: {
              ReplicationTaskArn: 'arn:aws:dms:eu-central-1:111122223333:task:T',
              StartReplicationTaskType: 'start-replication',
            },
          }
        : {
            action: 'StartReplication',
            input: {
              ReplicationConfigArn: 'arn:aws:dms:eu-central-1:111122223333:replication-config:C',
              StartReplicationType: 'start-replication',
            },
          },
    ]);
  });

  it('stops, and then resumes it, when its definition changes', async () => {
    const { dms, stack } = await openRunning(kind);

    expect(await stack.deploy(replication(kind, 'second'))).toEqual(OK);

    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
  });

  it('loads only the tables that were added', async () => {
    const { dms, stack } = await openRunning(kind, { loadsAdded: false, provisioningSeconds: 60 });
    const tables = ['dbo.customer', 'dbo.orders', 'dbo.items'];

    expect(await stack.deploy(replication(kind, 'second', { tables }))).toEqual(OK);
    dms.advance(3600);

    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing', 'reload items']);
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1, 1]);
  });

  it('resumes one that failed, once what made it fail is changed', async () => {
    const { dms, stack } = await openRunning(kind);
    dms.failNow('Disk full.');

    expect(await stack.deploy(replication(kind, 'second'))).toEqual(OK);

    expect(dms.calls).toEqual(['modify', 'start resume-processing']);
  });

  it('fails the deploy with what DMS says of one that fails as soon as it is started', async () => {
    // Serverless says so only where a deploy waits for it, as for added tables.
    const { dms, stack } = await openRunning(kind);
    dms.setProvisioning(60);
    dms.failNextStart('Last Error: login failed for user "dms".');
    const tables = ['dbo.customer', 'dbo.orders', 'dbo.items'];

    const result = await stack.deploy(replication(kind, 'second', { tables }));

    const noun = kind === 'standard' ? 'task' : 'serverless replication';
    expect(result).toEqual({
      status: 'ROLLBACK_COMPLETE',
      reason: `Replication crm (${noun} shop-crm) failed: Last Error: login failed for user "dms". Mend the cause and deploy again: it resumes where it was. The task's log has the details. (DMS_REPLICATION_FAILED)`,
    });
  });

  it('takes one that somebody started meanwhile for started', async () => {
    const { dms, stack, call } = await openRunning(kind);
    await stack.deploy(replication(kind, 'first', { running: false }));
    dms.advance(3600);
    const port = createDmsClient(dms.sender);
    const found = await port.describe({ kind, identifier: 'shop-crm' });
    await port.start(found!, 'resume-processing', null);
    dms.advance(3600);
    dms.calls.length = 0;

    const event = {
      RequestType: 'Create',
      RequestId: 'r',
      ResourceProperties: createProperties(kind),
    } as const;
    const begun = await call(event);

    expect(await call({ ...event, ...begun })).toMatchObject({
      IsComplete: true,
      Data: { Status: 'running' },
    });
    expect(dms.calls).toEqual([]);
  });

  it('says that it was deleted by hand, and lets its stack be deleted all the same', async () => {
    const { dms, stack } = await openRunning(kind);
    dms.deleteByHand();

    const failed = await stack.deploy(replication(kind, 'second'));

    expect(failed.reason).toMatch(/is not in DMS: it was deleted by hand.*\(DMS_REPLICATION_GONE\)$/);
    expect((await stack.destroy()).status).toBe('COMPLETE');
  });

  it('waits over many polls for what DMS takes its time for', async () => {
    const { dms, stack } = await openRunning(kind, { provisioningSeconds: 1500 });
    const tables = ['dbo.customer', 'dbo.orders', 'dbo.items'];

    expect(await stack.deploy(replication(kind, 'second', { tables }))).toEqual(OK);

    if (kind === 'serverless') expect(Math.max(...stack.durations())).toBeGreaterThan(1500);
    expect(dms.status()).toBe('running');
  });

  it('stops a running one before it is deleted', async () => {
    const { dms, stack } = await openRunning(kind);

    expect((await stack.destroy()).status).toBe('COMPLETE');

    expect(dms.calls).toEqual(['stop', 'delete']);
  });

  it('gets over a DMS that is throttled, broken, cut off or silent, and starts it once', async () => {
    const { dms, stack, server } = await openLab(kind, {}, 300);
    dms.throttle(2);
    server.trouble(/./, 'fail', 'cut', 'hang', 'fail');

    expect(await stack.deploy(replication(kind))).toEqual(OK);
    dms.advance(3600);

    expect(dms.status()).toBe('running');
    expect(dms.calls.filter((made) => made.startsWith('start'))).toEqual(['start start-replication']);
  });

  it('does not start it twice when the answer to the start is lost', async () => {
    const { dms, stack, server } = await openLab(kind);
    server.trouble(/^StartReplication/, 'cut-after');

    expect(await stack.deploy(replication(kind))).toEqual(OK);
    dms.advance(3600);

    expect(dms.status()).toBe('running');
    expect(dms.calls.filter((made) => made.startsWith('start'))).toEqual(['start start-replication']);
  });

  it('answers in time when DMS never does, and looks again at the next poll', async () => {
    const { server, call } = await openLab(kind, {}, 60_000);
    server.trouble(/./, 'hang', 'hang');
    const event = {
      RequestType: 'Create',
      RequestId: 'r',
      ResourceProperties: createProperties(kind),
    } as const;

    const began = Date.now();
    const begun = await call(event);

    expect(begun).toMatchObject({ PhysicalResourceId: 'shop-crm.start' });
    expect(await call({ ...event, ...begun })).toEqual({ IsComplete: false });
    expect(Date.now() - began).toBeLessThan(4 * CALL_MS);
  });
});

function createProperties(kind: ReplicationKind): Readonly<Record<string, unknown>> {
  return {
    Role: 'start',
    Replication: 'crm',
    Kind: kind,
    Identifier: 'shop-crm',
    Migration: 'full-load-and-cdc',
    Running: 'true',
    Tables: ['dbo.customer', 'dbo.orders'],
    Identity: {},
    Definition: 'd',
  };
}

describe('the function of a replication', () => {
  it('ends an event that it cannot read, rather than leave it without an answer', async () => {
    const { call } = await openLab('standard');

    const refused = call({ RequestType: 'Update', RequestId: 'r', ResourceProperties: { Role: 'sleep' } });

    await expect(refused).rejects.toThrow(
      /^The custom resource of a replication was called .*\(DMS_EVENT_INVALID\)$/,
    );
  });

  it('logs what it was asked and what came of it, and no properties', async () => {
    const { stack, lines } = await openLab('standard');

    await stack.deploy(replication('standard'));

    const told = lines.map(([message, fields]) => [message, fields.role, fields.complete, fields.status]);
    expect(told.slice(0, 3)).toEqual([
      ['Event begun', 'stop', undefined, undefined],
      ['Event looked at', 'stop', true, 'none'],
      ['Event begun', 'start', undefined, undefined],
    ]);
    expect(told.at(-1)).toEqual(['Event looked at', 'start', true, 'running']);
    expect(JSON.stringify(lines)).not.toContain('dbo.customer');
  });

  it('keeps an answer small enough for CloudFormation, however much DMS says', async () => {
    const { dms, call } = await openRunning('standard');
    dms.failNow('ü"'.repeat(4000));
    const properties = { ...createProperties('standard'), Role: 'stop' };
    // The stack goes back to what failed: no failure, and a note.
    dms.failEveryStart('ü"'.repeat(4000));
    const event = { RequestType: 'Delete', RequestId: 'r', ResourceProperties: properties } as const;
    const begun = await call({ ...event, PhysicalResourceId: 'shop-crm.a.b.c' });
    let answer = await call({ ...event, ...begun });
    for (let polls = 0; polls < 20 && 'IsComplete' in answer && !answer.IsComplete; polls += 1) {
      dms.advance(60);
      answer = await call({ ...event, ...begun });
    }

    expect(answer).toMatchObject({
      IsComplete: true,
      Data: { Status: 'failed', Note: expect.stringContaining('ü"ü"') },
    });
    expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(2000);
  });
});
