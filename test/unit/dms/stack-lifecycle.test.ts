import { describe, expect, it } from 'vitest';
import type { ReplicationDefinition } from '../../../lib/dms/lifecycle-event.ts';
import type { ReplicationKind } from '../../../lib/dms/dms-port.ts';
import { createDmsStandIn, type StandInOptions } from '../../helpers/dms-stand-in.ts';
import { createStack } from './stack-driver.ts';

const KINDS: readonly ReplicationKind[] = ['serverless', 'standard'];

/** Calls that a standard task needs before it starts for the first time; serverless tests its connections itself. */
const TESTED = { serverless: [], standard: ['test connection', 'test connection'] } as const;

function replication(
  kind: ReplicationKind,
  change: Partial<Omit<ReplicationDefinition, 'identity'>> & Partial<ReplicationDefinition['identity']> = {},
): ReplicationDefinition {
  const { migration = 'full-load-and-cdc', identifier = 'shop-crm', others = { database: 'crm' } } = change;
  const { running = true, tables = ['dbo.customer', 'dbo.orders'], definition = 'first', startFrom } = change;
  return {
    replication: 'crm',
    identity: { kind: change.kind ?? kind, identifier, migration, others },
    running,
    tables,
    definition,
    ...(startFrom === undefined ? {} : { startFrom }),
  };
}

function deployed(kind: ReplicationKind, options: Partial<StandInOptions> = {}) {
  const dms = createDmsStandIn({ kind, ...options });
  return { dms, stack: createStack(dms) };
}

/** A stack whose replication was started an hour ago, with the calls so far forgotten. */
async function running(
  kind: ReplicationKind,
  options: Partial<StandInOptions> = {},
  first = replication(kind),
) {
  const made = deployed(kind, options);
  await made.stack.deploy(first);
  made.dms.advance(3600);
  made.dms.calls.length = 0;
  return made;
}

