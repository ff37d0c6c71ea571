import { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { ChangeBucket, type IChangeBucket } from './change-bucket.ts';
import { networkProps, stackProps } from './config-props.ts';
import { ConfiguredPipeline } from './configured-pipeline.ts';
import { PipelineNetwork } from './network.ts';
import type { NetworkStack } from './network-stack.ts';
import type { MonitoredReplication } from './replication-metrics.ts';
import type { StorageStack } from './storage-stack.ts';

export interface PipelineStackProps {
  readonly config: Config;
  /** @default - the bucket exists */
  readonly storage?: StorageStack;
  /** @default - the VPC exists, or nothing needs one */
  readonly network?: NetworkStack;
  readonly replications: readonly MonitoredReplication[];
}

/** From a file in the bucket to a history and on to the targets, and what watches over it. Holds no data. */
export class PipelineStack extends Stack {
  readonly pipeline: ConfiguredPipeline;

  constructor(scope: Construct, id: string, props: PipelineStackProps) {
    const { config, storage, replications } = props;
    super(scope, id, stackProps(config, 'pipeline', `Histories and exports of pipeline ${config.name}`));
    const network = runsInNetwork(config) ? this.networkOf(props) : undefined;
    this.pipeline = new ConfiguredPipeline(this, 'Pipeline', {
      config,
      bucket: storage?.bucket ?? this.existingBucket(config),
      ...(network ? { network } : {}),
      replications,
    });
    // The bucket is known by its name, which tells CloudFormation nothing.
    if (storage) this.addStackDependency(storage);
  }

  private networkOf({ config, network }: PipelineStackProps): PipelineNetwork {
    return network?.network ?? new PipelineNetwork(this, 'Network', networkProps(config));
  }

  private existingBucket({ bucket: bucketName, cloud }: Config): IChangeBucket {
    const { keyArn } = cloud.bucket;
    return ChangeBucket.existing(this, 'ChangeFiles', {
      bucketName,
      ...(keyArn === undefined ? {} : { encryptionKey: Key.fromKeyArn(this, 'BucketKey', keyArn) }),
    });
  }
}

/** Some function of the pipeline is put into the network. */
function runsInNetwork({ cloud, exports }: Config): boolean {
  return cloud.ingest.inNetwork || exports.some(({ trigger }) => trigger.inNetwork);
}
