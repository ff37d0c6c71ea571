import { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { Config } from '../config/config.ts';
import { ChangeBucket } from './change-bucket.ts';
import { bucketLifecycle, stackProps } from './config-props.ts';
import { DmsRoles } from './dms-roles.ts';

/** What outlives everything else: the bucket of the change files with its key, and the roles of DMS where they are asked for. */
export class StorageStack extends Stack {
  /** Null where the bucket exists. */
  readonly bucket: ChangeBucket | null;
  /** Null where the account has them. */
  readonly dmsRoles: DmsRoles | null;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id, stackProps(config, 'storage', `Change files of pipeline ${config.name}`));
    const { bucket, createDmsRoles } = config.cloud;
    const { keyArn } = bucket;
    this.bucket = bucket.existing
      ? null
      : new ChangeBucket(this, 'ChangeFiles', {
          bucketName: config.bucket,
          lifecycle: bucketLifecycle(bucket),
          ...(keyArn === undefined ? {} : { encryptionKey: Key.fromKeyArn(this, 'GivenKey', keyArn) }),
        });
    this.dmsRoles = createDmsRoles ? new DmsRoles(this, 'DmsRoles') : null;
  }
}

/** A stack with nothing in it cannot be deployed. */
export function needsStorageStack({ cloud }: Pick<Config, 'cloud'>): boolean {
  return !cloud.bucket.existing || cloud.createDmsRoles;
}
