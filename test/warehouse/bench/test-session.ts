import { randomBytes } from 'node:crypto';
import { DBSQLClient } from '@databricks/sql';
import type { ConnectOptions, Warehouse } from './warehouse.ts';

type Session = Awaited<ReturnType<DBSQLClient['openSession']>>;
type OpenRequest = NonNullable<Parameters<DBSQLClient['openSession']>[0]>;
type StatementOptions = NonNullable<Parameters<Session['executeStatement']>[1]>;

/** A row as the driver shows it. */
export type Row = Readonly<Record<string, unknown>>;

/** A session of the real driver. */
export interface TestSession {
  readonly session: Session;
  /** Runs a statement to its end and gives its rows. Rejects with what the driver throws. */
  run(sql: string, options?: StatementOptions): Promise<Row[]>;
  /** Closes session and client. Safe to call twice and when the warehouse is gone. */
  close(): Promise<void>;
}

/** Opens a session of the real driver in a warehouse. */
export async function openTestSession(
  { connectOptions }: Pick<Warehouse, 'connectOptions'>,
  request: OpenRequest = {},
  options: Partial<ConnectOptions> = {},
): Promise<TestSession> {
  const client = new DBSQLClient({ logger: { log: () => {} } });
  await client.connect({ ...connectOptions, ...options } as ConnectOptions);
  const session = await client.openSession(request).catch(async (error) => {
    await client.close();
    throw error;
  });
  const run = async (sql: string, statementOptions?: StatementOptions) => {
    const operation = await session.executeStatement(sql, statementOptions);
    try {
      await operation.finished();
      return (await operation.fetchAll()) as Row[];
    } finally {
      await operation.close().catch(() => {});
    }
  };
  return { session, run, close: () => client.close().catch(() => {}) };
}

/** A schema name that nobody else uses. */
export function freshSchema(): string {
  return `t_${randomBytes(6).toString('hex')}`;
}