describe.each(KINDS)('a %s replication in a stack', (kind) => {
  it('is started by the deploy that makes it, which returns once the start is accepted', async () => {
    const { dms, stack } = deployed(kind);

    const result = await stack.deploy(replication(kind));

    expect(result).toEqual({ status: 'COMPLETE', reason: '' });
    expect(dms.calls).toEqual(['create', ...TESTED[kind], 'start start-replication']);
    expect(stack.durations()[1]).toBeLessThan(180);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
    expect(dms.tables()).toEqual([
      { table: 'customer', state: 'Table completed', loads: 1 },
      { table: 'orders', state: 'Table completed', loads: 1 },
    ]);
  });

  it('is stopped, changed and resumed in one deploy, without a table loaded again', async () => {
    const { dms, stack } = await running(kind);

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('COMPLETE');
    expect(stack.events).toEqual(['stop Update', 'start Update', 'stop Delete']);
    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
  });

  it('waits for a stop that somebody else asked for', async () => {
    const { dms, stack } = await running(kind);
    await stopByHand(dms, kind);

    await stack.deploy(replication(kind, { definition: 'second' }));

    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
  });

  it('is resumed when it failed and the deploy changes what made it fail', async () => {
    const { dms, stack } = await running(kind);
    dms.failNow('Login failed for user dms.');

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['modify', 'start resume-processing']);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
  });

  it('stays stopped while paused, and is resumed when it no longer is', async () => {
    const { dms, stack } = await running(kind);

    await stack.deploy(replication(kind, { running: false }));
    expect(dms.status()).toBe('stopped');
    await stack.deploy(replication(kind));

    expect(dms.calls).toEqual(['stop', 'modify', 'modify', 'start resume-processing']);
  });

  it('is not started when it is made paused, and is started for the first time later', async () => {
    const { dms, stack } = deployed(kind);

    await stack.deploy(replication(kind, { running: false }));
    dms.advance(3600);
    expect(dms.calls).toEqual(['create']);
    await stack.deploy(replication(kind));

    expect(dms.calls).toEqual(['create', 'modify', ...TESTED[kind], 'start start-replication']);
  });

  it('runs again after a rollback in which its task was changed and never started', async () => {
    const { dms, stack } = await running(kind);

    const result = await stack.deploy(replication(kind, { definition: 'second' }), {
      otherFails: 'before-start',
    });

    expect(result).toEqual({ status: 'ROLLBACK_COMPLETE', reason: 'another resource failed' });
    expect(dms.calls).toEqual(['stop', 'modify', 'modify', 'start resume-processing']);
    dms.advance(3600);
    expect(dms.status()).toBe('running');
  });

  it.each(['like-update', 'backwards'] as const)(
    'runs again after a rollback that comes when it was started, undone %s',
    async (undoes) => {
      const { dms, stack } = await running(kind);

      const result = await stack.deploy(replication(kind, { definition: 'second' }), {
        otherFails: 'after-start',
        undoes,
      });

      expect(result).toEqual({ status: 'ROLLBACK_COMPLETE', reason: 'another resource failed' });
      dms.advance(3600);
      expect(dms.status()).toBe('running');
      expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
    },
  );

  it('stays paused when the deploy that would have resumed it is rolled back', async () => {
    const { dms, stack } = await running(kind);
    await stack.deploy(replication(kind, { running: false }));

    await stack.deploy(replication(kind), { otherFails: 'before-start' });
    dms.advance(3600);

    expect(dms.status()).toBe('stopped');
  });

  it('refuses to lose its position, before anything is stopped, and says what would and how to do it knowingly', async () => {
    const { dms, stack } = await running(kind);

    const result = await stack.deploy(replication(kind, { migration: 'cdc', others: { database: 'crm2' } }));

    expect(result).toEqual({
      status: 'ROLLBACK_COMPLETE',
      reason: [
        "Replication crm would be replaced and lose its position in the source's log:",
        'migration full-load-and-cdc → cdc, database crm → crm2.',
        'Set it back, or do it knowingly: give the replication a new name.',
        'Its tables are then loaded again by the new one, and their histories go on.',
      ].join(' '),
    });
    expect(dms.calls).toEqual([]);
    expect(dms.status()).toBe('running');
  });

  it('refuses to become the other kind', async () => {
    const { dms, stack } = await running(kind);
    const other = kind === 'serverless' ? 'standard' : 'serverless';

    const result = await stack.deploy(replication(kind, { kind: other }));

    expect(result.reason).toContain(`kind ${kind} → ${other}`);
    expect(dms.calls).toEqual([]);
  });

  it('can be changed again after a change was refused', async () => {
    const { dms, stack } = await running(kind);
    await stack.deploy(replication(kind, { migration: 'cdc' }));

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
  });

  it('says so when it was deleted by hand, and its stack is not left half undone', async () => {
    const { dms, stack } = await running(kind);
    dms.deleteByHand();

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.reason).toMatch(
      /is not in DMS: it was deleted by hand.*Give the replication a new name and deploy/,
    );
    expect(dms.calls).toEqual([]);
  });

  it('is stopped before its stack is deleted, and not started again', async () => {
    const { dms, stack } = await running(kind);

    const result = await stack.destroy();

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['stop', 'delete']);
    expect(dms.status()).toBeNull();
  });

  it('may be gone already when its stack is deleted', async () => {
    const { dms, stack } = await running(kind);
    dms.deleteByHand();

    expect(await stack.destroy()).toEqual({ status: 'COMPLETE', reason: '' });
  });

  it('is stopped before its stack is deleted although it has just been started', async () => {
    const { dms, stack } = deployed(kind);
    await stack.deploy(replication(kind));

    const result = await stack.destroy();

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls.slice(-2)).toEqual(['stop', 'delete']);
  });

  it('leaves alone a replication of the same name that somebody else made', async () => {
    const { dms, stack } = deployed(kind);
    dms.create({ identifier: 'shop-crm', migration: 'cdc', tables: [], tags: {} });
    dms.calls.length = 0;

    const result = await stack.deploy(replication(kind));

    expect(result.reason).toContain(
      'DMS has a replication named shop-crm already that this stack did not make',
    );
    expect(dms.calls).toEqual([]);
  });

  it('gets over calls that DMS has no time for when it is made', async () => {
    const { dms, stack } = deployed(kind);
    dms.throttle(3);

    const result = await stack.deploy(replication(kind));

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['create', ...TESTED[kind], 'start start-replication']);
  });

  it('gets over calls that DMS has no time for', async () => {
    const { dms, stack } = await running(kind);
    dms.throttle(3);

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
  });
});

