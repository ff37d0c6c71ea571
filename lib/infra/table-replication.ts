import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { METRICS } from '../metrics.ts';
import { ChangeBucket, type IChangeBucket } from './change-bucket.ts';
import { ConfiguredPipeline } from './configured-pipeline.ts';
import { ConfiguredReplication } from './configured-replication.ts';
import { pipelineMetric, type PipelineMetricOptions } from './pipeline-metrics.ts';
import type { ReplicationGroup } from './replication-group.ts';
import { tableReplicationConfig } from './table-replication-config.ts';
import type { TableReplicationProps } from './table-replication-props.ts';

/**
 * Tables of one database, kept with their history in Databricks and, where asked for, served to Postgres: everything
 * from the replication to the alarms, in one stack of yours. Give tables of one database to one construct: each construct
 * is a reader of the database's log. Throws `ConfigError` with everything that is wrong with its props.
 *
 * @see examples/cdk/app.ts
 */
export class TableReplication extends Construct {
  /** What functions are shipped with. */
  readonly config: Config;
  readonly bucket: IChangeBucket;
  readonly replication: ReplicationGroup;
  readonly pipeline: ConfiguredPipeline;
  /** Hears every alarm. */
  readonly alarmTopic: ITopic;

  constructor(scope: Construct, id: string, props: TableReplicationProps) {
    super(scope, id);
    this.config = tableReplicationConfig(scope, id, props);
    const { config } = this;
    const { network } = props;
    this.bucket = props.bucket ?? new ChangeBucket(this, 'ChangeFiles', { bucketName: config.bucket });
    const { group } = new ConfiguredReplication(this, 'Replication', {
      config,
      replication: config.replications[0]!,
      bucket: this.bucket,
      network,
      ...(props.dmsRoles ? { roles: props.dmsRoles } : {}),
    });
    this.replication = group;
    group.node.addDependency(this.bucket.bucket);
    this.pipeline = new ConfiguredPipeline(this, 'Pipeline', {
      config,
      bucket: this.bucket,
      network,
      replications: [group.monitored],
    });
    this.pipeline.lakehouse.node.addDependency(this.bucket.bucket);
    this.alarmTopic = this.pipeline.monitoring.topic;
  }

  /** Lets somebody ring for tables and exports by hand. */
  grantTrigger(grantee: IGrantable): Grant {
    return this.pipeline.ingestion.grantTrigger(grantee);
  }

  /** Seconds from a commit at the source to its rows in the history. @param table @default - the slowest of all */
  metricLag(table?: string, options?: PipelineMetricOptions): Metric {
    return pipelineMetric(METRICS.sourceLag, this.subject({ table }), options);
  }

  /** Seconds that the oldest file waits. By table only while it waits too long. @param table @default - of all tables */
  metricOldestWaiting(table?: string, options?: PipelineMetricOptions): Metric {
    return pipelineMetric(METRICS.oldestWaitingFileAge, this.subject({ table }), options);
  }

  /** Rows of change files that were applied. */
  metricRowsApplied(options?: PipelineMetricOptions): Metric {
    return pipelineMetric(METRICS.rowsApplied, this.subject({}), options);
  }

  /** Files that were put aside for a fault of their own. @param table @default - of all tables */
  metricFilesRejected(table?: string, options?: PipelineMetricOptions): Metric {
    return pipelineMetric(METRICS.filesRejected, this.subject({ table }), options);
  }

  /** Seconds that a batch has waited for an export. @param name of an export @default - the one that lags most */
  metricExportAge(name?: string, options?: PipelineMetricOptions): Metric {
    return pipelineMetric(METRICS.exportAge, this.subject({ export: name }), options);
  }

  private subject(part: { table?: string | undefined; export?: string | undefined }) {
    return { pipeline: this.config.name, ...part };
  }
}
