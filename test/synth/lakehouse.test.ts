import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { Lakehouse, type LakehouseProps } from '../../lib/infra/lakehouse.ts';
import { KEY_ARN, nagFindings, synthesized, testStack } from './synth-stack.ts';
import { testFunction } from './test-function.ts';

const UNITY_ROLE = 'arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL';
const ROLE = 'arn:aws:iam::123456789012:role/shop-eu-central-1-lakehouse';

function make(overrides: Partial<LakehouseProps> = {}, stack: Stack = testStack('shop-pipeline')) {
  const lakehouse = new Lakehouse(stack, 'Lakehouse', {
    handler: () => testFunction(stack, 'Setup'),
    bucket: {
      bucketName: 'acme-lake-sales-eu-central-1',
      encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
    },
    keyPrefix: 'landing',
    storageCredential: { name: 'shop-eu-central-1' },
    externalLocation: { name: 'shop-eu-central-1' },
    definition: { tables: ['customer'] },
    ...overrides,
  });
  return { stack, lakehouse };
}

const template = (overrides: Partial<LakehouseProps> = {}): Template => synthesized(make(overrides).stack);

function only(found: Record<string, { [key: string]: unknown }>): {
  id: string;
  resource: Record<string, unknown>;
} {
  const [[id, resource] = ['', {}], ...others] = Object.entries(found);
  expect(others).toEqual([]);
  return { id, resource };
}

describe('the order in which a deploy makes the lakehouse', () => {
  it('makes the credential for a role that is to be, then the role with its external id, then the rest', () => {
    const made = template();
    const credential = only(made.findResources('Custom::TidemarkStorageCredential'));
    const role = only(made.findResources('AWS::IAM::Role', { Properties: { RoleName: Match.anyValue() } }));
    const policy = only(
      made.findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: role.id }] } }),
    );
    const ready = only(made.findResources('Custom::TidemarkLakehouse'));

    expect(credential.resource).toMatchObject({
      Properties: {
        Step: 'storage-credential',
        Name: 'shop-eu-central-1',
        RoleArn: ROLE,
        UnityCatalogRoleArn: UNITY_ROLE,
      },
    });
    expect(JSON.stringify(credential.resource)).not.toContain(role.id);
    expect(JSON.stringify(role.resource)).toContain(`{"Fn::GetAtt":["${credential.id}","ExternalId"]}`);
    expect(ready.resource.DependsOn).toEqual(expect.arrayContaining([credential.id, role.id, policy.id]));
  });

  it('names the folder as setup names it in the volumes', () => {
    template().hasResourceProperties('Custom::TidemarkLakehouse', {
      Step: 'lakehouse',
      LocationName: 'shop-eu-central-1',
      LocationUrl: 's3://acme-lake-sales-eu-central-1/landing',
      CredentialName: 'shop-eu-central-1',
      Setup: 'true',
    });
  });

  it('runs setup again when what it makes something from changes, and only then', () => {
    const hash = (definition: unknown): unknown =>
      only(template({ definition }).findResources('Custom::TidemarkLakehouse')).resource.Properties;

    expect(hash({ a: 1 })).toEqual(hash({ a: 1 }));
    expect(hash({ a: 1 })).not.toEqual(hash({ a: 2 }));
  });

  it('gives the function that calls Databricks no right on IAM', () => {
    const policies = JSON.stringify(template().findResources('AWS::IAM::Policy'));

    expect(policies).not.toMatch(/"iam:/);
  });
});

