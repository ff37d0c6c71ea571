import { describe, expect, it, vi } from 'vitest';
import type { RestResponse } from '../../../../lib/engines/databricks/https-request.ts';
import type { DatabricksRest } from '../../../../lib/engines/databricks/rest.ts';
import { awaitWarehouse, warehouseIdIn } from '../../../../lib/engines/databricks/warehouse-start.ts';
import { SILENT_LOGGER } from '../../../../lib/ports.ts';

const answer = (status: number, body: unknown, headers = {}): RestResponse => ({
  status,
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

/** A warehouse that is asked for its state as often as there are answers; the last goes on for ever. */
function scripted(states: readonly (string | RestResponse)[], { timeMs = 60_000 } = {}) {
  const calls: string[] = [];
  let time = 0;
  let asked = 0;
  const rest: DatabricksRest = {
    request: async (method, path) => {
      calls.push(`${method} ${path}`);
      if (method === 'POST') return answer(200, {});
      const next = states[Math.min(asked, states.length - 1)]!;
      asked += 1;
      return typeof next === 'string'
        ? answer(200, { state: next, health: { summary: 'no capacity' } })
        : next;
    },
  };
  const sleep = vi.fn(async (ms: number) => {
    time += ms;
  });
  const timeLeft = () => timeMs - time;
  const wait = { rest, warehouseId: 'ab/c', timeLeft, sleep, logger: SILENT_LOGGER };
  return { wait, calls, sleep };
}

const PATH = '/api/2.0/sql/warehouses/ab%2Fc';

describe('awaitWarehouse', () => {
  it('asks once when the warehouse runs', async () => {
    const { wait, calls } = scripted(['RUNNING']);
    await awaitWarehouse(wait);
    expect(calls).toEqual([`GET ${PATH}`]);
  });

  it('starts a stopped warehouse once and waits until it runs', async () => {
    const { wait, calls, sleep } = scripted(['STOPPED', 'STARTING', 'SOMETHING_NEW', 'RUNNING']);
    await awaitWarehouse(wait);
    expect(calls).toEqual([`GET ${PATH}`, `POST ${PATH}/start`, `GET ${PATH}`, `GET ${PATH}`, `GET ${PATH}`]);
    expect(sleep.mock.calls).toEqual([[1_000], [1_500], [2_250]]);
  });

  it('lets a stopping warehouse stop before it starts it', async () => {
    const { wait, calls } = scripted(['STOPPING', 'STOPPED', 'RUNNING']);
    await awaitWarehouse(wait);
    expect(calls).toEqual([`GET ${PATH}`, `GET ${PATH}`, `POST ${PATH}/start`, `GET ${PATH}`]);
  });

  it('gives up in time', async () => {
    const { wait, sleep } = scripted(['STARTING'], { timeMs: 6_000 });
    await expect(awaitWarehouse(wait)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'WAREHOUSE_STARTING',
    });
    expect(sleep.mock.calls.flat().reduce((a, b) => a + b, 0)).toBeLessThan(6_000);
  });

  it('says why when the warehouse stops as often as it is started', async () => {
    const { wait } = scripted(['STOPPED']);
    await expect(awaitWarehouse(wait)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('no capacity'),
    });
  });

  it.each([
    ['a deleted warehouse', 'DELETED', 'TerminalError', 'WAREHOUSE_MISSING'],
    [
      'an unknown id',
      answer(404, { error_code: 'RESOURCE_DOES_NOT_EXIST' }),
      'TerminalError',
      'WAREHOUSE_MISSING',
    ],
    [
      'an impossible id',
      answer(400, { error_code: 'INVALID_PARAMETER_VALUE' }),
      'TerminalError',
      'WAREHOUSE_MISSING',
    ],
    ['a warehouse of others', answer(403, {}), 'TerminalError', 'PERMISSION_DENIED'],
    ['a login that is refused', answer(401, {}), 'TerminalError', 'LOGIN_REFUSED'],
    ['a workspace in trouble', answer(500, {}), 'TransientError', 'CONNECTION_LOST'],
  ])('tells %s by its code', async (_, state, name, code) => {
    await expect(awaitWarehouse(scripted([state]).wait)).rejects.toMatchObject({ name, code });
  });

  it('passes on how long a throttling workspace wants to be left alone', async () => {
    const { wait } = scripted([answer(429, {}, { 'retry-after': '9' })]);
    await expect(awaitWarehouse(wait)).rejects.toMatchObject({
      code: 'WAREHOUSE_BUSY',
      context: { retryAfterMs: 9_000 },
    });
  });
});

describe('warehouseIdIn', () => {
  it.each([
    ['/sql/1.0/warehouses/abc123', 'abc123'],
    ['sql/1.0/warehouses/abc123?o=42', 'abc123'],
    ['/sql/1.0/endpoints/abc123', 'abc123'],
    ['/sql/protocolv1/o/123/0123-abcdef', null],
    ['/sql/1.0/warehouses/', null],
  ])('of %s is %s', (path, id) => {
    expect(warehouseIdIn(path)).toBe(id);
  });
});
