import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, ExportConfig } from '../config/config.ts';

/** What of a deployment depends on the configuration and has no name in it. */
export interface Parts {
  /** A VPC is made. */
  readonly newNetwork: boolean;
  /** Keys of KMS that are made. */
  readonly keys: number;
  /** Queues that functions work on, each with one for dead letters. */
  readonly queues: readonly string[];
  /** Functions that run day by day; those of a deploy are not among them. */
  readonly functions: readonly string[];
  readonly alarms: number;
  /** Some export is sent by itself. */
  readonly expectsExports: boolean;
}

/** Alarms that every pipeline has: waiting, lag, failures, rejected files, two of the sweep. */
const PIPELINE_ALARMS = 6;
const EXPORT_ALARMS = 2;
const QUEUE_ALARMS = 2;
const FUNCTION_ALARMS = 3;

/** Counts what a deployment of this configuration has. A test holds the alarms against those that are made. */
export function partsOf(config: Config): Parts {
  const { cloud, exports, replications } = config;
  const places = [
    ...(exports.some(({ trigger }) => !trigger.inNetwork) ? ['exports'] : []),
    ...(exports.some(({ trigger }) => trigger.inNetwork) ? ['exports in the network'] : []),
  ];
  const queues = ['calls', 'rings', ...places];
  const functions = ['router', 'ingest', 'sweep', ...places];
  const expectsExports = exports.some(isExpected);
  const alarms =
    PIPELINE_ALARMS +
    (expectsExports ? EXPORT_ALARMS : 0) +
    queues.length * QUEUE_ALARMS +
    functions.length * FUNCTION_ALARMS +
    replications.reduce((sum, replication) => sum + replicationAlarms(replication), 0);
  return {
    newNetwork: cloud.network.kind === 'new' && needsNetwork(config),
    keys:
      (cloud.bucket.existing || cloud.bucket.keyArn ? 0 : 1) + (cloud.alarms.topicArn === undefined ? 1 : 0),
    queues,
    functions,
    alarms,
    expectsExports,
  };
}

/** True for an export that a schedule or new batches send. */
export function isExpected({ trigger }: Pick<ExportConfig, 'trigger'>): boolean {
  return trigger.schedule !== null || trigger.afterIngestSeconds !== null;
}

/** Something of the pipeline runs in a VPC. */
export function needsNetwork({ cloud, exports, replications }: Config): boolean {
  return (
    replications.length > 0 || cloud.ingest.inNetwork || exports.some(({ trigger }) => trigger.inNetwork)
  );
}

/** Two latencies and silence where it follows changes; tables given up; the disk of a machine. */
function replicationAlarms({ capacity, migration, paused }: ReplicationConfig): number {
  return (migration === 'full-load' || paused ? 0 : 3) + 1 + (capacity.kind === 'standard' ? 1 : 0);
}
