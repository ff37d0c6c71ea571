import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession } from './bench/test-session.ts';
import { startWarehouse } from './bench/warehouse.ts';

describeWithWarehouse("the driver's own OAuth", (warehouse) => {
  /** In a process of its own, because a certificate to trust behind a proxy can only be named at its start. */
  const loginAndAsk = async () => {
    const script = `
      import { createRequire } from 'node:module';
      const { DBSQLClient } = createRequire(process.cwd() + '/x.js')('@databricks/sql');
      const client = new DBSQLClient({ logger: { log: () => {} } });
      await client.connect(JSON.parse(process.argv[1]));
      const session = await client.openSession();
      const operation = await session.executeStatement("select 'in' as who");
      console.log(JSON.stringify(await operation.fetchAll()));
      await client.close();`;
    const options = JSON.stringify(warehouse().oauth.connectOptions);
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: warehouse().caFile };
    const child = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, options], {
      env,
    });
    return JSON.parse((await child).stdout);
  };

  it('logs a service principal in', async () => {
    expect(await loginAndAsk()).toEqual([{ who: 'in' }]);
  }, 60_000);

  it('fails when the token endpoint does', async () => {
    warehouse().faults.failNext('Token', { httpStatus: 500 });
    await expect(loginAndAsk()).rejects.toThrow(/expected 200 OK, got: 500/);
  }, 60_000);
});

it.runIf(inject('warehouse').available)(
  'a warehouse killed in the middle of a merge comes back with its tables and views and none of the merge',
  async () => {
    const warehouse = await startWarehouse({ durable: true });
    const schema = freshSchema();
    const before = await openTestSession(warehouse);
    await before.run(`create schema ${schema}`);
    await before.run(`create table ${schema}.t (id bigint, v string) using delta`);
    await before.run(`create view ${schema}.seen as select v from ${schema}.t where id = 1`);
    await before.run(`insert into ${schema}.t values (1, 'kept')`);
    const merge = before.run(
      `merge into ${schema}.t t using (select id, cast(sum(x) as string) as v from range(10)
         cross join (select a.id * b.id as x from range(1000000) a cross join range(100000) b) group by id) s
       on t.id = s.id when matched then update set v = s.v when not matched then insert *`,
    );
    const lost = merge.catch((thrown) => thrown);
    await expect.poll(() => warehouse.statements.at(-1)?.sql, { timeout: 10_000 }).toMatch(/^merge/);

    await warehouse.restart();

    expect(await lost).toMatchObject({ name: expect.stringMatching(/Error|Exception/) });
    await expect(before.run('select 1')).rejects.toMatchObject({
      name: 'Status Error',
      message: expect.stringContaining('Invalid SessionHandle'),
    });
    const after = await openTestSession(warehouse);
    expect(await after.run(`select * from ${schema}.t`)).toEqual([{ id: 1n, v: 'kept' }]);
    expect(await after.run(`select * from ${schema}.seen`)).toEqual([{ v: 'kept' }]);
    await after.close();
    await before.close();
    await warehouse.stop();
  },
  300_000,
);
