import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureExternalLocation, judgeLocation } from '../../../lib/lakehouse/external-location.ts';
import { checkStorageAccess } from '../../../lib/lakehouse/storage-access.ts';
import { ensureStorageCredential, judgeCredential } from '../../../lib/lakehouse/storage-credential.ts';
import type { UnityClient } from '../../../lib/lakehouse/unity-client.ts';
import { plainRestClient } from '../../helpers/plain-rest-client.ts';
import {
  createUnityService,
  startUnityServer,
  UNITY_ROLE,
  type UnityService,
  unityError,
} from '../../helpers/unity-service.ts';

const ROLE = 'arn:aws:iam::111122223333:role/shop-lakehouse';
const CREDENTIAL = { name: 'shop us/1', roleArn: ROLE, unityCatalogRoleArn: UNITY_ROLE };
const LOCATION = { name: 'shop', url: 's3://shop-lake/changes', credentialName: 'shop us/1' };
const FIRST_ID = '00000000-0000-0000-0000-000000000001';

let service: UnityService;
let client: UnityClient;
let close: () => Promise<void>;

beforeEach(async () => {
  service = createUnityService();
  const server = await startUnityServer(service, 'secret');
  client = plainRestClient({ url: `http://127.0.0.1:${server.port}`, token: 'secret' });
  close = server.close;
});
afterEach(() => close());

describe('ensureStorageCredential', () => {
  it('makes one for a role that is not there yet, and tells the external id for its trust policy', async () => {
    const found = await ensureStorageCredential(client, CREDENTIAL);

    expect(found).toEqual({
      roleArn: ROLE,
      externalId: FIRST_ID,
      unityCatalogRoleArn: UNITY_ROLE,
      readOnly: false,
    });
    expect(service.calls).toEqual([
      'GET /storage-credentials/shop%20us%2F1',
      `POST /storage-credentials {"name":"shop us/1","aws_iam_role":{"role_arn":"${ROLE}"},` +
        '"comment":"Made by Tidemark: the bucket of the change files.","skip_validation":true}',
    ]);
  });

  it('changes nothing the second time', async () => {
    const first = await ensureStorageCredential(client, CREDENTIAL);
    const second = await ensureStorageCredential(client, CREDENTIAL);

    expect(second).toEqual(first);
    expect(service.calls.filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  it('takes what somebody else made at the same moment', async () => {
    const made = await ensureStorageCredential(client, CREDENTIAL);
    service.faults.push(unityError(404, 'STORAGE_CREDENTIAL_DOES_NOT_EXIST'));

    expect(await ensureStorageCredential(client, CREDENTIAL)).toEqual(made);
  });

  it('refuses one of that name for another role, and leaves it as it is', async () => {
    await ensureStorageCredential(client, { ...CREDENTIAL, roleArn: `${ROLE}-old` });
    const before = new Map(service.credentials);

    await expect(ensureStorageCredential(client, CREDENTIAL)).rejects.toMatchObject({
      code: 'CREDENTIAL_DIFFERS',
      message: expect.stringContaining(`it stands for role ${ROLE}-old, wanted ${ROLE}. It is not replaced`),
    });
    expect(service.credentials).toEqual(before);
  });

  it('says that one of that name is hidden from us', async () => {
    const missing = unityError(404, 'STORAGE_CREDENTIAL_DOES_NOT_EXIST');
    service.faults.push(missing, unityError(409, 'STORAGE_CREDENTIAL_ALREADY_EXISTS'), missing);

    await expect(ensureStorageCredential(client, CREDENTIAL)).rejects.toMatchObject({
      code: 'CREDENTIAL_HIDDEN',
    });
  });

  it('names the grant that is missing', async () => {
    service.faults.push(
      null,
      unityError(403, 'PERMISSION_DENIED', 'User does not have CREATE STORAGE CREDENTIAL.'),
    );

    await expect(ensureStorageCredential(client, CREDENTIAL)).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'PERMISSION_DENIED',
      message: expect.stringMatching(
        /does not have CREATE STORAGE CREDENTIAL\.".*grant create storage credential on metastore/,
      ),
    });
  });

  it.each([
    [401, 'UNAUTHENTICATED', 'TerminalError', 'LOGIN_REFUSED'],
    [404, 'METASTORE_DOES_NOT_EXIST', 'TerminalError', 'UNITY_CATALOG_MISSING'],
    [404, 'ENDPOINT_NOT_FOUND', 'TerminalError', 'UNITY_CATALOG_MISSING'],
    [400, 'INVALID_PARAMETER_VALUE', 'TerminalError', 'UNITY_REQUEST_REFUSED'],
    [501, 'NOT_IMPLEMENTED', 'TerminalError', 'UNITY_REQUEST_REFUSED'],
    [429, 'REQUEST_LIMIT_EXCEEDED', 'TransientError', 'DATABRICKS_THROTTLED'],
    [503, 'TEMPORARILY_UNAVAILABLE', 'TransientError', 'DATABRICKS_UNAVAILABLE'],
  ])('turns HTTP %i %s into %s %s', async (status, errorCode, name, code) => {
    service.faults.push(unityError(status, errorCode));

    await expect(ensureStorageCredential(client, CREDENTIAL)).rejects.toMatchObject({ name, code });
  });

  it('does not take an answer without an external id for a credential', async () => {
    service.faults.push(null, { status: 200, headers: {}, body: '<html>' });

    await expect(ensureStorageCredential(client, CREDENTIAL)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'DATABRICKS_UNAVAILABLE',
    });
  });
});

