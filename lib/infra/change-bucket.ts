import { CfnOutput, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY } from 'aws-cdk-lib/cx-api';
import { Construct } from 'constructs';
import { type ChangeBucketLifecycle, lifecycleRules } from './change-bucket-lifecycle.ts';

/** A bucket of change files, made here or not. */
export interface IChangeBucket {
  /** Its name as it is, not a reference: whoever refers to it depends on no other stack. */
  readonly bucketName: string;
  /** For constructs of the CDK. */
  readonly bucket: IBucket;
  /** The key that encrypts it; absent where an existing bucket's own settings are relied on. */
  readonly encryptionKey?: IKey;
}

export interface ChangeBucketProps {
  /** Name of the bucket; unique in the world. */
  readonly bucketName: string;
  /** Key that encrypts it, and whose policy must let roles of this account use it. @default - a key is made, rotated every year */
  readonly encryptionKey?: IKey;
  /** @default - see `ChangeBucketLifecycle` */
  readonly lifecycle?: ChangeBucketLifecycle;
  /** How long the log of who asked for which file is kept. @default Duration.days(365) */
  readonly accessLogs?: Duration;
}

/** A bucket that exists. */
export interface ExistingBucketProps {
  readonly bucketName: string;
  /** Key that encrypts it. @default - nobody is let use a key: right for a bucket that S3's own key encrypts */
  readonly encryptionKey?: IKey;
}

const EVENTS_COMMAND = (bucketName: string): string =>
  `aws s3api put-bucket-notification-configuration --bucket ${bucketName} --notification-configuration '{"EventBridgeConfiguration":{}}'`;

/**
 * The bucket that DMS writes change files to: encrypted, for TLS and this account only, versioned, logged, its events
 * sent to EventBridge. Bucket and key outlive the stack. Keep the ids of `Key`, `Logs` and `Bucket` below this construct
 * as they are: another id is another bucket to CloudFormation.
 */
export class ChangeBucket extends Construct implements IChangeBucket {
  /**
   * Refers to a bucket that exists. It must send its events to EventBridge already, which nobody can see at synth: an
   * output says the command that makes sure. Its lifecycle is its owner's; processed files have the tag `PLACE_TAG`.
   */
  static existing(scope: Construct, id: string, props: ExistingBucketProps): IChangeBucket {
    const { bucketName, encryptionKey } = props;
    const place = new Construct(scope, id);
    new CfnOutput(place, 'TurnOnEvents', {
      description: `Bucket ${bucketName} must send its events to EventBridge. See what it does with get-bucket-notification-configuration: this command replaces all of it`,
      value: EVENTS_COMMAND(bucketName),
    });
    const bucket = Bucket.fromBucketName(place, 'Bucket', bucketName);
    return { bucketName, bucket, ...(encryptionKey ? { encryptionKey } : {}) };
  }

  readonly bucketName: string;
  readonly encryptionKey: IKey;
  readonly bucket: Bucket;
  readonly accessLogs: Bucket;

  constructor(scope: Construct, id: string, props: ChangeBucketProps) {
    super(scope, id);
    // Without this flag, which an app may not have set, logs would come by an ACL that the bucket of the logs has not.
    this.node.setContext(S3_SERVER_ACCESS_LOGS_USE_BUCKET_POLICY, true);
    this.bucketName = props.bucketName;
    this.encryptionKey = props.encryptionKey ?? this.createKey();
    this.accessLogs = this.createAccessLogs(props.accessLogs ?? Duration.days(365));
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: props.bucketName,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.encryptionKey,
      // One call to KMS for many files in place of one for each.
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: lifecycleRules(props.lifecycle ?? {}),
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: 'change-files/',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.sendEvents();
  }

  private createKey(): Key {
    return new Key(this, 'Key', {
      description: `Encrypts the change files in ${this.bucketName}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private createAccessLogs(kept: Duration): Bucket {
    const logs = new Bucket(this, 'Logs', {
      // S3 can write logs to no bucket that a key of ours encrypts.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [{ id: 'old-logs', expiration: kept }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds the access logs; a log of who reads them would log itself.',
    });
    return logs;
  }

  /** By the property: the CDK's own switch adds a function that may change the notifications of every bucket. */
  private sendEvents(): void {
    (this.bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
  }
}
