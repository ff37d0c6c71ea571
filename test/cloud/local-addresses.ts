import type { Config } from '../../lib/config/config.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import type { TcpProxy } from '../helpers/tcp-proxy.ts';
import type { Warehouse } from '../warehouse/bench/warehouse.ts';
import type { LocalAws } from './local-aws.ts';

/** What stands for things in the cloud. */
export interface LocalParts {
  readonly warehouse: Warehouse;
  /** Folder in which the warehouse sees what is in the bucket below the prefix. */
  readonly volumes: string;
  readonly database: TestDatabase;
  /** On the way to the database. */
  readonly databaseProxy: TcpProxy;
}

/**
 * Gives the change that puts them into the configuration of a function. Logins are stored as secrets, and stay secrets
 * there.
 */
export async function localAddresses(
  aws: LocalAws,
  { warehouse, volumes, database, databaseProxy }: LocalParts,
): Promise<(config: Config) => Config> {
  const { oauth, host, port, path } = warehouse;
  const target = new URL(database.url);
  const clientSecret = await aws.storeSecret('databricks', oauth.clientSecret);
  const password = await aws.storeSecret('serving', decodeURIComponent(target.password));
  const engine = {
    server: 'open-spark',
    host: { template: host },
    port,
    httpPath: { template: path },
    auth: {
      kind: 'oauth',
      clientId: { template: oauth.clientId },
      clientSecret: { template: clientSecret },
    },
    caFile: 'ca.pem',
    volumes,
  } as const;
  const connection = {
    kind: 'parts',
    host: { template: '127.0.0.1' },
    port: databaseProxy.port,
    database: { template: target.pathname.slice(1) },
    user: { template: decodeURIComponent(target.username) },
    password: { template: password },
    tls: 'off',
    verifyTls: true,
  } as const;
  return (config) => ({
    ...config,
    engine: { ...config.engine, ...engine } as Config['engine'],
    exports: config.exports.map((one) => ({ ...one, connection })),
  });
}
