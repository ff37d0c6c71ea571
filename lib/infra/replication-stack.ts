import { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config } from '../config/config.ts';
import { networkProps, stackProps } from './config-props.ts';
import { ConfiguredReplication } from './configured-replication.ts';
import { PipelineNetwork } from './network.ts';
import type { NetworkStack } from './network-stack.ts';
import type { ReplicationGroup } from './replication-group.ts';
import type { StorageStack } from './storage-stack.ts';

export interface ReplicationStackProps {
  readonly config: Config;
  readonly replication: ReplicationConfig;
  /** @default - the bucket exists, and so do the roles of DMS */
  readonly storage?: StorageStack;
  /** @default - the VPC exists */
  readonly network?: NetworkStack;
}

/** One replication. Nothing in it is named after a table. */
export class ReplicationStack extends Stack {
  readonly group: ReplicationGroup;

  constructor(scope: Construct, id: string, props: ReplicationStackProps) {
    const { config, replication, storage } = props;
    const description = `Replication ${replication.name} of pipeline ${config.name}`;
    super(scope, id, stackProps(config, replication, description));
    const network = props.network?.network ?? new PipelineNetwork(this, 'Network', networkProps(config));
    const { keyArn } = config.cloud.bucket;
    const givenKey = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'BucketKey', keyArn);
    const encryptionKey = storage?.bucket?.encryptionKey ?? givenKey;
    const { group } = new ConfiguredReplication(this, 'Replication', {
      config,
      replication,
      bucket: { bucketName: config.bucket, ...(encryptionKey ? { encryptionKey } : {}) },
      network,
      ...(storage?.dmsRoles ? { roles: storage.dmsRoles } : {}),
    });
    this.group = group;
    // The bucket is known by its name, which tells CloudFormation nothing.
    if (storage) this.addStackDependency(storage);
  }
}
