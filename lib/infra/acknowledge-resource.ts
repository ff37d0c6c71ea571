import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why the policies below a construct name resources by a pattern. Holds for exactly this ARN: any other pattern is
 * still found by cdk-nag.
 *
 * @param arn with its pattern, as it stands in the policy; may hold tokens
 */
export function acknowledgeResource(scope: IConstruct, arn: string, reason: string): void {
  const id = `AwsSolutions-IAM5[Resource::${nagArn(scope, arn)}]`;
  Validations.of(scope).acknowledge({ id, reason });
}

/** An ARN as cdk-nag writes it in what it finds: `arn:<AWS::Partition>:s3:::acme/landing/*`. */
export function nagArn(scope: IConstruct, arn: string): string {
  return flat(Stack.of(scope).resolve(arn));
}

/** A reference as cdk-nag writes it: `<Bucket.Arn>/landing/*`. */
function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Readonly<Record<string, unknown>>;
  if (typeof ref === 'string') return `<${ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (!Array.isArray(join)) return JSON.stringify(value);
  const [delimiter, parts] = join as [string, unknown[]];
  return parts.map(flat).join(delimiter);
}
