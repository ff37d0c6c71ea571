import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeResource } from './acknowledge-resource.ts';
import type { IChangeBucket } from './change-bucket.ts';

/**
 * The role that Databricks takes on as Unity Catalog, outside of GovCloud.
 *
 * @see https://docs.databricks.com/aws/en/connect/unity-catalog/cloud-storage/s3/s3-external-location-manual
 */
export const UNITY_CATALOG_ROLE_ARN =
  'arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL';

export interface StorageCredentialRoleProps {
  /** Name of the role, up to 64 characters. Fixed, because the credential must name the role before it exists. */
  readonly roleName: string;
  /** What the storage credential says that whoever takes on the role must name. */
  readonly externalId: string;
  /** Where the change files are. */
  readonly bucket: Pick<IChangeBucket, 'bucketName' | 'encryptionKey'>;
  /** Folder of the bucket that may be reached, without a slash at either end. @default - the whole bucket */
  readonly keyPrefix?: string;
  /** @default - UNITY_CATALOG_ROLE_ARN; GovCloud has another */
  readonly unityCatalogRoleArn?: string;
}

/**
 * The IAM role behind a storage credential: trusted by Databricks under the credential's external id and by itself,
 * reaching one folder of one bucket. It trusts itself by way of the account's root and its own ARN as a condition, since
 * a role that is being made cannot be named as a principal.
 *
 * @see docs/decisions/0017-storage-credential-in-one-deploy.md
 */
export class StorageCredentialRole extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, props: StorageCredentialRoleProps) {
    super(scope, id);
    const { roleName, externalId } = props;
    const named = { StringEquals: { 'sts:ExternalId': externalId } };
    const unityCatalog = new iam.ArnPrincipal(props.unityCatalogRoleArn ?? UNITY_CATALOG_ROLE_ARN);
    this.role = new iam.Role(this, 'Role', {
      roleName,
      description: 'Taken on by Databricks to read and move change files',
      assumedBy: unityCatalog.withConditions(named),
    });
    const roleArn = storageCredentialRoleArn(this, roleName);
    this.role.assumeRolePolicy?.addStatements(
      new iam.PolicyStatement({
        sid: 'ItselfToo',
        principals: [new iam.AccountRootPrincipal()],
        actions: ['sts:AssumeRole'],
        conditions: { ...named, ArnEquals: { 'aws:PrincipalArn': roleArn } },
      }),
    );
    const policy = new iam.Policy(this, 'Files', { statements: this.statements(props, roleArn) });
    policy.attachToRole(this.role);
    const reason = 'Files below the folder of the pipeline, whatever they are called.';
    acknowledgeResource(policy, this.arnOf(props, `/${below(props)}*`), reason);
  }

  private statements(props: StorageCredentialRoleProps, roleArn: string): iam.PolicyStatement[] {
    const allow = (actions: string[], resource: string, conditions: object = {}): iam.PolicyStatement =>
      new iam.PolicyStatement({ actions, resources: [resource], ...conditions });
    const { keyPrefix = '', bucket } = props;
    const listed = { conditions: { StringLike: { 's3:prefix': [keyPrefix, `${keyPrefix}/*`] } } };
    return [
      allow([...FILE_ACTIONS], this.arnOf(props, `/${below(props)}*`)),
      allow(['s3:ListBucket'], this.arnOf(props, ''), keyPrefix === '' ? {} : listed),
      allow(['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'], this.arnOf(props, '')),
      allow(['sts:AssumeRole'], roleArn),
      ...(bucket.encryptionKey
        ? [allow(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], bucket.encryptionKey.keyArn)]
        : []),
    ];
  }

  private arnOf({ bucket }: StorageCredentialRoleProps, path: string): string {
    const resource = `${bucket.bucketName}${path}`;
    return Stack.of(this).formatArn({ service: 's3', region: '', account: '', resource });
  }
}

const FILE_ACTIONS = [
  's3:GetObject',
  's3:PutObject',
  's3:DeleteObject',
  's3:ListMultipartUploadParts',
  's3:AbortMultipartUpload',
];

function below({ keyPrefix = '' }: StorageCredentialRoleProps): string {
  return keyPrefix === '' ? '' : `${keyPrefix}/`;
}

/** ARN of the role as it will be; known before the role exists. */
export function storageCredentialRoleArn(scope: Construct, roleName: string): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: roleName });
}
