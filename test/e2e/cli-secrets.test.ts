import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { cloudYaml } from '../helpers/cloud-config.ts';
import { createProject, type Project } from './cli-process.ts';

const LAKE = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:lake-AbCdEf';
const GONE = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:gone-GhIjKl';

/** Answers for Secrets Manager, which knows one secret. */
async function startSecrets(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { SecretId } = JSON.parse(Buffer.concat(parts).toString()) as { SecretId: string };
    const found = SecretId === LAKE;
    const answer = found
      ? { SecretString: '{"id":"me","word":"topsecret"}' }
      : { __type: 'ResourceNotFoundException' };
    response.writeHead(found ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('row 18: a missing secret', { timeout: 60_000 }, () => {
  let project: Project;
  let secrets: Server | undefined;
  afterEach(async () => {
    secrets?.closeAllConnections();
    secrets?.close();
    await project.remove();
  });

  it('is refused before anything runs: every variable that is not set, with the setting that refers to it', async () => {
    const engine = [
      '  kind: databricks',
      '  host: "${env:LAKE_HOST}"',
      '  httpPath: "/sql/1.0/warehouses/${env:LAKE_ID}"',
      '  auth: {clientId: "${env:LAKE_ID}", clientSecret: "${env:LAKE_SECRET}"}',
    ];
    project = await createProject(
      [
        'name: shop',
        'engine:',
        ...engine,
        'storage: {kind: volume}',
        'tables:',
        '  - {name: orders, keys: [id]}',
      ].join('\n'),
    );

    const { code, stdout, stderr } = await project.run(['ingest'], { LAKE_SECRET: '' });

    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'error SECRET_MISSING: Environment variables LAKE_HOST (engine.host), LAKE_ID (engine.httpPath, engine.auth.clientId), LAKE_SECRET (engine.auth.clientSecret) are not set, but the configuration refers to them. Set them and run again.\n',
    });
  });

  it('is refused before the target is asked, too', async () => {
    project = await createProject(
      [
        'name: shop',
        'tables:',
        '  - {name: orders, keys: [order id]}',
        'exports:',
        '  - name: main',
        '    connection: {host: "${env:PG_HOST}", database: serving, user: "${env:PG_USER}", password: "${env:PG_WORD}"}',
      ].join('\n'),
    );

    const { code, stdout } = await project.run(['export'], { PG_USER: 'tidemark' });

    expect({ code, line: stdout.split('\n')[0] }).toEqual({
      code: 2,
      line: 'main: error SECRET_MISSING: Environment variables PG_HOST (connection.host), PG_WORD (connection.password) are not set, but the configuration refers to them. Set them and run again.',
    });
  });

  it('is told with its fix where Secrets Manager has no such secret or field, all of them at once and no value', async () => {
    secrets = await startSecrets();
    const { port } = secrets.address() as AddressInfo;
    const auth = { clientId: `${LAKE}:client`, clientSecret: GONE };
    const engine = {
      kind: 'databricks',
      host: 'dbc-a1b2c3d4-e5f6.cloud.databricks.com',
      httpPath: '/sql/1.0/warehouses/0123456789abcdef',
      auth,
    };
    project = await createProject(cloudYaml({ engine }));

    const { code, stdout, stderr } = await project.run(['verify', 'customer'], {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'me',
      AWS_SECRET_ACCESS_KEY: 'topsecret',
    });

    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: '',
      stderr: `error SECRET_UNREADABLE: engine.auth.clientId: The secret ${LAKE} has no field "client". Fields: id, word. engine.auth.clientSecret: The secret ${GONE} cannot be read: there is no such secret or version. Check the ARN in the configuration.\n`,
    });
  });
});
