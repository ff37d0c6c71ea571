import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DBSQLClient } from '@databricks/sql';
import type { Access } from './access.ts';
import { type Bridge, startBridge } from './bridge.ts';
import { makeCertificate, WORKSPACE_HOST } from './certificate.ts';
import type { Faults } from './faults.ts';
import type { FilesService } from './files-service.ts';
import type { StatementRecord } from './operations.ts';
import type { Power } from './power.ts';
import { HTTP_PATH, type SparkServer, startSparkServer, WAREHOUSE_ID } from './spark-server.ts';
import { startWorkspaceProxy, type WorkspaceProxy } from './workspace-proxy.ts';

/** What `DBSQLClient.connect` takes. */
export type ConnectOptions = Parameters<DBSQLClient['connect']>[0];

/** A running stand-in for a Databricks SQL warehouse: real Spark with Delta, seen through Databricks' protocol. */
export interface Warehouse {
  readonly host: string;
  readonly port: number;
  /** HTTP path of the warehouse. */
  readonly path: string;
  readonly warehouseId: string;
  /** Port of the Spark server behind it, for `TIDEMARK_SPARK_PORT`. */
  readonly sparkPort: number;
  /** Process id of the leader of its own Spark's process group; null for a warehouse over somebody else's Spark. */
  readonly sparkPid: () => number | null;
  readonly token: string;
  /** PEM to trust, as text and as a file (for `NODE_EXTRA_CA_CERTS`). */
  readonly ca: string;
  readonly caFile: string;
  /** Folder that the server and the tests can both read; gone after `stop`. */
  readonly dir: string;
  readonly logFile: string;
  /** For `new DBSQLClient().connect(...)`. */
  readonly connectOptions: ConnectOptions;
  /** A service principal, and how the driver's own OAuth reaches the bench (with `caFile` trusted). */
  readonly oauth: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly connectOptions: ConnectOptions;
  };
  readonly access: Access;
  readonly power: Power;
  readonly faults: Faults;
  /** The Files API, behind the same token. It shows nothing until a folder is mounted. */
  readonly files: FilesService;
  /** Every statement asked for so far, oldest first. Tests may empty it. */
  readonly statements: StatementRecord[];
  /** What whoever asked said of themselves, Thrift and REST. Tests may empty it. */
  readonly userAgents: Set<string>;
  /**
   * Ends every session at once, statements under way and all, as a restart does for whoever is connected. Spark goes on,
   * so this takes no time and is for a warehouse over somebody else's, too.
   */
  loseSessions(): Promise<void>;
  /** Ends it all and removes its files. Safe to call twice. */
  stop(): Promise<void>;
  /**
   * Kills Spark, statements under way and all, and starts it again with the same data. Tables are found again only
   * where started `durable`. Throws for a warehouse over somebody else's Spark.
   */
  restart(): Promise<void>;
}

export interface WarehouseOptions {
  /** Keep the catalog on disk, so that `restart` finds the tables again. @default false */
  readonly durable?: boolean;
  /** Largest heap of its Spark, in MB. @default 2048 */
  readonly memoryMb?: number;
  /** Set for measurements: many rows, long runs, a late start, instead of for tests. @default false */
  readonly optimised?: boolean;
  /** A Spark that is running already; it is neither stopped nor restarted here. */
  readonly sparkPort?: number;
  /** With `sparkPort`: that server's log. */
  readonly logFile?: string;
}

/** Starts a warehouse on free ports of loopback and waits until it answers. Needs `install` done and Java. */
export async function startWarehouse(options: WarehouseOptions = {}): Promise<Warehouse> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-warehouse-'));
  const started: { stop(): Promise<void> }[] = [{ stop: () => rm(dir, { recursive: true, force: true }) }];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const { sparkPort, logFile: foreignLog = '', ...ownSpark } = options;
    const startSpark = sparkPort === undefined ? startSparkServer({ ...ownSpark, dir }) : null;
    const [certificate, spark] = await Promise.all([makeCertificate(dir), startSpark]);
    if (spark) started.push(spark);
    const bridge = await startBridge(spark?.port ?? sparkPort ?? 0, certificate);
    started.push({ stop: bridge.close });
    const proxy = await startWorkspaceProxy(bridge.port);
    started.push({ stop: proxy.close });
    return {
      ...describeWarehouse(bridge, proxy, certificate.ca),
      sparkPort: spark?.port ?? sparkPort ?? 0,
      sparkPid: () => spark?.pid() ?? null,
      dir,
      logFile: spark?.logFile ?? foreignLog,
      ...caFile(dir),
      stop,
      restart: restartOf(spark),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const caFile = (dir: string) => ({ caFile: join(dir, 'ca.pem') });

function describeWarehouse(bridge: Bridge, proxy: WorkspaceProxy, ca: string) {
  const { port, access, power, faults, files, statements, userAgents, loseSessions } = bridge;
  const common = { path: HTTP_PATH, telemetryEnabled: false, preserveBigNumericPrecision: true } as const;
  const { clientId, clientSecret } = access.oauth;
  const connectOptions: ConnectOptions = {
    ...common,
    host: '127.0.0.1',
    port,
    token: access.token,
    customCaCert: ca,
  };
  const oauthOptions: ConnectOptions = {
    ...common,
    host: WORKSPACE_HOST,
    authType: 'databricks-oauth',
    oauthClientId: clientId,
    oauthClientSecret: clientSecret,
    proxy: { protocol: 'http', host: '127.0.0.1', port: proxy.port },
  };
  return {
    host: '127.0.0.1',
    port,
    path: HTTP_PATH,
    warehouseId: WAREHOUSE_ID,
    token: access.token,
    ca,
    connectOptions,
    oauth: { clientId, clientSecret, connectOptions: oauthOptions },
    access,
    power,
    faults,
    files,
    statements,
    userAgents,
    loseSessions,
  };
}

function restartOf(spark: SparkServer | null): () => Promise<void> {
  return async () => {
    if (spark === null)
      throw new Error('This warehouse shares its Spark: start one of your own to restart it.');
    await spark.restart();
  };
}