describe('the role of the storage credential', () => {
  const trusts = () => {
    const role = only(
      template().findResources('AWS::IAM::Role', { Properties: { RoleName: Match.anyValue() } }),
    ).resource as { Properties: { AssumeRolePolicyDocument: { Statement: object[] } } };
    return role.Properties.AssumeRolePolicyDocument.Statement;
  };
  const externalId = { 'Fn::GetAtt': [expect.stringMatching(/^LakehouseStorageCredential/), 'ExternalId'] };

  it('trusts Databricks and itself, both only under the external id', () => {
    expect(trusts()).toEqual([
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { AWS: UNITY_ROLE },
        Condition: { StringEquals: { 'sts:ExternalId': externalId } },
      },
      {
        Sid: 'ItselfToo',
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::123456789012:root' },
        Condition: {
          StringEquals: { 'sts:ExternalId': externalId },
          ArnEquals: {
            'aws:PrincipalArn': ROLE,
          },
        },
      },
    ]);
  });

  it('reaches its folder, its key and itself, and nothing else', () => {
    const bucket = 'arn:aws:s3:::acme-lake-sales-eu-central-1';
    const policy = only(
      template().findResources('AWS::IAM::Policy', {
        Properties: { PolicyName: Match.stringLikeRegexp('Files') },
      }),
    ).resource as { Properties: { PolicyDocument: { Statement: object[] } } };

    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: [
          's3:AbortMultipartUpload',
          's3:DeleteObject',
          's3:GetObject',
          's3:ListMultipartUploadParts',
          's3:PutObject',
        ],
        Resource: `${bucket}/landing/*`,
      },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: bucket,
        Condition: { StringLike: { 's3:prefix': ['landing', 'landing/*'] } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
        Resource: bucket,
      },
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Resource: ROLE,
      },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], Resource: KEY_ARN },
    ]);
  });

  it('is known by its name also where the account is not', () => {
    const { stack } = make({}, new Stack(new App(), 'shop-pipeline'));
    const credential = only(Template.fromStack(stack).findResources('Custom::TidemarkStorageCredential'));

    expect(JSON.stringify(credential.resource)).toContain(
      '{"Ref":"AWS::AccountId"},":role/shop-eu-central-1-lakehouse"',
    );
  });

  it('has a name that IAM takes, whatever the credential is called', () => {
    const name = `${'Räume & Höfe '.repeat(10)}`;
    const made = template({ storageCredential: { name } });

    made.hasResourceProperties('AWS::IAM::Role', {
      RoleName: Match.stringLikeRegexp('^[\\w+=,.@-]{1,64}$'),
    });
  });
});

describe('what was made by hand', () => {
  const count = (overrides: Partial<LakehouseProps>): number[] => {
    const made = template(overrides);
    return [
      'Custom::TidemarkStorageCredential',
      'Custom::TidemarkLakehouse',
      'AWS::StepFunctions::StateMachine',
      'AWS::Lambda::Function',
    ].map((type) => Object.keys(made.findResources(type)).length);
  };
  const byHand = { create: false, name: 'x' };

  it('is left to whoever made it, piece by piece', () => {
    expect(count({})).toEqual([1, 1, 1, 4]);
    expect(count({ storageCredential: byHand })).toEqual([0, 1, 1, 4]);
    expect(count({ storageCredential: byHand, externalLocation: byHand })).toEqual([0, 1, 1, 4]);
    expect(count({ externalLocation: byHand, setup: false })).toEqual([1, 0, 1, 4]);
  });

  it('leaves nothing to deploy where it is all of it, our function neither', () => {
    expect(count({ storageCredential: byHand, externalLocation: byHand, setup: false })).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('is not touched by the custom resource', () => {
    const made = template({ storageCredential: byHand, externalLocation: byHand });

    made.hasResourceProperties('Custom::TidemarkLakehouse', {
      Setup: 'true',
      LocationName: Match.absent(),
      CredentialName: Match.absent(),
    });
  });

  it('may be the role alone, and then the external id is there to be put into its trust', () => {
    const roleArn = 'arn:aws:iam::123456789012:role/by-hand';
    const { stack, lakehouse } = make({ roleArn });
    const made = synthesized(stack);

    made.hasResourceProperties('Custom::TidemarkStorageCredential', { RoleArn: roleArn });
    expect(made.findResources('AWS::IAM::Role', { Properties: { RoleName: Match.anyValue() } })).toEqual({});
    made.hasOutput('*', { Description: Match.stringLikeRegexp(roleArn) });
    expect(stack.resolve(lakehouse.externalId)).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^LakehouseStorageCredential/), 'ExternalId'],
    });
  });
});

describe('the provider framework around our function', () => {
  it('runs on the same runtime and architecture, and its log ends', () => {
    const made = template();
    const all = Object.entries(made.findResources('AWS::Lambda::Function'));
    const functions = all.map(([, resource]) => resource);
    const framework = all.filter(([id]) => id.startsWith('LakehouseProvider'));

    expect(functions).toHaveLength(4);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: lambda.Runtime.NODEJS_24_X.name,
        Architectures: ['arm64'],
      });
    }
    made.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
    expect(framework).toHaveLength(3);
    for (const [, { Properties }] of framework) {
      expect(Properties.LoggingConfig.LogGroup).toEqual({
        Ref: expect.stringMatching(/^LakehouseProviderLogs/),
      });
    }
  });

  it('passes cdk-nag, with a reason for each rule that it does not follow', () => {
    expect(nagFindings(make().stack)).toEqual([]);
  });
});
