import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config } from '../config/config.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { keyPrefixOf, logRetentionOf } from './config-props.ts';
import { DmsLifecycleProvider } from './dms-lifecycle.ts';
import type { DmsRoles } from './dms-roles.ts';
import { PipelineFunction } from './pipeline-function.ts';
import { ReplicationGroup, type ReplicationNetwork } from './replication-group.ts';

export interface ConfiguredReplicationProps {
  readonly config: Config;
  /** One of the configuration's. */
  readonly replication: ReplicationConfig;
  /** Where the files go. */
  readonly bucket: Pick<IChangeBucket, 'bucketName' | 'encryptionKey'>;
  readonly network: ReplicationNetwork;
  /** Made before DMS looks for them. @default - they are there already */
  readonly roles?: DmsRoles;
}

/** One replication of a configuration with what stops and starts it, and outputs for whoever watches it. */
export class ConfiguredReplication extends Construct {
  readonly group: ReplicationGroup;

  constructor(scope: Construct, id: string, props: ConfiguredReplicationProps) {
    super(scope, id);
    const { config, replication, bucket, network, roles } = props;
    const logRetention = logRetentionOf(config);
    const lifecycle = new DmsLifecycleProvider(this, 'Provider', {
      handler: this.createHandler(config).function,
      logRetention,
    });
    this.group = new ReplicationGroup(this, 'Group', {
      pipeline: config.name,
      replication,
      tables: config.tables.filter((table) => table.replication === replication.name),
      bucket,
      keyPrefix: keyPrefixOf(config),
      network,
      lifecycle,
      logRetention,
    });
    if (roles) this.group.node.addDependency(roles);
    this.tellNextSteps(replication);
  }

  /** Without the configuration: a change of a table or an export must not deploy the functions of other replications. */
  private createHandler({ name, region, cloud }: Config): PipelineFunction {
    return new PipelineFunction(this, 'Handler', {
      handler: 'dms-lifecycle',
      description: 'Stops and starts a replication around a change of it',
      config: { name, region },
      timeout: Duration.minutes(2),
      memorySize: 256,
      logRetention: logRetentionOf({ cloud }),
    });
  }

  private tellNextSteps({ name, capacity, paused }: ReplicationConfig): void {
    const { region } = Stack.of(this);
    const isTask = capacity.kind === 'standard';
    const arn = this.group.replicationArn;
    const about = isTask ? `--replication-task-arn ${arn}` : `--replication-config-arn ${arn}`;
    const verb = isTask ? 'start-replication-task' : 'start-replication';
    const statistics = isTask ? 'describe-table-statistics' : 'describe-replication-table-statistics';
    new CfnOutput(this, 'WatchCommand', {
      description: `How far each table of replication ${name} is`,
      value: `aws dms ${statistics} --region ${region} ${about} --output table`,
    });
    new CfnOutput(this, 'ResumeCommand', {
      description: paused
        ? `Replication ${name} is paused. Take the pause out of the configuration and deploy rather than use this`
        : `The deploy has started replication ${name}; this resumes it after it stopped by itself`,
      value: `aws dms ${verb} --region ${region} ${about} --start-replication-${isTask ? 'task-' : ''}type resume-processing`,
    });
    new CfnOutput(this, 'SecurityGroups', {
      description: `What the database of replication ${name} must let in. What else it needs: tidemark prerequisites ${name}`,
      value: this.group.securityGroups.map(({ securityGroupId }) => securityGroupId).join(', '),
    });
  }
}
