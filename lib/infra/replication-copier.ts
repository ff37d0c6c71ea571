import * as dms from 'aws-cdk-lib/aws-dms';
import type { Construct } from 'constructs';
import type { ReplicationCapacity } from '../config/cloud.ts';
import { renderTableMappings } from '../dms/table-mappings.ts';
import { renderTaskSettings } from '../dms/task-settings.ts';
import type { ReplicationPlan } from './replication-plan.ts';

/** Where it runs and what it connects. */
export interface CopierParts {
  readonly source: dms.CfnEndpoint;
  readonly target: dms.CfnEndpoint;
  readonly subnetGroup: dms.CfnReplicationSubnetGroup;
  readonly securityGroupIds: readonly string[];
}

/** What copies: a task on an instance, or a configuration that DMS sizes an instance for. */
export interface Copier {
  readonly resource: dms.CfnReplicationTask | dms.CfnReplicationConfig;
  /** Only of a task. */
  readonly instance: dms.CfnReplicationInstance | null;
}

/** Makes what copies, as the plan's capacity wants it. Keep the ids: another id is another replication to CloudFormation. */
export function createCopier(scope: Construct, plan: ReplicationPlan, parts: CopierParts): Copier {
  const { capacity } = plan.replication;
  if (capacity.kind === 'serverless') {
    return { resource: createConfig(scope, capacity, plan, parts), instance: null };
  }
  const instance = createInstance(scope, capacity, plan, parts);
  return { resource: createTask(scope, instance, plan, parts), instance };
}

function createInstance(
  scope: Construct,
  capacity: Extract<ReplicationCapacity, { kind: 'standard' }>,
  { names }: ReplicationPlan,
  { subnetGroup, securityGroupIds }: CopierParts,
): dms.CfnReplicationInstance {
  const { instanceClass, storageGb, multiAz, engineVersion } = capacity;
  return new dms.CfnReplicationInstance(scope, 'Instance', {
    replicationInstanceIdentifier: names.instance,
    replicationInstanceClass: instanceClass,
    allocatedStorage: storageGb,
    multiAz,
    // Whoever names a version means to get it.
    ...(engineVersion === undefined ? {} : { engineVersion, allowMajorVersionUpgrade: true }),
    publiclyAccessible: false,
    replicationSubnetGroupIdentifier: subnetGroup.ref,
    vpcSecurityGroupIds: [...securityGroupIds],
  });
}

function createTask(
  scope: Construct,
  instance: dms.CfnReplicationInstance,
  { replication, names, resourceIdentifier, mappings, settings }: ReplicationPlan,
  { source, target }: CopierParts,
): dms.CfnReplicationTask {
  return new dms.CfnReplicationTask(scope, 'Task', {
    replicationTaskIdentifier: names.replication,
    resourceIdentifier,
    migrationType: replication.migration,
    replicationInstanceArn: instance.ref,
    sourceEndpointArn: source.ref,
    targetEndpointArn: target.ref,
    tableMappings: renderTableMappings(mappings),
    replicationTaskSettings: renderTaskSettings(settings),
  });
}

function createConfig(
  scope: Construct,
  { minUnits, maxUnits, multiAz }: Extract<ReplicationCapacity, { kind: 'serverless' }>,
  { replication, names, resourceIdentifier, mappings, settings }: ReplicationPlan,
  { source, target, subnetGroup, securityGroupIds }: CopierParts,
): dms.CfnReplicationConfig {
  return new dms.CfnReplicationConfig(scope, 'Config', {
    replicationConfigIdentifier: names.replication,
    resourceIdentifier,
    replicationType: replication.migration,
    sourceEndpointArn: source.ref,
    targetEndpointArn: target.ref,
    tableMappings: mappings,
    replicationSettings: settings,
    computeConfig: {
      minCapacityUnits: minUnits,
      maxCapacityUnits: maxUnits,
      multiAz,
      replicationSubnetGroupId: subnetGroup.ref,
      vpcSecurityGroupIds: [...securityGroupIds],
    },
  });
}
