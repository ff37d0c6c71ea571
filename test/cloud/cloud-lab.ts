import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { tableFolders } from '../../lib/config/paths.ts';
import type { Place } from '../../lib/ports.ts';
import { type ChangeFileSpec, writeChangeFile } from '../helpers/change-files.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import type { Moto } from '../helpers/moto.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy.ts';
import { openTestEngine, type TestPipeline } from '../helpers/test-pipeline.ts';
import { synthApp } from '../synth/synth-app.ts';
import { freshSchema } from '../warehouse/bench/test-session.ts';
import type { Warehouse } from '../warehouse/bench/warehouse.ts';
import { onWarehouse } from '../warehouse/warehouse-config.ts';
import { type BucketEvents, createBucketEvents } from './bucket-events.ts';
import { type DeployedPipeline, deployLocally } from './deploy-locally.ts';
import { createExecutions, type Executions } from './executions.ts';
import { type LocalAws, openLocalAws } from './local-aws.ts';
import { type RunningPipeline, runPipeline } from './local-pipeline.ts';
import { readWiring } from './read-wiring.ts';
import { receiveAll } from './receive-all.ts';
import { mirrorVolume } from './volume-mirror.ts';

/** A pipeline as it runs in the cloud, on this machine, with what it is made of in reach. */
export interface CloudLab {
  readonly config: Config;
  readonly aws: LocalAws;
  readonly events: BucketEvents;
  readonly functions: DeployedPipeline['functions'];
  readonly pipeline: RunningPipeline;
  readonly executions: Executions;
  readonly warehouse: Warehouse;
  readonly database: TestDatabase;
  /** On the way from the functions to the database. */
  readonly databaseProxy: TcpProxy;
  table(name: string): TableConfig;
  /** A view of a table's history that does not go through the functions. */
  history(name: string): TestPipeline;
  /** Puts a change file where DMS would. */
  put(table: string, file: string, content: ChangeFileSpec | Uint8Array): Promise<void>;
  /** The files of a table in a place, by their path below it, in order. */
  files(table: string, place: Place): Promise<string[]>;
  /** The messages that were put aside so far, with their attributes; taken out of their queues. */
  deadLetters(): Promise<{ body: string; code: string | null }[]>;
  close(): Promise<void>;
}

export interface CloudLabOptions {
  /** The server that stands for AWS. */
  readonly moto: Moto;
  readonly warehouse: Warehouse;
  /** As a person writes them. */
  readonly tables: readonly Readonly<Record<string, unknown>>[];
  /** When batches are sent on. @default never */
  readonly afterIngest?: number;
}

const EXPORT = 'serving';

/** Synthesises a configuration, deploys what came of it on this machine and starts it. */
export async function openCloudLab({
  moto,
  warehouse,
  tables,
  afterIngest,
}: CloudLabOptions): Promise<CloudLab> {
  const config = cloudConfig({
    catalog: 'spark_catalog',
    schema: freshSchema(),
    replications: null,
    cloud: { account: '123456789012', ingest: { windowSeconds: 1 }, lakehouse: { setup: false } },
    tables,
    exports: [{ ...exportYaml(), afterIngest: afterIngest ?? 'never' }],
  });
  const wiring = readWiring(synthApp(config));
  const root = await mkdtemp(join(tmpdir(), 'tidemark-cloud-'));
  const volumes = join(warehouse.dir, 'Volumes', config.catalog, config.schema, 'landing');
  const prefix = config.storage.kind === 's3' ? config.storage.prefix : '';
  let running: RunningPipeline | undefined;
  const events = createBucketEvents(wiring.arrivals.pattern, async (body) => running?.ring(body));
  const executions = createExecutions(wiring.machine);
  const aws = await openLocalAws(moto, (direct) => [
    executions.station,
    events.station,
    mirrorVolume(direct, { prefix, folder: volumes }),
  ]);
  await makeBucket(aws, config.bucket);

  const database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  const databaseProxy = await startTcpProxy({ host: hostname, port: Number(port) });
  // Clocks of functions are set forward after a kill, which must not outdate every token.
  warehouse.access.tokenSeconds = 86_400;
  const local = await localAddresses(aws, { warehouse, database, databaseProxy, volumes });
  const deployed = await deployLocally({
    wiring,
    sqs: aws.sqs,
    folder: join(root, 'functions'),
    readdress: local,
    files: { 'ca.pem': warehouse.ca },
    env: aws.env,
  });
  executions.worker = deployed.functions.export;
  const pipeline = runPipeline({ wiring, deployed, executions, sqs: aws.sqs });
  running = pipeline;

  const engine = await openTestEngine({
    configure: (usual) => onWarehouse(usual, warehouse, config.schema),
  });
  const table = (name: string): TableConfig => config.tables.find((one) => one.name === name)!;
  return {
    config,
    aws,
    events,
    functions: deployed.functions,
    pipeline,
    executions,
    warehouse,
    database,
    databaseProxy,
    table,
    history: (name) => engine.table(table(name)),
    async put(name, file, content) {
      const key = `${tableFolders(config, table(name)).incoming}/${file}`;
      const body = content instanceof Uint8Array ? content : await fileOf(root, content);
      await aws.s3.send(new PutObjectCommand({ Bucket: config.bucket, Key: key, Body: body }));
    },
    async files(name, place) {
      const folder = `${tableFolders(config, table(name))[place]}/`;
      const command = new ListObjectsV2Command({ Bucket: config.bucket, Prefix: folder });
      const { Contents: found = [] } = await aws.s3.send(command);
      return found.map(({ Key: key = '' }) => key.slice(folder.length)).sort();
    },
    deadLetters: async () => {
      const ids = wiring.queues.filter(({ redrive }) => redrive === null).map(({ id }) => id);
      const all = await Promise.all(ids.map((id) => receiveAll(aws.sqs, deployed.queueOf(id).url)));
      return all.flat();
    },
    async close() {
      await pipeline.stop();
      await engine.close();
      await databaseProxy.close();
      await database.close();
      await aws.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function exportYaml() {
  const password = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:serving-MnOpQr';
  const connection = { host: 'serving.example.com', database: 'serving', user: 'tidemark', password };
  return { name: EXPORT, connection };
}

async function makeBucket({ s3 }: LocalAws, bucket: string): Promise<void> {
  const place = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: place }));
  const versioned = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: versioned }));
}

/** Puts the bench and the test's database in place of Databricks and the target; secrets stay secrets. */
async function localAddresses(
  aws: LocalAws,
  {
    warehouse,
    database,
    databaseProxy,
    volumes,
  }: Pick<CloudLab, 'warehouse' | 'database' | 'databaseProxy'> & { readonly volumes: string },
): Promise<(config: Config) => Config> {
  const { oauth, host, port, path } = warehouse;
  const target = new URL(database.url);
  const clientSecret = await aws.storeSecret(`databricks/${freshSchema()}`, oauth.clientSecret);
  const password = await aws.storeSecret(`serving/${freshSchema()}`, decodeURIComponent(target.password));
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

async function fileOf(folder: string, spec: ChangeFileSpec): Promise<Uint8Array> {
  const path = join(folder, `${freshSchema()}.parquet`);
  await writeChangeFile(path, spec);
  return readFile(path);
}
