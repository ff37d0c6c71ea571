import { describe, expect, it } from 'vitest';
import { DmsRoles } from '../../lib/infra/dms-roles.ts';
import { properties } from './read-template.ts';
import { nagFindings, synthesized, testStack } from './synth-stack.ts';

describe('DmsRoles', () => {
  const made = () => {
    const stack = testStack();
    new DmsRoles(stack, 'Dms');
    return stack;
  };

  it.each([
    ['DmsVpcRole', 'dms-vpc-role', 'AmazonDMSVPCManagementRole'],
    ['DmsLogsRole', 'dms-cloudwatch-logs-role', 'AmazonDMSCloudWatchLogsRole'],
  ])('makes %s with the name and the policy that DMS looks for', (id, name, policy) => {
    const { RoleName, ManagedPolicyArns, AssumeRolePolicyDocument } = properties(
      synthesized(made()),
      'AWS::IAM::Role',
      id,
    );

    expect(RoleName).toBe(name);
    expect(JSON.stringify(ManagedPolicyArns)).toContain(`:iam::aws:policy/service-role/${policy}"`);
    expect(AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Effect: 'Allow', Principal: { Service: 'dms.amazonaws.com' } }],
    });
  });

  it('leaves them to the account when the stack goes', () => {
    synthesized(made()).allResources('AWS::IAM::Role', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('passes cdk-nag, with the reason for policies of AWS', () => {
    expect(nagFindings(made())).toEqual([]);
  });
});