describe.each(KINDS)('tables added to a running %s replication', (kind) => {
  const more = replication(kind, { tables: ['dbo.customer', 'dbo.orders', 'dbo.invoice'] });

  it('are left to DMS where it loads them by itself', async () => {
    const { dms, stack } = await running(kind);

    const result = await stack.deploy(more);
    dms.advance(3600);

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1, 1]);
  });

  it('are loaded where DMS follows them without a load, and no other table is', async () => {
    const { dms, stack } = await running(kind, { loadsAdded: false });

    const result = await stack.deploy(more);
    dms.advance(3600);

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing', 'reload invoice']);
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1, 1]);
  });

  it('are loaded ten at a time', async () => {
    const { dms, stack } = await running(kind, { loadsAdded: false });
    const tables = Array.from({ length: 23 }, (_, i) => `dbo.t${String(i).padStart(2, '0')}`);

    await stack.deploy(replication(kind, { tables: ['dbo.customer', 'dbo.orders', ...tables] }));
    dms.advance(3600);

    expect(
      dms.calls.filter((call) => call.startsWith('reload')).map((call) => call.split(' ').length - 1),
    ).toEqual([10, 10, 3]);
    expect(dms.tables().every(({ loads }) => loads === 1)).toBe(true);
  });

  it('do not keep a deploy waiting for longer than CloudFormation does', async () => {
    const { dms, stack } = await running(kind, { loadsAdded: false });
    dms.setProvisioning(7200);

    const result = await stack.deploy(more);

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(
      kind === 'serverless'
        ? ['stop', 'modify', 'start resume-processing']
        : ['stop', 'modify', 'start resume-processing', 'reload invoice'],
    );
    expect(Math.max(...stack.durations())).toBeLessThan(3600);
  });
});

describe('a full load without changes', () => {
  const once = (kind: ReplicationKind, change = {}) =>
    replication(kind, { migration: 'full-load', ...change });

  it.each(KINDS)('that finished is not begun again by a later deploy (%s)', async (kind) => {
    const { dms, stack } = await running(kind, {}, once(kind));
    expect(dms.status()).toBe('stopped');

    const result = await stack.deploy(once(kind, { definition: 'second' }));
    dms.advance(3600);

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls).toEqual(['modify']);
  });

  it('that finished loads just the added tables of a task', async () => {
    const { dms, stack } = await running('standard', {}, once('standard'));

    await stack.deploy(once('standard', { tables: ['dbo.customer', 'dbo.orders', 'dbo.invoice'] }));
    dms.advance(3600);

    expect(dms.calls).toEqual(['modify', 'start resume-processing']);
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1, 1]);
  });

  it('that finished on serverless refuses added tables rather than load all again', async () => {
    const { dms, stack } = await running('serverless', {}, once('serverless'));

    const result = await stack.deploy(
      once('serverless', { tables: ['dbo.customer', 'dbo.orders', 'dbo.invoice'] }),
    );

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.reason).toContain(
      'cannot load dbo.invoice alone. Copy added tables by a replication of their own.',
    );
    expect(dms.calls.filter((call) => call.startsWith('start'))).toEqual([]);
  });

  it('is not interrupted on serverless, which could not resume it', async () => {
    const { dms, stack } = deployed('serverless', { loadSeconds: 7200 });
    await stack.deploy(once('serverless'));
    dms.advance(3600);
    dms.calls.length = 0;

    const result = await stack.deploy(once('serverless', { definition: 'second' }));

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.reason).toContain(
      'in the middle of a full load, which serverless DMS cannot resume. Deploy again',
    );
    expect(dms.calls).toEqual([]);
    expect(dms.status()).toBe('running');
  });
});

describe('a replication of changes only', () => {
  it.each(KINDS)('begins where it is told to, once (%s)', async (kind) => {
    const { dms, stack } = deployed(kind);
    const cdc = (definition: string) =>
      replication(kind, { migration: 'cdc', startFrom: 'lsn:17', definition });

    await stack.deploy(cdc('first'));
    dms.advance(3600);
    await stack.deploy(cdc('second'));

    expect(dms.calls.filter((call) => call.startsWith('start'))).toEqual([
      'start start-replication from lsn:17',
      'start resume-processing',
    ]);
  });

  it('loads no added table', async () => {
    const cdc = (tables: string[]) => replication('standard', { migration: 'cdc', tables });
    const { dms, stack } = await running('standard', { loadsAdded: false }, cdc(['dbo.customer']));

    await stack.deploy(cdc(['dbo.customer', 'dbo.orders']));

    expect(dms.calls).toEqual(['stop', 'modify', 'start resume-processing']);
  });
});

