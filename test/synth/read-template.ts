import type { Template } from 'aws-cdk-lib/assertions';
import { expect } from 'vitest';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

interface Resources {
  readonly [logicalId: string]: { readonly Type: string; readonly Properties: Record<string, unknown> };
}

/** The statements of policies of roles, by the logical id of the policy. */
export function roleStatements(template: Template): Record<string, Statement[]> {
  const policies = template.findResources('AWS::IAM::Policy') as Resources;
  return Object.fromEntries(
    Object.entries(policies).map(([id, { Properties }]) => [
      id,
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement,
    ]),
  );
}

/** Statements of one role, found by a part of its policy's logical id. */
export function statementsOf(template: Template, part: string): Statement[] {
  return Object.entries(roleStatements(template)).flatMap(([id, statements]) =>
    id.includes(part) ? statements : [],
  );
}

/** Every action that some role may do to every resource. */
export function actionsOnEverything(template: Template): string[] {
  const actions = Object.values(roleStatements(template))
    .flat()
    .filter(({ Resource }) => Resource === '*' || (Array.isArray(Resource) && Resource.includes('*')))
    .flatMap(({ Action }) => Action);
  return [...new Set(actions)].sort();
}

/** Properties of the only resource of a type whose logical id begins so. */
export function properties(template: Template, type: string, prefix: string): Record<string, unknown> {
  const found = Object.entries(template.findResources(type) as Resources).filter(([id]) =>
    id.startsWith(prefix),
  );
  const [only] = found;
  if (found.length !== 1 || !only) throw new Error(`${found.length} ${type} begin with ${prefix}`);
  return only[1].Properties;
}

/** What a role has that may send to one queue and do nothing else. */
export function sendsTo(queuePrefix: string): Statement[] {
  return [
    {
      Effect: 'Allow',
      Action: ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
      Resource: { 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${queuePrefix}`)), 'Arn'] },
    },
  ];
}
