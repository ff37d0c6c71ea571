import { createHash } from 'node:crypto';
import { RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as dms from 'aws-cdk-lib/aws-dms';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import type { ReplicationDefinition } from '../dms/lifecycle-event.ts';
import { dmsProblems } from '../dms/lint.ts';
import { type DmsNames, dmsNames } from '../dms/names.ts';
import { renderTableMappings, tableMappings } from '../dms/table-mappings.ts';
import { renderTaskSettings, taskSettings } from '../dms/task-settings.ts';
import { ConfigError } from '../errors.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { SourceEndpoint, TargetEndpoint } from './dms-endpoints.ts';
import { DmsLifecycle, type DmsLifecycleProvider } from './dms-lifecycle.ts';
import {
  completeReplication,
  completeTable,
  type ReplicatedTableProps,
  type ReplicationProps,
} from './replication-props.ts';

/** Where the machines of DMS are. */
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
  readonly bucket: IChangeBucket;
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
 * deploy changes it and started or resumed after. Throws `ConfigError` with every setting that would lose changes.
 */
export class ReplicationGroup extends Construct {
  readonly names: DmsNames;
  /** ARN of the task, or of the serverless configuration. */
  readonly replicationArn: string;
  /** Last part of that ARN; a dimension of DMS's metrics. */
  readonly resourceIdentifier: string;
  readonly logGroup: logs.LogGroup;
  /** Of the machines of DMS: what the database must let in. */
  readonly securityGroups: readonly ec2.ISecurityGroup[];
  readonly subnetGroup: dms.CfnReplicationSubnetGroup;
  readonly source: SourceEndpoint;
  readonly target: TargetEndpoint;
  /** Only of a standard replication. */
  readonly instance: dms.CfnReplicationInstance | null;
  readonly lifecycle: DmsLifecycle;

  constructor(scope: Construct, id: string, props: ReplicationGroupProps) {
    super(scope, id);
    const plan = planReplication(props);
    const { replication, names } = plan;
    this.names = names;
    this.resourceIdentifier = shortIdentifier(names.replication);
    this.securityGroups = props.network.securityGroups ?? [
      this.createSecurityGroup(props.network.vpc, names),
    ];
    this.subnetGroup = this.createSubnetGroup(props.network, names);
    this.logGroup = this.createLogGroup(props, replication);
    this.source = new SourceEndpoint(this, 'Source', { identifier: names.sourceEndpoint, replication });
    this.target = this.createTarget(props, plan);
    this.instance = replication.capacity.kind === 'standard' ? this.createInstance(replication) : null;
    const copier = this.instance ? this.createTask(this.instance, plan) : this.createConfig(plan);
    copier.node.addDependency(this.logGroup);
    this.replicationArn = copier.ref;
    this.lifecycle = new DmsLifecycle(this, 'Lifecycle', {
      provider: props.lifecycle,
      definition: this.define(plan, props.network.vpc),
      copier,
      endpoints: [this.source.endpoint, this.target.endpoint],
      ...(this.instance ? { instance: this.instance } : {}),
    });
  }

  private createSecurityGroup(vpc: ec2.IVpc, names: DmsNames): ec2.SecurityGroup {
    return new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: `Machines of DMS replication ${names.replication}: ways out only`,
    });
  }

  private createSubnetGroup(
    { vpc, subnets }: ReplicationNetwork,
    names: DmsNames,
  ): dms.CfnReplicationSubnetGroup {
    return new dms.CfnReplicationSubnetGroup(this, 'Subnets', {
      replicationSubnetGroupIdentifier: names.subnetGroup,
      replicationSubnetGroupDescription: `Subnets of DMS replication ${names.replication}`,
      subnetIds: vpc.selectSubnets(subnets).subnetIds,
    });
  }

  /** DMS would make the log group itself, without an end to what it keeps. */
  private createLogGroup(
    { logRetention }: ReplicationGroupProps,
    replication: ReplicationConfig,
  ): logs.LogGroup {
    return new logs.LogGroup(this, 'Logs', {
      logGroupName:
        replication.capacity.kind === 'standard'
          ? `dms-tasks-${this.names.instance}`
          : `dms-serverless-replication-${this.resourceIdentifier}`,
      retention: logRetention ?? logs.RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  private createTarget(
    props: ReplicationGroupProps,
    { replication, names, commitTimeColumn }: Plan,
  ): TargetEndpoint {
    const { bucket, keyPrefix = '', bucketAccount } = props;
    return new TargetEndpoint(this, 'Target', {
      identifier: names.targetEndpoint,
      replication,
      bucket,
      keyPrefix,
      account: bucketAccount ?? Stack.of(this).account,
      commitTimeColumn,
    });
  }

  private createInstance({ capacity }: ReplicationConfig): dms.CfnReplicationInstance {
    if (capacity.kind !== 'standard') throw new Error('A serverless replication has no instance.');
    const { instanceClass, storageGb, multiAz, engineVersion } = capacity;
    return new dms.CfnReplicationInstance(this, 'Instance', {
      replicationInstanceIdentifier: this.names.instance,
      replicationInstanceClass: instanceClass,
      allocatedStorage: storageGb,
      multiAz,
      // Whoever names a version means to get it.
      ...(engineVersion === undefined ? {} : { engineVersion, allowMajorVersionUpgrade: true }),
      publiclyAccessible: false,
      replicationSubnetGroupIdentifier: this.subnetGroup.ref,
      vpcSecurityGroupIds: this.securityGroupIds(),
    });
  }

  private createTask(
    instance: dms.CfnReplicationInstance,
    { replication, mappings, settings }: Plan,
  ): dms.CfnReplicationTask {
    return new dms.CfnReplicationTask(this, 'Task', {
      replicationTaskIdentifier: this.names.replication,
      resourceIdentifier: this.resourceIdentifier,
      migrationType: replication.migration,
      replicationInstanceArn: instance.ref,
      sourceEndpointArn: this.source.endpoint.ref,
      targetEndpointArn: this.target.endpoint.ref,
      tableMappings: renderTableMappings(mappings),
      replicationTaskSettings: renderTaskSettings(settings),
    });
  }

  private createConfig({ replication, mappings, settings }: Plan): dms.CfnReplicationConfig {
    const { capacity } = replication;
    if (capacity.kind !== 'serverless') throw new Error('A standard replication has a task.');
    return new dms.CfnReplicationConfig(this, 'Config', {
      replicationConfigIdentifier: this.names.replication,
      resourceIdentifier: this.resourceIdentifier,
      replicationType: replication.migration,
      sourceEndpointArn: this.source.endpoint.ref,
      targetEndpointArn: this.target.endpoint.ref,
      tableMappings: mappings,
      replicationSettings: settings,
      computeConfig: {
        minCapacityUnits: capacity.minUnits,
        maxCapacityUnits: capacity.maxUnits,
        multiAz: capacity.multiAz,
        replicationSubnetGroupId: this.subnetGroup.ref,
        vpcSecurityGroupIds: this.securityGroupIds(),
      },
    });
  }

  private securityGroupIds(): string[] {
    return this.securityGroups.map(({ securityGroupId }) => securityGroupId);
  }

  /** Tokens in the definition are resolved, for the number in one says only how many there were before it. */
  private define(
    { replication, tables, names, mappings, settings }: Plan,
    vpc: ec2.IVpc,
  ): ReplicationDefinition {
    const { name, migration, source, capacity, paused } = replication;
    const vpcId = Token.isUnresolved(vpc.vpcId) ? 'made by the app' : vpc.vpcId;
    const parts = {
      capacity,
      mappings,
      settings,
      source: this.source.definition,
      target: this.target.definition,
      securityGroups: this.securityGroupIds(),
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
          'identifier in the ARN': this.resourceIdentifier,
          ...(capacity.kind === 'standard' ? { VPC: vpcId } : {}),
        },
      },
      running: !paused,
      tables: tables.map((table) => table.source),
      definition: Stack.of(this).resolve(parts),
    };
  }
}

