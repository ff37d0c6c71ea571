import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { PipelineNetwork } from '../../lib/infra/network.ts';
import { PipelineFunction, type PipelineFunctionProps } from '../../lib/infra/pipeline-function.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import { actionsOnEverything, properties, statementsOf } from './read-template.ts';
import { KEY_ARN, nagFindings, secretArn, synthesized, testStack } from './synth-stack.ts';

const SECRET = secretArn('lake');

function made(props: Partial<PipelineFunctionProps> = {}, stack = testStack()) {
  new PipelineFunction(stack, 'Ingest', {
    handler: 'ingest',
    description: 'Applies files',
    config: cloudConfig(),
    ...props,
  });
  return { stack, template: synthesized(stack) };
}

describe('PipelineFunction', () => {
  it('runs Node 24 on ARM with traces, readable stacks and logs as JSON', () => {
    const { template } = made();

    template.resourceCountIs('AWS::Lambda::Function', 1);
    expect(properties(template, 'AWS::Lambda::Function', 'Ingest')).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      Timeout: 60,
      MemorySize: 512,
      TracingConfig: { Mode: 'Active' },
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: { Ref: expect.stringMatching(/^IngestLogs/) } },
    });
  });

  it('keeps its logs as long as told, in a group of its own and without a function of the CDK', () => {
    const { template } = made({ logRetention: RetentionDays.ONE_WEEK });

    expect(properties(template, 'AWS::Logs::LogGroup', 'IngestLogs')).toEqual({ RetentionInDays: 7 });
    expect(template.findResources('Custom::LogRetention')).toEqual({});
  });

  it('may write its own logs and traces and nothing else', () => {
    const { template } = made();

    expect(statementsOf(template, 'Ingest').map(({ Action }) => Action)).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
    ]);
    expect(actionsOnEverything(template)).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
    expect(properties(template, 'AWS::IAM::Role', 'IngestRole').ManagedPolicyArns).toBeUndefined();
  });

  it('may read the secrets it is given, and use their keys for that only', () => {
    const { template } = made({ secrets: [{ secretArn: SECRET, keyArn: KEY_ARN }] });
    const arns = [SECRET, `${SECRET}-??????`];

    expect(statementsOf(template, 'Ingest').slice(1, 3)).toEqual([
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: arns },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY_ARN,
        Condition: {
          StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
          StringLike: { 'kms:EncryptionContext:SecretARN': arns },
        },
      },
    ]);
  });

  it('keeps a bound, a timeout and an environment that are given', () => {
    const { template } = made({
      reservedConcurrency: 3,
      timeout: Duration.minutes(15),
      environment: { TIDEMARK_WINDOW_SECONDS: '60' },
    });

    expect(properties(template, 'AWS::Lambda::Function', 'Ingest')).toMatchObject({
      ReservedConcurrentExecutions: 3,
      Timeout: 900,
      Environment: { Variables: { TIDEMARK_WINDOW_SECONDS: '60' } },
    });
  });

  it('takes no concurrency away from the account unless told', () => {
    const { template } = made();

    expect(properties(template, 'AWS::Lambda::Function', 'Ingest')).not.toHaveProperty(
      'ReservedConcurrentExecutions',
    );
  });

  it('leaves what failed for the last time in a queue', () => {
    const stack = testStack();
    const { template } = made({ deadLetterQueue: new Queue(stack, 'Failed') }, stack);

    expect(properties(template, 'AWS::Lambda::Function', 'Ingest').DeadLetterConfig).toEqual({
      TargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^Failed/), 'Arn'] },
    });
  });

  it('runs inside of a VPC with rights to network interfaces and no managed policy', () => {
    const stack = testStack();
    const network = new PipelineNetwork(stack, 'Network', { kind: 'new', natGateways: 1 });
    const { template } = made({ placement: network.placementFor('ingest') }, stack);

    expect(properties(template, 'AWS::Lambda::Function', 'Ingest').VpcConfig).toEqual({
      SubnetIds: [
        { Ref: expect.stringMatching(/^NetworkPrivate1Subnet/) },
        { Ref: expect.stringMatching(/^NetworkPrivate2Subnet/) },
      ],
      SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^NetworkGroup/), 'GroupId'] }],
    });
    expect(actionsOnEverything(template).filter((action) => !/^(ec2|xray):/.test(action))).toEqual([]);
    expect(properties(template, 'AWS::IAM::Role', 'IngestRole').ManagedPolicyArns).toBeUndefined();
  });

  it('passes cdk-nag', () => {
    expect(nagFindings(made({ secrets: [{ secretArn: SECRET, keyArn: KEY_ARN }] }).stack)).toEqual([]);
  });
});
