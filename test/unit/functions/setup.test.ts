import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../../../lib/clock.ts';
import { type PipelineError, TerminalError, TransientError } from '../../../lib/errors.ts';
import { forDeploy } from '../../../lib/functions/deploy-error.ts';
import type { FunctionScope } from '../../../lib/functions/function-scope.ts';
import { setupLakehouse } from '../../../lib/functions/setup.ts';
import { addSeconds } from '../../../lib/instant.ts';
import { NO_FAULTS } from '../../../lib/ports.ts';
import type { Workspace } from '../../../lib/workspace.ts';
import { createUnityService, UNITY_ROLE, type UnityService } from '../../helpers/unity-service.ts';
import { EMPTY_LEDGER, type Script, scriptedUnity, unityConfig } from '../catalog/scripted-unity.ts';

const CREDENTIAL = {
  Step: 'storage-credential',
  Name: 'shop',
  RoleArn: 'arn:aws:iam::111122223333:role/shop-lakehouse',
  UnityCatalogRoleArn: UNITY_ROLE,
};
const LAKEHOUSE = {
  Step: 'lakehouse',
  LocationName: 'shop',
  LocationUrl: 's3://shop-lake',
  CredentialName: 'shop',
  Setup: 'true',
  Definition: 'abc',
};

interface Lab {
  readonly service: UnityService;
  readonly executed: string[];
  readonly lines: (readonly [string, Readonly<Record<string, unknown>>])[];
  /** Times that the workspace was opened, and that its REST interface was. */
  readonly opened: { workspace: number; rest: number };
  wait(minutes: number): void;
  /** One call of the function, as the provider framework makes it. */
  call(event: object, timeLeft?: () => number): Promise<Record<string, unknown>>;
  /** An event from its beginning to the first answer that is no "not yet". */
  settle(type: string, properties: object): Promise<Record<string, unknown>>;
}

const CUSTOMER = '{name: customer, keys: [id], columns: {id: bigint}}';

function openLab(script: Script = {}, tables = CUSTOMER, lines: readonly string[] = []): Lab {
  const service = createUnityService();
  const { engine, executed } = scriptedUnity(script);
  const config = unityConfig(tables, lines);
  const told: (readonly [string, Readonly<Record<string, unknown>>])[] = [];
  const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    told.push([message, fields]);
  };
  let now = createSystemClock().now();
  const opened = { workspace: 0, rest: 0 };
  const clock = { now: () => now };
  const scope: FunctionScope = {
    config,
    env: {},
    clock,
    logger: { info: log, warn: log },
    faults: NO_FAULTS,
    queues: { send: () => Promise.reject(new Error('nobody is rung')) },
    metrics: { add: () => {} },
    store: () => {
      throw new Error('no file is looked at');
    },
    workspace: async () => {
      opened.workspace += 1;
      return { config, engine, ledger: EMPTY_LEDGER, clock } as unknown as Workspace;
    },
  };
  const lab: Lab = {
    service,
    executed,
    lines: told,
    opened,
    wait: (minutes) => {
      now = addSeconds(now, minutes * 60);
    },
    async call(event, timeLeft = () => 600_000) {
      const connect = async () => {
        opened.rest += 1;
        return {
          request: async (method: string, path: string, { body }: { body?: Uint8Array } = {}) => {
            const text = Buffer.from(body ?? '').toString();
            const reply = service.answer(method, path, text === '' ? {} : JSON.parse(text));
            return { ...reply, body: Buffer.from(reply.body) };
          },
        };
      };
      const given: unknown = JSON.parse(JSON.stringify(event));
      const answer = await forDeploy(() => setupLakehouse(scope, given, { timeLeft, connect }));
      return JSON.parse(JSON.stringify(answer)) as Record<string, unknown>;
    },
    async settle(type, properties) {
      const event = { RequestType: type, PhysicalResourceId: 'p', ResourceProperties: properties };
      const begun = await lab.call(event);
      for (;;) {
        const answer = await lab.call({ ...event, ...begun });
        if (answer.IsComplete === true) return { ...answer, PhysicalResourceId: begun.PhysicalResourceId };
        lab.wait(1);
      }
    },
  };
  return lab;
}

const refusing =
  (pattern: RegExp, error: () => PipelineError) =>
  (sql: string): PipelineError | null =>
    pattern.test(sql) ? error() : null;
const denied = () => new TerminalError('PERMISSION_DENIED', 'You may not do that.');

/** A catalog where what is made is there afterwards, as far as setup looks. */
function growing(script: Script = {}): Script {
  const grown: Script = { schemas: ['crm'], volumes: [], tables: {}, ...script };
  return {
    ...grown,
    answer: (sql) => {
      const [, volume, location] =
        /volume if not exists `main`.`crm`.`(.+)`\nlocation '(.*)'$/.exec(sql) ?? [];
      if (volume) grown.volumes!.push([volume, 'EXTERNAL', location!]);
      return {};
    },
  };
}

