import { describe, expect, it } from 'vitest';
import { isWarehouseRunning } from '../../../../lib/engines/databricks/warehouse-running.ts';

const PATH = '/sql/1.0/warehouses/ab c';

async function ask(status: number, body: string, path = PATH) {
  const asked: string[] = [];
  const running = await isWarehouseRunning(
    {
      request: async (method, url) => {
        asked.push(`${method} ${url}`);
        return { status, headers: {}, body: Buffer.from(body) };
      },
    },
    path,
  );
  return { running, asked };
}

describe('isWarehouseRunning', () => {
  it.each([
    ['RUNNING', true],
    ['STARTING', false],
    ['STOPPED', false],
    ['STOPPING', false],
    ['SOMETHING_NEW', false],
  ])('takes the state %s for %s', async (state, running) => {
    expect(await ask(200, JSON.stringify({ state }))).toEqual({
      running,
      asked: ['GET /api/2.0/sql/warehouses/ab%20c'],
    });
  });

  it('does not know where the workspace does not say', async () => {
    expect((await ask(403, '{}')).running).toBeNull();
    expect((await ask(200, '<html>')).running).toBeNull();
  });

  it('asks nothing about a cluster', async () => {
    expect(await ask(200, '{}', 'sql/protocolv1/o/0/0123-456789-abcdefgh')).toEqual({
      running: null,
      asked: [],
    });
  });
});
