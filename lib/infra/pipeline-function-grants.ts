import { Arn, ArnFormat, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

/** A secret by name only: its value is read when a function runs, never at synth or deploy. */
export interface SecretReference {
  /** ARN in Secrets Manager, with or without the six characters that it ends in. */
  readonly secretArn: string;
  /**
   * ARN of the customer managed key that encrypts it. The key's own policy must let roles of this account use it.
   * @default - the key that Secrets Manager has in every account
   */
  readonly keyArn?: string;
}

/** Lets a role read these secrets, and use their keys through Secrets Manager for nothing else. */
export function grantSecrets(role: Role, secrets: readonly SecretReference[]): void {
  for (const { secretArn, keyArn } of secrets) {
    // A name may look as if it ended in those six characters, so both are meant.
    const arns = [secretArn, `${secretArn}-??????`];
    role.addToPolicy(new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns }));
    if (keyArn === undefined) continue;
    const { region } = Arn.split(secretArn, ArnFormat.COLON_RESOURCE_NAME);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: [keyArn],
        conditions: {
          StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
          StringLike: { 'kms:EncryptionContext:SecretARN': arns },
        },
      }),
    );
  }
}

/** Lets Lambda put a function's network interfaces into a VPC and take them away again. */
export function grantNetworkInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
}

/** Says why statements of a function's role name no resource. */
export function acknowledgeEveryResource(role: Role): void {
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'X-Ray takes traces for no resource, and Lambda checks the rights to network interfaces without one before they exist. Nothing else in this role names every resource.',
  });
}
