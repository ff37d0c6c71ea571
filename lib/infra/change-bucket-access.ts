import { Stack, Token, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Place } from '../ports.ts';
import type { IChangeBucket } from './change-bucket.ts';

const PLACES: readonly Place[] = ['incoming', 'processed', 'rejected'];

const READ = ['s3:GetObject', 's3:GetObjectTagging'];
const WRITE = ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'];
const REMOVE = ['s3:DeleteObject'];

/** What moving files out of `incoming`, and reasons in and out of `rejected`, needs. Nothing processed is ever removed. */
const RIGHTS: Readonly<Record<Place, readonly string[]>> = {
  incoming: [...READ, ...REMOVE],
  processed: [...READ, ...WRITE],
  rejected: [...READ, ...WRITE, ...REMOVE],
};

/**
 * Lets a role list the change files of all tables, read them, and move them from `incoming` to the other two places.
 *
 * @param keyPrefix folder in the bucket below which all tables lie, without a slash at either end; empty for none
 */
export function grantFileMoves(
  role: Role,
  { bucketName, encryptionKey }: IChangeBucket,
  keyPrefix: string,
): void {
  const stack = Stack.of(role);
  const arnOf = (path: string): string =>
    stack.formatArn({ service: 's3', region: '', account: '', resource: `${bucketName}${path}` });
  role.addToPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [arnOf('')],
      // `IfExists`: without it S3 answers 403 in place of 404 when a single file is gone.
      ...(keyPrefix === '' ? {} : { conditions: { StringLikeIfExists: { 's3:prefix': `${keyPrefix}/*` } } }),
    }),
  );
  const partition = Token.isUnresolved(stack.partition) ? '<AWS::Partition>' : stack.partition;
  const root = keyPrefix === '' ? '' : `/${keyPrefix}`;
  for (const place of PLACES) {
    const folder = `${root}/*_${place}/*`;
    role.addToPolicy(new PolicyStatement({ actions: [...RIGHTS[place]], resources: [arnOf(folder)] }));
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:${partition}:s3:::${bucketName}${folder}]`,
      reason: `Files of the ${place} folder of each table, whatever they are called; tables come and go by the configuration.`,
    });
  }
  if (encryptionKey === undefined) return;
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [encryptionKey.keyArn],
    }),
  );
}