/** What a replication comes to, before anything of AWS. */
interface Plan {
  readonly replication: ReplicationConfig;
  readonly tables: readonly TableConfig[];
  readonly names: DmsNames;
  readonly commitTimeColumn: string;
  readonly mappings: ReturnType<typeof tableMappings>;
  readonly settings: ReturnType<typeof taskSettings>;
}

function planReplication({ pipeline, keyPrefix = '', ...props }: ReplicationGroupProps): Plan {
  const replication = completeReplication(props.replication);
  const tables = props.tables.map((table) => completeTable(table, replication.name));
  const config: Pick<Config, 'storage' | 'tables' | 'replications'> = {
    storage: { kind: 's3', prefix: keyPrefix },
    tables,
    replications: [replication],
  };
  const problems = dmsProblems(config);
  if (problems.length > 0) throw new ConfigError(problems, `replication ${replication.name}`);
  const [first] = tables;
  return {
    replication,
    tables,
    names: dmsNames(pipeline, replication.name),
    commitTimeColumn: first?.changeColumns.commitTime ?? '',
    mappings: tableMappings(config, replication),
    settings: taskSettings(replication),
  };
}

/** Longest identifier that DMS puts at the end of an ARN. */
const MAX_IDENTIFIER = 31;

/** A name as the end of an ARN: itself, or cut and with a hash. */
function shortIdentifier(name: string): string {
  if (name.length <= MAX_IDENTIFIER) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_IDENTIFIER - 9).replace(/-+$/, '')}-${hash}`;
}
