import { expect, it, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { createDatabricksRest } from '../../lib/engines/databricks/rest.ts';
import type { DatabricksLogin } from '../../lib/engines/databricks/token.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';

describeWithWarehouse('the REST interface', (warehouse) => {
  const path = '/api/2.0/sql/warehouses/local';
  const rest = (login: DatabricksLogin = oauth()) => {
    const { host, port, ca } = warehouse();
    return createDatabricksRest({ host, port, ca }, login);
  };
  const oauth = () => {
    const { clientId, clientSecret } = warehouse().access.oauth;
    return { kind: 'oauth' as const, clientId, clientSecret };
  };
  const body = async function* (parts: readonly string[], end?: Error) {
    for (const part of parts) yield Buffer.from(part);
    if (end) throw end;
  };

  it('asks with a token, which it keeps, and renews once when it is refused', async () => {
    const client = rest();
    const grant = vi.spyOn(warehouse().access, 'grant');

    const first = await client.request('GET', path, { query: { 'a b': 'c&d' } });
    expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(first.body.toString())).toMatchObject({ id: 'local' });
    await client.request('GET', path);
    expect(grant).toHaveBeenCalledTimes(1);

    warehouse().access.revoke();
    expect((await client.request('GET', path)).status).toBe(200);
    expect(grant).toHaveBeenCalledTimes(2);
  });

  it('says who asks, so that an administrator can tell', async () => {
    warehouse().userAgents.clear();
    await rest().request('GET', path);

    expect([...warehouse().userAgents]).toEqual([`tidemark/${packageJson.version}`]);
  });

  it('gives an answer whatever its status, a refused login too', async () => {
    expect((await rest().request('GET', '/api/2.0/no/such/thing')).status).toBe(404);
    expect((await rest({ kind: 'token', token: 'wrong' }).request('GET', path)).status).toBe(401);
  });

  it('sends bytes as they come, from the start when it has to send them again', async () => {
    const client = rest();
    await client.request('GET', path);
    warehouse().access.revoke();
    const open = vi.fn(() => body(['ab', 'c']));

    expect((await client.request('POST', `${path}/start`, { body: { size: 3, open } })).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('breaks a request off when its bytes fail, and passes the error on', async () => {
    const torn = new Error('torn');
    const open = () => body(['ab'], torn);

    await expect(rest().request('POST', `${path}/start`, { body: { size: 100, open } })).rejects.toBe(torn);
  });

  it('tells a connection that breaks from an answer', async () => {
    warehouse().faults.failNext('GetWarehouse', { dropConnection: true });

    await expect(rest().request('GET', path)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'CONNECTION_LOST',
    });
  });
});
