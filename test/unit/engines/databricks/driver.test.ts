import { DBSQLSession } from '@databricks/sql';
import { expect, it } from 'vitest';
import { closeSession, type DriverSession } from '../../../../lib/engines/databricks/driver.ts';

/** The driver's own session over a connection that answers as the script says. */
function driverSession(answers: readonly ('lost' | 'closed')[]) {
  let asked = 0;
  const backend = {
    id: '1',
    close: async () => {
      const answer = answers[asked];
      asked += 1;
      if (answer === 'lost') throw new Error('cut');
    },
  };
  const context = { getLogger: () => ({ log: () => {} }), getConfig: () => ({ telemetryEnabled: false }) };
  const options = { backend, context } as unknown as ConstructorParameters<typeof DBSQLSession>[0];
  const session: DriverSession = new DBSQLSession(options);
  return { session, asked: () => asked };
}

it('a session that could not be closed is asked to close again, which the driver does not do by itself', async () => {
  const { session, asked } = driverSession(['lost', 'closed']);

  await expect(closeSession(session)).rejects.toThrow('cut');
  await session.close();
  expect(asked()).toBe(1);
  await closeSession(session);
  expect(asked()).toBe(2);
});