describe.each(['asked', 'copied'] as const)(
  'a first run that copied nothing, when DMS counts runs by what was %s',
  (ranMeans) => {
    const quick = { ranMeans, provisioningSeconds: 0 };

    it.each(KINDS)('and failed, is begun anew by the next deploy (%s)', async (kind) => {
      const { dms, stack } = deployed(kind, quick);
      await stack.deploy(replication(kind, { running: false }));
      dms.failNextStart('No route to host.');
      await stack.deploy(replication(kind));
      dms.advance(3600);
      if (kind === 'serverless') expect(dms.status()).toBe('failed');

      const result = await stack.deploy(replication(kind, { definition: 'second' }));
      dms.advance(3600);

      expect(result.status).toBe('COMPLETE');
      expect(dms.status()).toBe('running');
      expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
    });

    it('and was stopped by another deploy while it looked for capacity, is begun anew', async () => {
      const { dms, stack } = deployed('serverless', { ...quick, provisioningSeconds: 3000 });
      await stack.deploy(replication('serverless'));
      dms.advance(600);

      const result = await stack.deploy(replication('serverless', { definition: 'second' }));
      dms.advance(7200);

      expect(result.status).toBe('COMPLETE');
      expect(dms.status()).toBe('running');
      expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
    });
  },
);

describe('a first run that copied nothing, when a resumed one only follows changes', () => {
  const quick = { ranMeans: 'asked', resumeLoads: false, provisioningSeconds: 0 } as const;

  it.each(KINDS)('has every table loaded all the same (%s)', async (kind) => {
    const { dms, stack } = deployed(kind, quick);
    await stack.deploy(replication(kind, { running: false }));
    dms.failNextStart('No route to host.');
    await stack.deploy(replication(kind));
    dms.advance(3600);

    const result = await stack.deploy(replication(kind, { definition: 'second' }));
    dms.advance(3600);

    expect(result.status).toBe('COMPLETE');
    expect(dms.calls.slice(-2)).toEqual(['start resume-processing', 'reload customer orders']);
    expect(dms.tables().map(({ loads }) => loads)).toEqual([1, 1]);
  });
});

describe('a serverless replication that DMS lets nobody change once it was started', () => {
  it('runs on as it was after the deploy was rolled back', async () => {
    const { dms, stack } = await running('serverless', { modifiable: 'before-start' });

    const result = await stack.deploy(replication('serverless', { definition: 'second' }));

    expect(result.reason).toBe('Replication config cannot be modified once it was started.');
    dms.advance(3600);
    expect(dms.status()).toBe('running');
  });
});