describe('judgeCredential', () => {
  const found = { roleArn: ROLE, externalId: 'x', unityCatalogRoleArn: UNITY_ROLE, readOnly: false };
  const noteOf = (change: object): string | null => {
    const judged = judgeCredential(CREDENTIAL, { ...found, ...change });
    return judged.state === 'differs' ? judged.note : null;
  };

  it('finds every way in which one of that name cannot serve', () => {
    expect(judgeCredential(CREDENTIAL, found)).toEqual({ state: 'fits' });
    expect(judgeCredential(CREDENTIAL, { ...found, unityCatalogRoleArn: '' })).toEqual({ state: 'fits' });
    expect(noteOf({ roleArn: '' })).toBe('it is no IAM role');
    expect(noteOf({ readOnly: true })).toBe('it is read-only, and files have to be moved');
    expect(noteOf({ externalId: '' })).toMatch(/^its external id is hidden from us/);
    expect(noteOf({ unityCatalogRoleArn: 'arn:aws-us-gov:iam::1:role/x' })).toBe(
      `it is used by arn:aws-us-gov:iam::1:role/x, and our role trusts ${UNITY_ROLE}`,
    );
  });
});

describe('ensureExternalLocation', () => {
  it('makes one without handing the notifications of the bucket to Databricks, and only once', async () => {
    await ensureExternalLocation(client, LOCATION);
    await ensureExternalLocation(client, LOCATION);

    expect(service.calls).toEqual([
      'GET /external-locations/shop',
      'POST /external-locations {"name":"shop","url":"s3://shop-lake/changes","credential_name":"shop us/1",' +
        '"comment":"Made by Tidemark: the change files.","enable_file_events":false}',
      'GET /external-locations/shop',
    ]);
  });

  it('refuses one of that name over another folder, and leaves it as it is', async () => {
    await ensureExternalLocation(client, { ...LOCATION, url: 's3://shop-lake/changes-2' });
    const before = new Map(service.locations);

    await expect(ensureExternalLocation(client, LOCATION)).rejects.toMatchObject({
      code: 'LOCATION_DIFFERS',
      message: expect.stringContaining('it is over s3://shop-lake/changes-2/, wanted s3://shop-lake/changes'),
    });
    expect(service.locations).toEqual(before);
  });

  it('tells what to do about another location over the same files', async () => {
    service.faults.push(null, unityError(400, 'INVALID_PARAMETER_VALUE', "Input path overlaps with 'old'."));

    await expect(ensureExternalLocation(client, LOCATION)).rejects.toMatchObject({
      code: 'LOCATION_REFUSED',
      message: expect.stringMatching(
        /overlaps with 'old'.*name it under "cloud\.lakehouse\.externalLocation"/,
      ),
    });
  });

  it('says that one of that name is hidden from us', async () => {
    const missing = unityError(404, 'EXTERNAL_LOCATION_DOES_NOT_EXIST');
    service.faults.push(missing, unityError(409, 'EXTERNAL_LOCATION_ALREADY_EXISTS'), missing);

    await expect(ensureExternalLocation(client, LOCATION)).rejects.toMatchObject({ code: 'LOCATION_HIDDEN' });
  });
});

describe('judgeLocation', () => {
  const found = { url: 's3://shop-lake/changes/', credentialName: 'SHOP US/1', readOnly: false };
  const stateOf = (change: object): string => judgeLocation(LOCATION, { ...found, ...change }).state;

  it('takes one over the same folder or one further up', () => {
    expect(
      ['s3://shop-lake/changes', 's3://shop-lake/', 's3://shop-lake'].map((url) => stateOf({ url })),
    ).toEqual(['fits', 'fits', 'fits']);
  });

  it('takes none over another folder, with another credential, or for reading only', () => {
    expect(stateOf({ url: 's3://shop-lake/change' })).toBe('differs');
    expect(stateOf({ url: 's3://shop-lake/changes/crm' })).toBe('differs');
    expect(stateOf({ url: 's3://shop-lake-2' })).toBe('differs');
    expect(stateOf({ credentialName: 'other' })).toBe('differs');
    expect(stateOf({ readOnly: true })).toBe('differs');
  });
});

describe('checkStorageAccess', () => {
  it('tells what Databricks cannot do, in its words', async () => {
    service.failing = { operation: 'WRITE', message: 'Access denied.' };

    expect(await checkStorageAccess(client, LOCATION)).toEqual({
      state: 'refused',
      failures: ['WRITE: Access denied.'],
    });
  });

  it('does not mind a folder without files', async () => {
    service.failing = { operation: 'PATH_EXISTS', message: 'Empty.' };

    expect(await checkStorageAccess(client, LOCATION)).toEqual({ state: 'usable' });
  });

  it('tells a role that cannot be taken on from a right to ask that we lack', async () => {
    service.faults.push(
      unityError(400, 'INVALID_PARAMETER_VALUE', 'The role is not self-assuming.'),
      unityError(403, 'PERMISSION_DENIED'),
    );

    expect(await checkStorageAccess(client, LOCATION)).toMatchObject({
      state: 'refused',
      failures: [expect.stringContaining('not self-assuming')],
    });
    expect(await checkStorageAccess(client, LOCATION)).toEqual({ state: 'untold' });
  });
});
