import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config, TableConfig } from '../../lib/config/config.ts';
import { findTable } from '../../lib/workspace.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import type { Moto } from '../helpers/moto.ts';
import { createTestDatabase } from '../helpers/postgres.ts';
import { startTcpProxy } from '../helpers/tcp-proxy.ts';
import { openTestEngine, type TestPipeline } from '../helpers/test-pipeline.ts';
import { synthApp } from '../synth/synth-app.ts';
import { freshSchema } from '../warehouse/bench/test-session.ts';
import type { Warehouse } from '../warehouse/bench/warehouse.ts';
import { onWarehouse } from '../warehouse/warehouse-config.ts';
import { type BucketEvents, createBucketEvents } from './bucket-events.ts';
import { type BucketFiles, makeBucket } from './bucket-files.ts';
import { type DeployedPipeline, deployLocally } from './deploy-locally.ts';
import { hurryDelays } from './hurry-delays.ts';
import { createExecutions, type Executions } from './executions.ts';
import { type LocalParts, localAddresses } from './local-addresses.ts';
import { type LocalAws, openLocalAws } from './local-aws.ts';
import { type RunningPipeline, runPipeline } from './local-pipeline.ts';
import { readWiring, type Wiring } from './read-wiring.ts';
import { type DeadLetter, receiveAll } from './receive-all.ts';
import { mirrorVolume } from './volume-mirror.ts';

/** A pipeline as it runs in the cloud, on this machine, with what it is made of in reach. */
export interface CloudLab extends BucketFiles, Omit<LocalParts, 'volumes'> {
  readonly config: Config;
  readonly aws: LocalAws;
  readonly events: BucketEvents;
  readonly functions: DeployedPipeline['functions'];
  readonly pipeline: RunningPipeline;
  readonly executions: Executions;
  table(name: string): TableConfig;
  /** A view of a table's history that does not go through the functions. */
  history(name: string): TestPipeline;
  /** The messages that were put aside since this was asked last. */
  deadLetters(): Promise<DeadLetter[]>;
  close(): Promise<void>;
}

export interface CloudLabOptions {
  /** The server that stands for AWS. */
  readonly moto: Moto;
  readonly warehouse: Warehouse;
  /** As a person writes them. */
  readonly tables: readonly Readonly<Record<string, unknown>>[];
  /** How many seconds after new batches they are sent on. @default never */
  readonly afterIngest?: number;
}

/** Synthesises a configuration, deploys what came of it on this machine and starts it. */
export async function openCloudLab(options: CloudLabOptions): Promise<CloudLab> {
  const ends: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { ...(await openParts(options, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @param ends gets what is to be done in the end, the last first */
async function openParts(
  options: CloudLabOptions,
  ends: (() => Promise<unknown>)[],
): Promise<Omit<CloudLab, 'close'>> {
  const opened = <Part>(part: Part, end: (part: Part) => Promise<unknown>): Part => {
    ends.push(() => end(part));
    return part;
  };
  const { moto, warehouse } = options;
  const config = configOf(options);
  const wiring = readWiring(synthApp(config));
  const folder = opened(await mkdtemp(join(tmpdir(), 'tidemark-cloud-')), (made) =>
    rm(made, { recursive: true, force: true }),
  );
  const volumes = join(warehouse.dir, 'Volumes', config.catalog, config.schema, 'landing');
  const events = createBucketEvents(wiring.arrivals.pattern);
  const executions = createExecutions(wiring.machine);
  const aws = opened(
    await openLocalAws(moto, (direct) => [
      hurryDelays,
      executions.station,
      events.station,
      mirrorVolume(direct, { prefix: prefixOf(config), folder: volumes }),
    ]),
    (made) => made.close(),
  );
  const database = opened(await createTestDatabase(), (made) => made.close());
  const { hostname: host, port } = new URL(database.url);
  const databaseProxy = opened(await startTcpProxy({ host, port: Number(port) }), (made) => made.close());
  const parts = { warehouse, volumes, database, databaseProxy };
  // Clocks of functions are set forward after a kill, which must not outdate every token.
  warehouse.access.tokenSeconds = 86_400;
  const deployed = await deployLocally({
    wiring,
    sqs: aws.sqs,
    folder,
    readdress: await localAddresses(aws, parts),
    files: { 'ca.pem': warehouse.ca },
    env: aws.env,
  });
  executions.worker = deployed.functions.export;
  const files = await makeBucket(aws.s3, config);
  const pipeline = opened(runPipeline({ wiring, deployed, executions, sqs: aws.sqs }), (made) => made.stop());
  events.send = pipeline.ring;
  const configure = (usual: Config): Config => onWarehouse(usual, warehouse, config.schema);
  const engine = opened(await openTestEngine({ configure }), (made) => made.close());
  const table = (name: string): TableConfig => findTable(config, name);
  return {
    ...{ ...parts, ...files, config, aws, events, pipeline, executions, table },
    functions: deployed.functions,
    history: (name) => engine.table(table(name)),
    deadLetters: () => deadLettersOf(aws, wiring, deployed),
  };
}

function configOf({ tables, afterIngest }: CloudLabOptions): Config {
  const password = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:serving-MnOpQr';
  const connection = { host: 'serving.example.com', database: 'serving', user: 'tidemark', password };
  return cloudConfig({
    catalog: 'spark_catalog',
    schema: freshSchema(),
    replications: null,
    cloud: { account: '123456789012', ingest: { windowSeconds: 1 }, lakehouse: { setup: true } },
    tables,
    exports: [{ name: 'serving', connection, afterIngest: afterIngest ?? 'never' }],
  });
}

function prefixOf({ storage }: Config): string {
  return storage.kind === 's3' ? storage.prefix : '';
}

async function deadLettersOf(
  aws: LocalAws,
  wiring: Wiring,
  deployed: DeployedPipeline,
): Promise<DeadLetter[]> {
  const queues = wiring.queues.filter(({ redrive }) => redrive === null);
  const urls = queues.map(({ id }) => deployed.queueOf(id).url);
  return (await Promise.all(urls.map((url) => receiveAll(aws.sqs, url)))).flat();
}
