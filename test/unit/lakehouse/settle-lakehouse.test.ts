import { beforeEach, describe, expect, it } from 'vitest';
import { parseLakehouseEvent } from '../../../lib/lakehouse/lakehouse-event.ts';
import { type LakehouseDeps, settleLakehouse } from '../../../lib/lakehouse/settle-lakehouse.ts';
import type { UnityClient } from '../../../lib/lakehouse/unity-client.ts';
import {
  createUnityService,
  UNITY_ROLE,
  type UnityService,
  unityError,
} from '../../helpers/unity-service.ts';

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
const STARTED = '2024-05-01T10:00:00.000Z';

let service: UnityService;
let setups: number;
let setupDone: boolean;
let minutes: number;

const client = (): UnityClient => ({
  request: async (method, path, { body } = {}) => {
    const text = Buffer.from(body ?? '').toString();
    const reply = service.answer(method, path, text === '' ? {} : JSON.parse(text));
    return { ...reply, body: Buffer.from(reply.body) };
  },
});
const deps = (): LakehouseDeps => ({
  client: client(),
  now: () => new Date(Date.parse(STARTED) + minutes * 60_000),
  setup: async () => {
    setups += 1;
    return setupDone;
  },
});
const event = (RequestType: string, ResourceProperties: object, more: object = {}) =>
  parseLakehouseEvent({ RequestType, ResourceProperties, ServiceToken: 'x', ...more });
const begin = (type: string, properties: object, more?: object) =>
  settleLakehouse(event(type, properties, more), deps());
const goOn = (type: string, properties: object) =>
  settleLakehouse(event(type, properties, { Data: { StartedAt: STARTED } }), deps());
const done = (type: string, properties: object): Promise<boolean> =>
  goOn(type, properties).then((answer) => 'IsComplete' in answer && answer.IsComplete);

beforeEach(() => {
  service = createUnityService();
  setups = 0;
  setupDone = true;
  minutes = 0;
});

describe('the storage credential of a deploy', () => {
  it('comes with the external id that the template puts into the role', async () => {
    expect(await begin('Create', CREDENTIAL)).toEqual({
      PhysicalResourceId: 'storage-credential/shop',
      Data: { StartedAt: STARTED },
    });
    expect(await goOn('Create', CREDENTIAL)).toEqual({
      IsComplete: true,
      Data: { ExternalId: '00000000-0000-0000-0000-000000000001' },
    });
  });

  it('keeps its external id when the stack is deleted and deployed again', async () => {
    const first = await goOn('Create', CREDENTIAL);
    await goOn('Delete', CREDENTIAL);
    const again = await goOn('Create', CREDENTIAL);

    expect(again).toEqual(first);
  });

  it('is left alone by a delete, which asks Databricks nothing', async () => {
    const id = { PhysicalResourceId: 'storage-credential/old' };

    expect(await begin('Delete', CREDENTIAL, id)).toMatchObject(id);
    expect(await goOn('Delete', CREDENTIAL)).toEqual({ IsComplete: true });
    expect(service.calls).toEqual([]);
  });

  it('is tried for some minutes while the workspace does not answer properly', async () => {
    const busy = unityError(503, 'TEMPORARILY_UNAVAILABLE');
    service.faults.push(busy, busy);

    expect(await goOn('Create', CREDENTIAL)).toEqual({ IsComplete: false });
    minutes = 6;
    await expect(goOn('Create', CREDENTIAL)).rejects.toMatchObject({ code: 'DATABRICKS_UNAVAILABLE' });
  });
});

describe('external location and setup of a deploy', () => {
  it('are made once the role is usable, setup last', async () => {
    service.failing = { operation: 'READ', message: 'The role cannot be assumed.' };

    const early = await done('Create', LAKEHOUSE);
    const setupsBefore = setups;
    service.failing = null;
    const late = await done('Create', LAKEHOUSE);

    expect([early, setupsBefore, late, setups]).toEqual([false, 0, true, 1]);
    expect([...service.locations.keys()]).toEqual(['shop']);
  });

  it('fail with what Databricks says, and what the role must trust, when the role stays unusable', async () => {
    await goOn('Create', CREDENTIAL);
    service.failing = { operation: 'READ', message: 'AWS IAM role does not have READ permissions.' };
    minutes = 6;

    await expect(goOn('Create', LAKEHOUSE)).rejects.toMatchObject({
      code: 'ROLE_REFUSED',
      message:
        'Databricks cannot work in s3://shop-lake with storage credential "shop" (READ: AWS IAM role does not have READ permissions.). ' +
        `The trust policy of role ${CREDENTIAL.RoleArn} must name ${UNITY_ROLE} and the role itself, and both under the external id 00000000-0000-0000-0000-000000000001; ` +
        'and its rights must reach the files and the key of the bucket.',
      cause: { code: 'PERMISSION_DENIED' },
    });
    expect(setups).toBe(0);
  });

  it('wait for the role even where we may not have it tried', async () => {
    service.failing = { operation: 'READ', message: 'no' };
    service.faults.push(null, unityError(403, 'PERMISSION_DENIED'));

    expect(await done('Create', LAKEHOUSE)).toBe(false);
  });

  it('do not wait for a location that differs', async () => {
    service.locations.set('shop', { url: 's3://other', credential_name: 'shop', read_only: false });

    await expect(goOn('Update', LAKEHOUSE)).rejects.toMatchObject({ code: 'LOCATION_DIFFERS' });
  });

  it('are called again until setup is done', async () => {
    setupDone = false;
    expect(await done('Create', LAKEHOUSE)).toBe(false);
    setupDone = true;
    expect(await done('Create', LAKEHOUSE)).toBe(true);

    expect(setups).toBe(2);
    expect(service.calls.filter((call) => call.startsWith('POST /external-locations'))).toHaveLength(1);
  });

  it('leave what was made by hand to whoever made it', async () => {
    const { LocationName, LocationUrl, CredentialName, ...byHand } = LAKEHOUSE;

    expect(await done('Create', byHand)).toBe(true);
    expect(await done('Create', { ...byHand, Setup: 'false' })).toBe(true);
    expect([service.calls, setups]).toEqual([[], 1]);
  });

  it('change nothing on delete, for files and histories stay', async () => {
    await done('Create', LAKEHOUSE);
    const calls = service.calls.length;

    expect(await begin('Delete', LAKEHOUSE, { PhysicalResourceId: 'lakehouse' })).toMatchObject({
      PhysicalResourceId: 'lakehouse',
    });
    expect(await done('Delete', LAKEHOUSE)).toBe(true);
    expect([service.calls.length, setups]).toEqual([calls, 1]);
  });
});

describe('parseLakehouseEvent', () => {
  it.each([
    [null],
    [{}],
    [{ RequestType: 'Make', ResourceProperties: CREDENTIAL }],
    [{ RequestType: 'Create' }],
    [{ RequestType: 'Create', ResourceProperties: { ...CREDENTIAL, Step: 'else' } }],
    [{ RequestType: 'Create', ResourceProperties: { ...CREDENTIAL, RoleArn: '' } }],
    [{ RequestType: 'Create', ResourceProperties: { ...LAKEHOUSE, LocationUrl: undefined } }],
  ])('refuses %j', (value) => {
    expect(() => parseLakehouseEvent(value)).toThrow(
      expect.objectContaining({ code: 'LAKEHOUSE_EVENT_INVALID' }),
    );
  });
});