describe('the function of the lakehouse', () => {
  it('makes the storage credential and tells its external id', async () => {
    const lab = openLab();

    expect(await lab.settle('Create', CREDENTIAL)).toEqual({
      IsComplete: true,
      PhysicalResourceId: 'storage-credential/shop',
      Data: { ExternalId: '00000000-0000-0000-0000-000000000001' },
    });
    expect(lab.executed).toEqual([]);
  });

  it('makes the location and then what setup makes, in one event', async () => {
    const lab = openLab(growing({ schemas: [] }));
    await lab.settle('Create', CREDENTIAL);

    await lab.settle('Create', LAKEHOUSE);

    expect(lab.service.locations.size).toBe(1);
    const made = lab.executed.map((sql) => sql.split('\n')[0]!.split(' (')[0]);
    expect(made.slice(0, 3)).toEqual([
      'create schema if not exists `main`.`crm`',
      'create table if not exists `main`.`crm`.`_tidemark_heads`',
      'create table if not exists `main`.`crm`.`_tidemark_batches`',
    ]);
    expect(made).toContain('create external volume if not exists `main`.`crm`.`customer_incoming`');
    expect(made).toContain('create table if not exists `main`.`crm`.`customer`');
  });

  it('opens nothing and reads no secret when the stack is deleted', async () => {
    const lab = openLab({ refuse: () => denied() });

    for (const properties of [CREDENTIAL, LAKEHOUSE]) {
      expect(await lab.settle('Delete', properties)).toEqual({ IsComplete: true, PhysicalResourceId: 'p' });
    }
    expect(lab.opened).toEqual({ workspace: 0, rest: 0 });
    expect(lab.executed).toEqual([]);
  });

  it('says in one message what an administrator has to run', async () => {
    const refuse = refusing(/^create (external volume|table)/, denied);
    const script = growing({ refuse, principal: 'svc"1' });
    const lab = openLab(script, `${CUSTOMER}\n{name: orders, keys: [id]}`);
    const event = { RequestType: 'Create', ResourceProperties: { ...LAKEHOUSE, LocationName: undefined } };
    const begun = await lab.call(event);

    const failed = lab.call({ ...event, ...begun });

    await expect(failed).rejects.toThrow(/^Setup could not bring \d+ of \d+ objects in Databricks to where/);
    const { message } = (await failed.catch((error: unknown) => error)) as Error;
    // Those that mend most come first, each once.
    const statements = message.split('is missing: ')[1]!.split('; ');
    expect(statements.slice(0, 2)).toEqual([
      'grant use schema, create table on schema `main`.`crm` to `svc"1`',
      'grant use schema, create volume on schema `main`.`crm` to `svc"1`',
    ]);
    expect(new Set(statements).size).toBe(statements.length);
    expect(message).toMatch(/\(SETUP_INCOMPLETE\)$/);
    expect(Buffer.byteLength(message)).toBeLessThan(2600);
  });

  it('keeps that message small however many tables there are', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `{name: "t_${i}_${'ü'.repeat(50)}", keys: [id]}`);
    const lab = openLab(growing({ refuse: refusing(/volume/, denied) }), `${CUSTOMER}\n${names.join('\n')}`);
    const event = { RequestType: 'Update', ResourceProperties: { ...LAKEHOUSE, LocationName: undefined } };
    const begun = await lab.call(event);

    const { message } = (await lab.call({ ...event, ...begun }).catch((error: unknown) => error)) as Error;

    expect(message).toMatch(/^Setup could not bring 603 of /);
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(2500);
  });

  it('is called again while a warehouse starts or a table is written, and says why in the end', async () => {
    let isBusy = true;
    const busy = () => new TransientError('WAREHOUSE_STARTING', 'The warehouse has not started yet.');
    const refuse = (sql: string) => (isBusy && sql.startsWith('show schemas') ? busy() : null);
    const lab = openLab(growing({ refuse }));
    const event = { RequestType: 'Create', ResourceProperties: { ...LAKEHOUSE, LocationName: undefined } };
    const begun = await lab.call(event);

    expect(await lab.call({ ...event, ...begun })).toEqual({ IsComplete: false });
    lab.wait(44);
    expect(await lab.call({ ...event, ...begun })).toEqual({ IsComplete: false });
    lab.wait(2);
    await expect(lab.call({ ...event, ...begun })).rejects.toThrow(
      /schema crm: The warehouse has not started yet\./,
    );
    isBusy = false;
    expect(await lab.call({ ...event, ...begun })).toEqual({ IsComplete: true });
  });

  it('ends a call in time and goes on in the next, with nothing made twice', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `{name: t${i}, keys: [id]}`);
    const lab = openLab(growing(), `${CUSTOMER}\n${names.join('\n')}`);
    const event = { RequestType: 'Create', ResourceProperties: { ...LAKEHOUSE, LocationName: undefined } };
    const begun = await lab.call(event);
    const volumes = () => lab.executed.filter((sql) => sql.startsWith('create external volume'));
    const hurried = () => {
      let left = 600_000;
      return () => {
        left -= 30_000;
        return left;
      };
    };

    const first = await lab.call({ ...event, ...begun }, hurried());
    const made = volumes().length;
    const second = await lab.call({ ...event, ...begun });

    expect([first.IsComplete, second.IsComplete]).toEqual([false, true]);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(303);
    expect(volumes()).toHaveLength(303);
    expect(new Set(volumes()).size).toBe(303);
  });

  it('refuses an event of something else', async () => {
    await expect(openLab().call({ RequestType: 'Create', ResourceProperties: {} })).rejects.toThrow(
      /\(LAKEHOUSE_EVENT_INVALID\)$/,
    );
  });

  it('logs counts and names of objects, and no statement', async () => {
    const lab = openLab(growing({ refuse: refusing(/^create external volume/, denied) }));
    const event = { RequestType: 'Create', ResourceProperties: { ...LAKEHOUSE, LocationName: undefined } };
    const begun = await lab.call(event);

    await lab.call({ ...event, ...begun }).catch(() => {});

    expect(lab.lines).toContainEqual([
      'Not as it must be',
      {
        kind: 'volume',
        object: 'customer_incoming',
        state: 'denied',
        code: 'PERMISSION_DENIED',
        reason: 'You may not do that.',
      },
    ]);
  });
});
