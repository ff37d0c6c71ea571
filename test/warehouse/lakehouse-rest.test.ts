import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabricksRest } from '../../lib/engines/databricks/rest.ts';
import { ensureExternalLocation } from '../../lib/lakehouse/external-location.ts';
import { checkStorageAccess } from '../../lib/lakehouse/storage-access.ts';
import { ensureStorageCredential } from '../../lib/lakehouse/storage-credential.ts';
import { createUnityService, startUnityServer, UNITY_ROLE } from '../helpers/unity-service.ts';
import { makeCertificate } from './bench/certificate.ts';

// The tool that makes the certificate comes with Java, and Java with Spark.
describe.runIf(inject('warehouse').available)(
  'the lakehouse over the REST client of a workspace, with TLS',
  () => {
    const service = createUnityService();
    let dir: string;
    let server: Awaited<ReturnType<typeof startUnityServer>>;
    let ca: string;
    const client = (token = 'secret') =>
      createDatabricksRest({ host: '127.0.0.1', port: server.port, ca }, { kind: 'token', token });

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'tidemark-lakehouse-'));
      const certificate = await makeCertificate(dir);
      ca = certificate.ca;
      server = await startUnityServer(service, 'secret', certificate);
    });
    afterAll(async () => {
      await server?.close();
      await rm(dir, { recursive: true, force: true });
    });

    const credential = {
      name: 'räume & höfe',
      roleArn: 'arn:aws:iam::1:role/x',
      unityCatalogRoleArn: UNITY_ROLE,
    };
    const location = { name: 'räume', url: 's3://bucket', credentialName: credential.name };

    it('makes credential and location, whatever their names are written in', async () => {
      const first = await ensureStorageCredential(client(), credential);
      expect(await checkStorageAccess(client(), location)).toEqual({ state: 'usable' });
      await ensureExternalLocation(client(), location);

      expect(await ensureStorageCredential(client(), credential)).toEqual(first);
      await ensureExternalLocation(client(), location);
      expect([...service.credentials.keys(), ...service.locations.keys()]).toEqual(['räume & höfe', 'räume']);
      expect(service.calls.filter((call) => call.startsWith('POST'))).toHaveLength(3);
    });

    it('tells a token that the workspace does not take', async () => {
      await expect(ensureStorageCredential(client('wrong'), credential)).rejects.toMatchObject({
        name: 'TerminalError',
        code: 'LOGIN_REFUSED',
      });
    });
  },
);
