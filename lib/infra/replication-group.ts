import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dms from 'aws-cdk-lib/aws-dms';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ReplicationDefinition } from '../dms/lifecycle-event.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { SourceEndpoint, TargetEndpoint } from './dms-endpoints.ts';
import { DmsLifecycle, type DmsLifecycleProvider } from './dms-lifecycle.ts';
import { createCopier } from './replication-copier.ts';
import type { MonitoredReplication } from './replication-metrics.ts';
import { planReplication, type ReplicationPlan } from './replication-plan.ts';
import type { ReplicatedTableProps, ReplicationProps } from './replication-props.ts';
import { countSuspendedTables } from './suspended-tables.ts';

/** Where the machines of DMS are. A `PipelineNetwork` will do. */
export interface ReplicationNetwork {
  readonly vpc: ec2.IVpc;
  /** In at least two zones. @default - the private subnets of the VPC */
  readonly subnets?: ec2.SubnetSelection;
  /** @default - one is made, with ways out only */
  readonly securityGroups?: readonly ec2.ISecurityGroup[];
}

export interface ReplicationGroupProps {
  /** Name of the pipeline: the first part of what things are called in DMS. */
  readonly pipeline: string;
  readonly replication: ReplicationProps;
  /** Tables to copy, all of one database. */
  readonly tables: readonly ReplicatedTableProps[];
  /** Bucket that the files go to. */
  readonly bucket: Pick<IChangeBucket, 'bucketName' | 'encryptionKey'>;
  /** Folder of the bucket below which all lies, without a slash at either end. @default - the whole bucket */
  readonly keyPrefix?: string;
  /** Account that owns the bucket. @default - the stack's */
  readonly bucketAccount?: string;
  readonly network: ReplicationNetwork;
  /** Stops and starts the replication around changes; one serves all replications of a stack. */
  readonly lifecycle: DmsLifecycleProvider;
  /** How long the log of DMS is kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * One DMS replication: tables of one database to the folders of a bucket that `tableFolders` names. Stopped before a
 * deploy changes it and started or resumed after. DMS must have its roles in the account, see `DmsRoles`. Throws
 * `ConfigError` with everything that the source cannot do and every setting that would lose changes.
 */
export class ReplicationGroup extends Construct {
  /** ARN of the task, or of the serverless configuration. */
  readonly replicationArn: string;
  /** What alarms and dashboards have to know; no references. */
  readonly monitored: MonitoredReplication;
  readonly logGroup: logs.LogGroup;
  /** Of the machines of DMS: what the database must let in. */
  readonly securityGroups: readonly ec2.ISecurityGroup[];
  readonly subnetGroup: dms.CfnReplicationSubnetGroup;
  readonly source: SourceEndpoint;
  readonly target: TargetEndpoint;
  readonly lifecycle: DmsLifecycle;
  private readonly plan: ReplicationPlan;

  constructor(scope: Construct, id: string, props: ReplicationGroupProps) {
    super(scope, id);
    const { pipeline, replication: asked, tables, keyPrefix = '' } = props;
    this.plan = planReplication({ pipeline, replication: asked, tables, keyPrefix });
    const { replication, names } = this.plan;
    this.monitored = monitored(this.plan);
    this.securityGroups = props.network.securityGroups ?? [this.createSecurityGroup(props.network.vpc)];
    this.subnetGroup = this.createSubnetGroup(props.network);
    this.logGroup = this.createLogGroup(props.logRetention);
    countSuspendedTables(this.logGroup, this.plan.resourceIdentifier);
    this.source = new SourceEndpoint(this, 'Source', { identifier: names.sourceEndpoint, replication });
    this.target = new TargetEndpoint(this, 'Target', {
      identifier: names.targetEndpoint,
      replication,
      bucket: props.bucket,
      keyPrefix,
      account: props.bucketAccount ?? Stack.of(this).account,
      commitTimeColumn: this.plan.commitTimeColumn,
    });
    const { resource, instance } = createCopier(this, this.plan, {
      source: this.source.endpoint,
      target: this.target.endpoint,
      subnetGroup: this.subnetGroup,
      securityGroupIds: this.securityGroupIds(),
    });
    resource.node.addDependency(this.logGroup);
    this.replicationArn = resource.ref;
    this.lifecycle = new DmsLifecycle(this, 'Lifecycle', {
      provider: props.lifecycle,
      definition: this.define(),
      copier: resource,
      endpoints: [this.source.endpoint, this.target.endpoint],
      ...(instance ? { instance } : {}),
    });
  }

  private createSecurityGroup(vpc: ec2.IVpc): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Machines of DMS replication ${this.plan.names.replication}: ways out only`,
    });
  }

  private createSubnetGroup({ vpc, subnets }: ReplicationNetwork): dms.CfnReplicationSubnetGroup {
    return new dms.CfnReplicationSubnetGroup(this, 'Subnets', {
      replicationSubnetGroupIdentifier: this.plan.names.subnetGroup,
      replicationSubnetGroupDescription: `Subnets of DMS replication ${this.plan.names.replication}`,
      subnetIds: vpc.selectSubnets(subnets).subnetIds,
    });
  }

  /**
   * DMS would make the log group itself, without an end to what it keeps.
   * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Serverless.Components.html
   */
  private createLogGroup(retention = logs.RetentionDays.THREE_MONTHS): logs.LogGroup {
    const { replication, names, resourceIdentifier } = this.plan;
    const isStandard = replication.capacity.kind === 'standard';
    return new logs.LogGroup(this, 'Logs', {
      logGroupName: isStandard
        ? `dms-tasks-${names.instance}`
        : `dms-serverless-replication-${resourceIdentifier}`,
      retention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private securityGroupIds(): string[] {
    return this.securityGroups.map(({ securityGroupId }) => securityGroupId);
  }

  private define(): ReplicationDefinition {
    const { replication, tables, names, resourceIdentifier, mappings, settings } = this.plan;
    const { name, migration, source, capacity, paused } = replication;
    const stackTags = Object.entries(Stack.of(this).tags.tagValues());
    const told = {
      capacity,
      mappings,
      settings,
      source: this.source.definition,
      target: this.target.definition,
      securityGroups: this.securityGroupIds(),
      // CloudFormation hands the stack's tags on to what DMS has, and a running replication is not to be touched.
      ...(stackTags.length > 0 ? { tags: stackTags } : {}),
    };
    return {
      replication: name,
      identity: {
        kind: capacity.kind,
        identifier: names.replication,
        migration,
        others: {
          engine: source.engine,
          database: source.database,
          'identifier in the ARN': resourceIdentifier,
        },
      },
      running: !paused,
      tables: tables.map((table) => table.source),
      // Resolved, for the number in a token says only how many tokens there were before it.
      definition: Stack.of(this).resolve(told),
    };
  }
}

function monitored({ replication, names, resourceIdentifier }: ReplicationPlan): MonitoredReplication {
  const { name, migration, paused, capacity } = replication;
  return {
    name,
    resourceIdentifier,
    migration,
    paused,
    tellsSuspended: true,
    ...(capacity.kind === 'standard'
      ? { instance: { identifier: names.instance, storageGb: capacity.storageGb } }
      : {}),
  };
}
