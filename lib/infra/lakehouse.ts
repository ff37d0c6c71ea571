import { createHash } from 'node:crypto';
import { CfnOutput, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { CredentialProperties, LakehouseProperties } from '../lakehouse/lakehouse-event.ts';
import type { IChangeBucket } from './change-bucket.ts';
import { PolledProvider } from './polled-provider.ts';
import {
  StorageCredentialRole,
  storageCredentialRoleArn,
  UNITY_CATALOG_ROLE_ARN,
} from './storage-credential-role.ts';

/** An object of Databricks: its name, and whether the deploy makes it or a person did. */
export interface LakehouseObject {
  readonly name: string;
  /** @default true */
  readonly create?: boolean;
}

export interface LakehouseProps {
  /**
   * Makes the function of `lambda/setup.ts`, with the right to read the login to Databricks. It needs no right on IAM.
   * Called once, and only where a deploy makes something.
   */
  readonly handler: () => lambda.IFunction;
  /** Where the change files are. */
  readonly bucket: Pick<IChangeBucket, 'bucketName' | 'encryptionKey'>;
  /** Folder of the bucket below which they lie, without a slash at either end. @default - the whole bucket */
  readonly keyPrefix?: string;
  readonly storageCredential: LakehouseObject;
  readonly externalLocation: LakehouseObject;
  /** IAM role for the storage credential. @default - one is made when the credential is */
  readonly roleArn?: string;
  /** Name of the role that is made. @default - <name of the credential>-lakehouse */
  readonly roleName?: string;
  /** The role that Databricks takes on as Unity Catalog. @default - UNITY_CATALOG_ROLE_ARN; GovCloud has another */
  readonly unityCatalogRoleArn?: string;
  /** Make schema, volumes, tables, views and grants, as `tidemark setup` does. @default true */
  readonly setup?: boolean;
  /** Whatever setup makes something from; it runs again when this changes. */
  readonly definition: unknown;
  /** How long the logs of what calls the function are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: logs.RetentionDays;
}

/**
 * What a deploy makes in Databricks, in an order that works at once: the storage credential, naming a role that is yet
 * to be; the role, which trusts Databricks under the external id that the credential came with; the external location,
 * for which Databricks tries both; and then `setup`. Each of them can be left to a person. A delete leaves all of it but
 * the role, and the next deploy finds it.
 *
 * @see docs/decisions/0017-storage-credential-in-one-deploy.md
 */
export class Lakehouse extends Construct {
  /** What the trust policy of a role made by hand must ask for. Null where the credential was made by hand too. */
  readonly externalId: string | null;
  /** The role that was made, or null. */
  readonly role: StorageCredentialRole | null;
  /** Done when everything is there; null where nothing is asked for. */
  readonly ready: CustomResource | null;

  constructor(scope: Construct, id: string, props: LakehouseProps) {
    super(scope, id);
    const { storageCredential, externalLocation, setup = true } = props;
    const makesCredential = storageCredential.create ?? true;
    const makesLocation = externalLocation.create ?? true;
    if (!makesCredential && !makesLocation && !setup) {
      this.externalId = null;
      this.role = null;
      this.ready = null;
      return;
    }
    const handler = props.handler();
    const { serviceToken } = new PolledProvider(this, 'Provider', {
      onEvent: handler,
      isComplete: handler,
      queryInterval: Duration.seconds(20),
      // CloudFormation gives up after an hour, without a reason.
      totalTimeout: Duration.minutes(55),
      ...(props.logRetention === undefined ? {} : { logRetention: props.logRetention }),
    });
    const roleName = props.roleName ?? roleNameOf(storageCredential.name);
    const roleArn = props.roleArn ?? storageCredentialRoleArn(this, roleName);
    const credential = makesCredential ? this.createCredential(serviceToken, roleArn, props) : null;
    this.externalId = credential?.getAttString('ExternalId') ?? null;
    this.role =
      this.externalId !== null && props.roleArn === undefined
        ? this.createRole(roleName, this.externalId, props)
        : null;
    if (this.externalId !== null && props.roleArn !== undefined) {
      new CfnOutput(this, 'ExternalId', {
        description: `The trust policy of ${props.roleArn} must ask for it, of Databricks and of the role itself`,
        value: this.externalId,
      });
    }
    this.ready = makesLocation || setup ? this.createRest(serviceToken, props) : null;
    for (const first of [credential, this.role]) if (first) this.ready?.node.addDependency(first);
  }

  private createCredential(
    serviceToken: string,
    roleArn: string,
    { storageCredential, unityCatalogRoleArn }: LakehouseProps,
  ): CustomResource {
    const properties: CredentialProperties = {
      Step: 'storage-credential',
      Name: storageCredential.name,
      RoleArn: roleArn,
      UnityCatalogRoleArn: unityCatalogRoleArn ?? UNITY_CATALOG_ROLE_ARN,
    };
    return new CustomResource(this, 'StorageCredential', {
      serviceToken,
      resourceType: 'Custom::TidemarkStorageCredential',
      properties,
    });
  }

  private createRole(roleName: string, externalId: string, props: LakehouseProps): StorageCredentialRole {
    const { bucket, keyPrefix, unityCatalogRoleArn } = props;
    return new StorageCredentialRole(this, 'Role', {
      roleName,
      externalId,
      bucket,
      ...(keyPrefix === undefined ? {} : { keyPrefix }),
      ...(unityCatalogRoleArn === undefined ? {} : { unityCatalogRoleArn }),
    });
  }

  private createRest(serviceToken: string, props: LakehouseProps): CustomResource {
    const { bucket, keyPrefix = '', storageCredential, externalLocation, setup = true, definition } = props;
    const url = `s3://${bucket.bucketName}${keyPrefix === '' ? '' : `/${keyPrefix}`}`;
    const location =
      externalLocation.create === false
        ? {}
        : { LocationName: externalLocation.name, LocationUrl: url, CredentialName: storageCredential.name };
    const text = JSON.stringify(Stack.of(this).resolve(definition)) ?? '';
    const properties: LakehouseProperties = {
      Step: 'lakehouse',
      ...location,
      Setup: setup ? 'true' : 'false',
      Definition: createHash('sha256').update(text).digest('hex').slice(0, 32),
    };
    return new CustomResource(this, 'Ready', {
      serviceToken,
      resourceType: 'Custom::TidemarkLakehouse',
      properties,
    });
  }
}

/** Letters of a credential's name that a role's name may have; cut to what IAM takes, with room for the end. */
function roleNameOf(credential: string): string {
  return `${credential.replace(/[^\w+=,.@-]/g, '-').slice(0, 64 - '-lakehouse'.length)}-lakehouse`;
}