describe.each(KINDS)('a %s replication that fails as soon as it is started', (kind) => {
  /** Serverless is not waited for, so it must fail between two looks. */
  const polls = kind === 'serverless' ? { pollSeconds: 400 } : {};
  const quick = { kind, provisioningSeconds: 0 };

  it('fails the deploy in the words of DMS', async () => {
    const dms = createDmsStandIn(quick);
    const stack = createStack(dms, polls);
    await stack.deploy(replication(kind));
    dms.advance(3600);
    dms.failNextStart('The slot dms_crm is in use.');

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    const noun = kind === 'standard' ? 'task' : 'serverless replication';
    const way = "Mend the cause and deploy again: it resumes where it was. The task's log has the details.";
    expect(result).toEqual({
      status: 'ROLLBACK_COMPLETE',
      reason: `Replication crm (${noun} shop-crm) failed: The slot dms_crm is in use. ${way}`,
    });
  });

  it('goes back to the definition that worked', async () => {
    const dms = createDmsStandIn(quick);
    const stack = createStack(dms, polls);
    await stack.deploy(replication(kind));
    dms.advance(3600);
    dms.failNextStart('Column rule is not valid.');

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    expect(result.status).toBe('ROLLBACK_COMPLETE');
    expect(result.reason).toContain('failed: Column rule is not valid. Mend the cause');
    dms.advance(3600);
    expect(dms.status()).toBe('running');
  });

  it('does not hold up a rollback by failing once more, and fails the next deploy again', async () => {
    const dms = createDmsStandIn(quick);
    const stack = createStack(dms, polls);
    await stack.deploy(replication(kind));
    dms.advance(3600);
    dms.failEveryStart('The log was truncated.');

    const first = await stack.deploy(replication(kind, { definition: 'second' }));
    const second = await stack.deploy(replication(kind, { definition: 'third' }));

    expect([first.status, second.status]).toEqual(['ROLLBACK_COMPLETE', 'ROLLBACK_COMPLETE']);
    expect(second.reason).toContain('failed: The log was truncated.');
  });

  it('is no longer held against a definition that came to work', async () => {
    const dms = createDmsStandIn(quick);
    const stack = createStack(dms, polls);
    await stack.deploy(replication(kind));
    dms.advance(3600);
    dms.failEveryStart('The log was truncated.');
    await stack.deploy(replication(kind, { definition: 'second' }));
    dms.failEveryStart(null);
    const worked = await stack.deploy(replication(kind, { definition: 'second' }));
    dms.advance(3600);
    dms.failNextStart('Another reason.');

    const failed = await stack.deploy(replication(kind, { definition: 'third' }));

    expect(worked.status).toBe('COMPLETE');
    expect(failed.status).toBe('ROLLBACK_COMPLETE');
  });
});

describe.each(KINDS)('a %s replication that DMS does not finish with', (kind) => {
  it('fails the deploy before CloudFormation gives up, and says what it waited for', async () => {
    const { dms, stack } = await running(kind);
    await stopByHand(dms, kind);
    dms.freeze();

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    const noun = kind === 'standard' ? 'task' : 'serverless replication';
    expect(result).toEqual({
      status: 'ROLLBACK_COMPLETE',
      reason: `Replication crm (${noun} shop-crm) did not get ready within 50 minutes: its status is stopping (status stopping). Wait until DMS has finished what it does, and deploy again.`,
    });
  });
});

describe.each(KINDS)('a %s replication that does not stop', (kind) => {
  it.each([true, false])(
    'is not taken for stopped, in words of DMS (running afterwards: %s)',
    async (isRunning) => {
      const { dms, stack } = await running(kind);
      dms.refuseStops();

      const result = await stack.deploy(replication(kind, { definition: 'second', running: isRunning }));

      expect(result.status).toBe('ROLLBACK_COMPLETE');
      expect(result.reason).toContain('cannot be stopped while it is running state. (status running)');
      expect(dms.calls).toEqual([]);
    },
  );
});

describe.each(KINDS)('a %s replication whose tags our role may not write', (kind) => {
  it('is not started over and over when it fails', async () => {
    const { dms, stack } = await running(kind);
    dms.denyTags();
    dms.failEveryStart('The log was truncated.');

    const result = await stack.deploy(replication(kind, { definition: 'second' }));

    const starts = dms.calls.filter((call) => call.startsWith('start'));
    expect(result.status).toBe('COMPLETE');
    expect(starts.length).toBeLessThanOrEqual(2);
  });
});

describe('a task whose connection does not work', () => {
  it('fails the deploy with what DMS says of the connection', async () => {
    const { dms, stack } = deployed('standard');
    dms.failConnections('RetCode: SQL_ERROR SqlState: HYT00 Message: Login timeout expired');

    const result = await stack.deploy(replication('standard'));

    expect(result.status).toBe('FAILED');
    expect(result.reason).toMatch(
      /cannot connect to arn:aws:dms:\S+:endpoint:S: .*Login timeout expired\. Check network/,
    );
    expect(dms.calls).toEqual(['create', 'test connection', 'test connection', 'delete']);
  });
});

async function stopByHand(dms: ReturnType<typeof createDmsStandIn>, kind: ReplicationKind): Promise<void> {
  const { createDmsClient } = await import('../../../lib/aws/dms-client.ts');
  const port = createDmsClient(dms.sender);
  const found = await port.describe({ kind, identifier: 'shop-crm' });
  if (found) await port.stop(found);
}
