import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ringDelaySeconds } from '../bell/window.ts';
import { isExpected } from '../cloud-plan/parts.ts';
import type { Config, ExportConfig } from '../config/config.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { engineSecrets, exportSecrets, keyPrefixOf, logRetentionOf } from './config-props.ts';
import { Ingestion } from './ingestion.ts';
import { Lakehouse } from './lakehouse.ts';
import { lakehouseDefinition } from './lakehouse-definition.ts';
import { PipelineMonitoring } from './monitoring.ts';
import type { PipelineNetwork } from './network.ts';
import { type FunctionPlacement, PipelineFunction } from './pipeline-function.ts';
import type { MonitoredReplication } from './replication-metrics.ts';
import { shipConfig, type ShippedFiles } from './shipped-config.ts';
import { SnapshotExport } from './snapshot-export.ts';
import type { MonitoredFunction, MonitoredQueue } from './work-alarms.ts';

export interface ConfiguredPipelineProps {
  readonly config: Config;
  readonly bucket: IChangeBucket;
  /** Where functions run that the configuration puts into the network. @default - none is put there */
  readonly network?: PipelineNetwork;
  /** What is watched besides. @default - nothing is copied by DMS */
  readonly replications?: readonly MonitoredReplication[];
}

/** What all functions get. */
type Shared = ShippedFiles & { readonly logRetention: RetentionDays };

/** How often the sweep runs. Its alarm tells after three times of silence. */
const SWEEP_EVERY = Duration.minutes(15);

/** Everything of a configuration behind the bucket: Databricks, ingestion, exports, and who is told when something is wrong. */
export class ConfiguredPipeline extends Construct {
  readonly lakehouse: Lakehouse;
  readonly ingestion: Ingestion;
  /** Outside of the network and inside of it, as far as there are exports in either. */
  readonly exports: readonly SnapshotExport[];
  readonly monitoring: PipelineMonitoring;

  constructor(scope: Construct, id: string, props: ConfiguredPipelineProps) {
    super(scope, id);
    const shared = { ...shipConfig(props.config), logRetention: logRetentionOf(props.config) };
    this.lakehouse = this.createLakehouse(props, shared);
    this.ingestion = this.createIngestion(props, shared);
    // Tables are there before somebody works on them.
    if (this.lakehouse.ready) this.ingestion.node.addDependency(this.lakehouse.ready);
    const { exports } = props.config;
    const outside = exports.filter(({ trigger }) => !trigger.inNetwork);
    const inside = exports.filter(({ trigger }) => trigger.inNetwork);
    const places = [
      this.createExport('Exports', outside, shared, undefined),
      this.createExport('NetworkExports', inside, shared, props.network),
    ];
    this.exports = places.filter((place) => place !== null);
    this.monitoring = this.createMonitoring(props, {
      exports: places[0] ?? null,
      'exports in the network': places[1] ?? null,
    });
  }

  private createLakehouse({ config, bucket, network }: ConfiguredPipelineProps, shared: Shared): Lakehouse {
    const { setup, storageCredential, externalLocation, roleArn } = config.cloud.lakehouse;
    const handler = (): IFunction => {
      const placement = this.placement(config.cloud.ingest.inNetwork, network, 'setup');
      const made = new PipelineFunction(this, 'Setup', {
        ...shared,
        handler: 'setup',
        description: 'Makes what must exist in Databricks',
        timeout: Duration.minutes(10),
        memorySize: 1024,
        secrets: engineSecrets(config),
        ...(placement ? { placement } : {}),
      });
      return made.function;
    };
    return new Lakehouse(this, 'Lakehouse', {
      handler,
      bucket,
      keyPrefix: keyPrefixOf(config),
      setup,
      storageCredential,
      externalLocation,
      ...(roleArn === undefined ? {} : { roleArn }),
      definition: lakehouseDefinition(config),
      logRetention: shared.logRetention,
    });
  }

  private createIngestion({ config, bucket, network }: ConfiguredPipelineProps, shared: Shared): Ingestion {
    const { ingest } = config.cloud;
    const placement = this.placement(ingest.inNetwork, network, 'ingest');
    return new Ingestion(this, 'Ingestion', {
      ...shared,
      bucket,
      keyPrefix: keyPrefixOf(config),
      secrets: engineSecrets(config),
      window: Duration.seconds(ingest.windowSeconds),
      schedule: ingest.schedule,
      sweepSchedule: `rate(${SWEEP_EVERY.toMinutes()} minutes)`,
      concurrency: ingest.concurrency,
      memorySize: ingest.memoryMb,
      timeout: Duration.seconds(ingest.timeoutSeconds),
      ...(placement ? { placement } : {}),
    });
  }

  private createExport(
    id: string,
    exports: readonly ExportConfig[],
    shared: Shared,
    network: PipelineNetwork | undefined,
  ): SnapshotExport | null {
    if (exports.length === 0) return null;
    const names = exports.map(({ name }) => name).join(', ');
    const placement = this.placement(exports[0]!.trigger.inNetwork, network, `export ${names}`);
    return new SnapshotExport(this, id, {
      ...shared,
      bell: this.ingestion.bell,
      exports: exports.map(({ name, trigger }) => ({ name, schedule: trigger.schedule })),
      secrets: [...engineSecrets(shared.config), ...exportSecrets(exports)],
      ...(placement ? { placement } : {}),
    });
  }

  private createMonitoring(
    { config, replications }: ConfiguredPipelineProps,
    places: Readonly<Record<string, SnapshotExport | null>>,
  ): PipelineMonitoring {
    const { alarms, ingest } = config.cloud;
    const { bell, rings, ingest: worker, sweep } = this.ingestion;
    const there = Object.entries(places).flatMap(([name, place]) => (place ? [{ name, place }] : []));
    const queues: MonitoredQueue[] = [
      { name: 'calls', ...pick(bell.queue) },
      { name: 'rings', ...pick(rings), delay: Duration.seconds(ringDelaySeconds(ingest.windowSeconds)) },
      ...there.map(({ name, place }) => ({ name, ...pick(place.requests) })),
    ];
    const functions: MonitoredFunction[] = [
      { name: 'router', ...called(bell.router) },
      { name: 'ingest', ...called(worker) },
      { name: 'sweep', ...called(sweep) },
      ...there.map(({ name, place }) => ({ name, ...called(place.function) })),
    ];
    return new PipelineMonitoring(this, 'Monitoring', {
      pipeline: config.name,
      queues,
      functions,
      ...(replications ? { replications } : {}),
      expectsExports: config.exports.some(isExpected),
      sweepEvery: SWEEP_EVERY,
      waiting: Duration.minutes(alarms.waitingMinutes),
      lag: Duration.minutes(alarms.lagMinutes),
      exportAge: Duration.hours(alarms.exportHours),
      emails: alarms.emails,
      ...(alarms.topicArn === undefined ? {} : { topicArn: alarms.topicArn }),
    });
  }

  private placement(
    inNetwork: boolean,
    network: PipelineNetwork | undefined,
    what: string,
  ): FunctionPlacement | undefined {
    return inNetwork ? network?.placementFor(what) : undefined;
  }
}

function pick({ queue, deadLetters }: Pick<MonitoredQueue, 'queue' | 'deadLetters'>) {
  return { queue, deadLetters };
}

function called({ function: worker, timeout }: Pick<MonitoredFunction, 'function' | 'timeout'>) {
  return { function: worker, timeout };
}
