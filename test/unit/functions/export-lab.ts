import type { Config } from '../../../lib/config/config.ts';
import type { QueueRecord } from '../../../lib/functions/queue-batch.ts';
import { createTestDatabase, type TestDatabase } from '../../helpers/postgres.ts';
import { ingestMessages } from '../../../lib/functions/ingest.ts';
import { type FunctionLab, type FunctionLabOptions, openFunctionLab } from './function-lab.ts';

/** A function lab whose configuration has one export `crm` into a real Postgres. */
export interface ExportLab extends FunctionLab {
  readonly database: TestDatabase;
  /** Puts files with one row each into a table and applies them. */
  ingest(table: string, ...ids: readonly string[]): Promise<void>;
  /** Keys of the rows of a target table in order; null when it is not there. */
  sentIds(table: string): Promise<readonly string[] | null>;
}

let files = 0;

export async function openExportLab(
  options: FunctionLabOptions = {},
  exportFields: object = {},
): Promise<ExportLab> {
  const database = await createTestDatabase();
  const connect = (config: Config): Config => ({
    ...config,
    exports: config.exports.map((one) => ({
      ...one,
      connection: { kind: 'url', url: { template: database.url }, verifyTls: true },
    })),
  });
  const written = {
    name: 'crm',
    connection: '${env:PG_URL}',
    targetSchema: 'shop',
    mode: 'incremental',
    ...exportFields,
  };
  const lab = await openFunctionLab({
    ...options,
    config: {
      tables: ['customer', 'order'].map((name) => ({ name, keys: ['id'] })),
      exports: [written],
      ...options.config,
    },
    adapt: (config) => options.adapt?.(connect(config)) ?? connect(config),
  });
  return {
    ...lab,
    database,
    async ingest(table, ...ids) {
      for (const id of ids) {
        files += 1;
        await lab.arrives(table, `20260501-1159${String(files).padStart(11, '0')}.parquet`, { id });
      }
      await ingestMessages(
        lab.scope,
        [{ messageId: 'ring', body: JSON.stringify({ table }) }],
        () => 900_000,
      );
      lab.samples.splice(0);
      lab.lines.splice(0);
    },
    async sentIds(table) {
      const [found] = await database.query('select to_regclass($1)::text as found', [`shop."${table}"`]);
      if (!found?.found) return null;
      return (await database.query(`select id from shop."${table}" order by id`)).map(({ id }) => id ?? '');
    },
    async close() {
      await lab.close();
      await database.close();
    },
  };
}

/** The message of the export `crm`. */
export function crmRing(more: Partial<QueueRecord> = {}): QueueRecord {
  return {
    messageId: 'asked-once',
    body: JSON.stringify({ export: 'crm' }),
    attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'crm' },
    ...more,
  };
}
