import type { App } from 'aws-cdk-lib';
import { needsNetwork } from '../cloud-plan/parts.ts';
import { stackName } from '../config/cloud-names.ts';
import type { Config } from '../config/config.ts';
import { assertDeployable } from './deploy-problems.ts';
import { NetworkStack } from './network-stack.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { ReplicationStack } from './replication-stack.ts';
import { needsStorageStack, StorageStack } from './storage-stack.ts';

/** The stacks of a configuration, in the order that they are deployed in. */
export interface TidemarkStacks {
  /** Only with a new VPC that something runs in. */
  readonly network: NetworkStack | null;
  /** Not where the bucket and the roles of DMS exist. */
  readonly storage: StorageStack | null;
  readonly replications: readonly ReplicationStack[];
  readonly pipeline: PipelineStack;
}

/**
 * Everything that a configuration asks for, one stack for each thing that changes by itself. The number of resources
 * depends on replications and exports and not on tables. Nothing is looked up. Throws `ConfigError` with everything that
 * keeps the configuration from being deployed.
 */
export function buildApp(app: App, config: Config): TidemarkStacks {
  assertDeployable(config);
  const network =
    config.cloud.network.kind === 'new' && needsNetwork(config)
      ? new NetworkStack(app, stackName(config, 'network'), config)
      : null;
  const storage = needsStorageStack(config)
    ? new StorageStack(app, stackName(config, 'storage'), config)
    : null;
  const shared = { config, ...(storage ? { storage } : {}), ...(network ? { network } : {}) };
  const replications = config.replications.map(
    (replication) => new ReplicationStack(app, stackName(config, replication), { ...shared, replication }),
  );
  const pipeline = new PipelineStack(app, stackName(config, 'pipeline'), {
    ...shared,
    replications: replications.map(({ group }) => group.monitored),
  });
  return { network, storage, replications, pipeline };
}
