import { Stack } from 'aws-cdk-lib';
import * as dms from 'aws-cdk-lib/aws-dms';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ReplicationConfig } from '../config/cloud.ts';
import { cdkS3Settings, s3TargetSettings } from '../dms/s3-settings.ts';
import { findSource } from '../sources/sources.ts';
import { acknowledgeResource } from './acknowledge-resource.ts';
import type { IChangeBucket } from './change-bucket.ts';

export interface SourceEndpointProps {
  /** What DMS calls the endpoint. */
  readonly identifier: string;
  readonly replication: ReplicationConfig;
}

/**
 * The database that DMS reads: user, password and address only in a secret, and a role that may read that one secret.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export class SourceEndpoint extends Construct {
  readonly endpoint: dms.CfnEndpoint;
  /** What the endpoint is made of, to tell whether it changes. */
  readonly definition: unknown;

  constructor(scope: Construct, id: string, { identifier, replication }: SourceEndpointProps) {
    super(scope, id);
    const { source, migration } = replication;
    const { dmsEngineName, endpointSettings } = findSource(source.engine);
    const { block, settings, extraConnectionAttributes } = endpointSettings(source, migration);
    const { role, policy } = secretRole(this, replication);
    const database = databaseOf(replication);
    const definition = {
      engineName: dmsEngineName,
      sslMode: source.tls,
      ...(source.certificateArn === undefined ? {} : { certificateArn: source.certificateArn }),
      ...database.endpoint,
      ...(extraConnectionAttributes === undefined ? {} : { extraConnectionAttributes }),
    };
    const inBlock = { ...settings, ...database.block, secretsManagerSecretId: source.secretArn };
    this.definition = { ...definition, [block]: inBlock };
    this.endpoint = new dms.CfnEndpoint(this, 'Endpoint', {
      ...definition,
      endpointIdentifier: identifier,
      endpointType: 'source',
      [block]: { ...inBlock, secretsManagerAccessRoleArn: role.roleArn },
    });
    this.endpoint.node.addDependency(policy);
  }
}

/** SQL Server has the database among its settings, MySQL has none, the others have it in the endpoint. */
function databaseOf({ source }: ReplicationConfig): { endpoint: object; block: object } {
  const { engine, database } = source;
  if (engine === 'sqlserver') return { endpoint: {}, block: { databaseName: database } };
  const isMysql = engine === 'mysql' || engine === 'mariadb' || engine === 'aurora-mysql';
  return { endpoint: isMysql ? {} : { databaseName: database }, block: {} };
}

/** DMS takes on the role of a secret under its name in the region. */
function secretRole(scope: Construct, { source }: ReplicationConfig): { role: iam.Role; policy: iam.Policy } {
  const role = new iam.Role(scope, 'SecretRole', {
    description: `Taken on by DMS to read the secret of ${source.engine} database ${source.database}`.slice(
      0,
      1000,
    ),
    assumedBy: new iam.ServicePrincipal(`dms.${Stack.of(scope).region}.amazonaws.com`),
  });
  // Secrets Manager adds six characters of its own to a name.
  const secretArn = /-[A-Za-z0-9]{6}$/.test(source.secretArn)
    ? source.secretArn
    : `${source.secretArn}-??????`;
  const statements = [
    new iam.PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [secretArn] }),
    ...(source.secretKeyArn === undefined
      ? []
      : [
          new iam.PolicyStatement({
            actions: ['kms:Decrypt', 'kms:DescribeKey'],
            resources: [source.secretKeyArn],
          }),
        ]),
  ];
  const policy = new iam.Policy(scope, 'Secret', { statements });
  policy.attachToRole(role);
  return { role, policy };
}

export interface TargetEndpointProps {
  /** What DMS calls the endpoint. */
  readonly identifier: string;
  readonly replication: ReplicationConfig;
  readonly bucket: Pick<IChangeBucket, 'bucketName' | 'encryptionKey'>;
  /** Folder of the bucket below which all lies, without a slash at either end; empty for none. */
  readonly keyPrefix: string;
  /** Account that owns the bucket. */
  readonly account: string;
  /** Column of the files with the commit time. */
  readonly commitTimeColumn: string;
}

/**
 * The folder of the bucket that DMS writes to, and a role that reaches this folder only.
 *
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.S3.html#CHAP_Target.S3.Prerequisites
 */
export class TargetEndpoint extends Construct {
  readonly endpoint: dms.CfnEndpoint;
  /** What the endpoint is made of, to tell whether it changes. */
  readonly definition: unknown;

  constructor(scope: Construct, id: string, props: TargetEndpointProps) {
    super(scope, id);
    const { role, policy } = bucketRole(this, props);
    const { replication, bucket, keyPrefix, account, commitTimeColumn } = props;
    const settings = s3TargetSettings(replication, {
      bucketName: bucket.bucketName,
      prefix: keyPrefix,
      roleArn: role.roleArn,
      account,
      commitTimeColumn,
      ...(bucket.encryptionKey ? { keyArn: bucket.encryptionKey.keyArn } : {}),
    });
    this.definition = settings;
    this.endpoint = new dms.CfnEndpoint(this, 'Endpoint', {
      endpointIdentifier: props.identifier,
      endpointType: 'target',
      engineName: 's3',
      s3Settings: cdkS3Settings(settings),
    });
    this.endpoint.node.addDependency(policy);
  }
}

function bucketRole(scope: Construct, props: TargetEndpointProps): { role: iam.Role; policy: iam.Policy } {
  const { bucketName, encryptionKey } = props.bucket;
  const role = new iam.Role(scope, 'BucketRole', {
    description: 'Taken on by DMS to write change files',
    assumedBy: new iam.ServicePrincipal('dms.amazonaws.com'),
  });
  const arnOf = (path: string): string =>
    Stack.of(scope).formatArn({ service: 's3', region: '', account: '', resource: `${bucketName}${path}` });
  const files = props.keyPrefix === '' ? '/*' : `/${props.keyPrefix}/*`;
  const allow = (actions: string[], resource: string): iam.PolicyStatement =>
    new iam.PolicyStatement({ actions, resources: [resource] });
  const policy = new iam.Policy(scope, 'Files', {
    statements: [
      allow(['s3:PutObject', 's3:DeleteObject', 's3:PutObjectTagging'], arnOf(files)),
      // Names only, and of the whole bucket: the guide's policy has no condition on `s3:prefix`, and nothing says that
      // DMS always names its folder. HeadBucket needs this right as well and never has a prefix. A condition with
      // `IfExists` would let both through and a list of the whole bucket too, so that it would keep nothing away.
      allow(['s3:ListBucket'], arnOf('')),
      ...(encryptionKey
        ? [
            allow(
              ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
              encryptionKey.keyArn,
            ),
          ]
        : []),
    ],
  });
  policy.attachToRole(role);
  const reason = 'Files that DMS will write below the folder of the pipeline, whatever they are called.';
  acknowledgeResource(policy, arnOf(files), reason);
  return { role, policy };
}
