import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { ChangeBucket } from '../../lib/infra/change-bucket.ts';
import { Ingestion, type IngestionProps } from '../../lib/infra/ingestion.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import { actionsOnEverything, properties, sendsTo, statementsOf } from './read-template.ts';
import { nagFindings, secretArn, synthesized, testStack } from './synth-stack.ts';

const SECRET = secretArn('lake');
const DAY = 86_400;

function made(props: Partial<IngestionProps> = {}, stack = testStack()) {
  const ingestion = new Ingestion(stack, 'Ingestion', {
    config: cloudConfig(),
    bucket: ChangeBucket.existing(stack, 'Changes', { bucketName: 'changes' }),
    keyPrefix: 'landing',
    secrets: [{ secretArn: SECRET }],
    ...props,
  });
  return { stack, ingestion, template: () => synthesized(stack) };
}

let shared: Template | undefined;

/** The template where nothing is asked for. */
function plain(): Template {
  shared ??= made().template();
  return shared;
}

function queue(template: Template, prefix: string) {
  return properties(template, 'AWS::SQS::Queue', prefix);
}

describe('the queues of ingestion', () => {
  it('hold a ring back for its window and five seconds, and take each id once', () => {
    const template = made({ window: Duration.seconds(120) }).template();

    expect(queue(template, 'IngestionRingsQueue')).toMatchObject({ FifoQueue: true, DelaySeconds: 125 });
    expect(queue(template, 'IngestionRingsQueue')).not.toHaveProperty('ContentBasedDeduplication');
    expect(properties(template, 'AWS::Lambda::Function', 'IngestionBellRouter')).toMatchObject({
      Environment: { Variables: { TIDEMARK_WINDOW_SECONDS: '120' } },
    });
  });

  it('refuse a window that no queue can hold back', () => {
    expect(() => made({ window: Duration.seconds(896) })).toThrow(
      expect.objectContaining({ code: 'BELL_WINDOW_INVALID' }),
    );
  });

  it('show a message again one minute after its function must have ended', () => {
    const template = made({ timeout: Duration.minutes(10) }).template();

    expect(queue(template, 'IngestionRingsQueue').VisibilityTimeout).toBe(660);
    expect(queue(template, 'IngestionBellCallsQueue').VisibilityTimeout).toBe(120);
  });

  it('row 12: keep dead letters longer than messages, of the same kind of queue', () => {
    const template = plain();
    const kept = ['RingsQueue', 'RingsDeadLetters', 'BellCallsQueue', 'BellCallsDeadLetters'].map((name) => {
      const { FifoQueue, MessageRetentionPeriod } = queue(template, `Ingestion${name}`);
      return [name, FifoQueue ?? false, MessageRetentionPeriod];
    });

    expect(kept).toEqual([
      ['RingsQueue', true, DAY],
      ['RingsDeadLetters', true, 14 * DAY],
      ['BellCallsQueue', false, 4 * DAY],
      ['BellCallsDeadLetters', false, 14 * DAY],
    ]);
    for (const name of ['Rings', 'BellCalls']) {
      expect(queue(template, `Ingestion${name}Queue`).RedrivePolicy).toEqual({
        deadLetterTargetArn: {
          'Fn::GetAtt': [expect.stringMatching(new RegExp(`^Ingestion${name}DeadLetters`)), 'Arn'],
        },
        maxReceiveCount: 5,
      });
    }
  });

  it('have a name that people know only where people ring', () => {
    const template = plain();
    const names = ['BellCallsQueue', 'BellCallsDeadLetters', 'RingsQueue', 'RingsDeadLetters'].map(
      (name) => queue(template, `Ingestion${name}`).QueueName,
    );

    expect(names).toEqual(['shop-bell', undefined, undefined, undefined]);
  });

  it('are encrypted, and closed to everything but TLS', () => {
    const template = plain();

    template.resourceCountIs('AWS::SQS::Queue', 4);
    template.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.resourceCountIs('AWS::SQS::QueuePolicy', 4);
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sqs:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    });
  });

  it('let EventBridge use a key of yours, for this account only', () => {
    const stack = testStack();
    const queueKey = new Key(stack, 'QueueKey', { enableKeyRotation: true });
    const template = made({ queueKey }, stack).template();

    template.allResourcesProperties('AWS::SQS::Queue', {
      KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^QueueKey'), 'Arn'] },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: Match.arrayWith(['kms:Decrypt', 'kms:GenerateDataKey*']),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
          }),
        ]),
      },
    });
  });
});

describe('what rings', () => {
  it('is a file in an incoming folder below the prefix, and none that we move elsewhere', () => {
    const template = plain();

    expect(properties(template, 'AWS::Events::Rule', 'Ingestion').EventPattern).toEqual({
      source: ['aws.s3'],
      'detail-type': ['Object Created'],
      detail: {
        bucket: { name: ['changes'] },
        object: { key: [{ wildcard: 'landing/*_incoming/*' }] },
      },
    });
  });

  it.each(['', 'with space', 'a*b', 'ä'])(
    'is not told by the prefix %j, which a pattern may not mean',
    (keyPrefix) => {
      const template = made({ keyPrefix }).template();

      expect(properties(template, 'AWS::Events::Rule', 'Ingestion')).toMatchObject({
        EventPattern: { detail: { object: { key: [{ wildcard: '*_incoming/*' }] } } },
      });
    },
  );

  it('reaches the bell from this rule only, and what cannot be delivered becomes a dead letter', () => {
    const template = plain();
    const rule = { 'Fn::GetAtt': [expect.stringMatching(/^IngestionArrivals/), 'Arn'] };
    const sends = {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': rule } },
    };

    expect(properties(template, 'AWS::Events::Rule', 'Ingestion').Targets).toEqual([
      {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^IngestionBellCallsQueue/), 'Arn'] },
        DeadLetterConfig: {
          Arn: { 'Fn::GetAtt': [expect.stringMatching(/^IngestionBellCallsDeadLetters/), 'Arn'] },
        },
        Id: 'Target0',
        RetryPolicy: { MaximumEventAgeInSeconds: 14_400 },
      },
    ]);
    for (const name of ['Queue', 'DeadLetters']) {
      expect(properties(template, 'AWS::SQS::QueuePolicy', `IngestionBellCalls${name}Policy`)).toMatchObject({
        PolicyDocument: { Statement: expect.arrayContaining([expect.objectContaining(sends)]) },
      });
    }
  });

  it('is a schedule for all tables, which may send to the bell and wake the sweep and do nothing else', () => {
    const template = plain();

    expect(properties(template, 'AWS::Scheduler::Schedule', 'IngestionBellEveryTable')).toMatchObject({
      ScheduleExpression: 'rate(15 minutes)',
      Target: { Input: '{"ring":"all"}' },
    });
    expect(properties(template, 'AWS::Scheduler::Schedule', 'IngestionSweepSchedule')).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      Target: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^IngestionSweepFunction/), 'Arn'] } },
    });
    const allowed = statementsOf(template, 'SchedulerRole').flatMap(({ Action }) => Action);
    expect([...new Set(allowed)].sort()).toEqual([
      'lambda:InvokeFunction',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:SendMessage',
    ]);
    expect(properties(template, 'AWS::IAM::Role', 'IngestionBellSchedulerRole')).toMatchObject({
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': '123456789012',
                'aws:SourceArn': { 'Fn::GetAtt': [expect.stringMatching(/^IngestionBellSchedules/), 'Arn'] },
              },
            },
          },
        ],
      },
    });
  });

  it('needs no schedule', () => {
    const template = made({ schedule: null, sweepSchedule: null }).template();

    template.resourceCountIs('AWS::Scheduler::Schedule', 0);
  });

  it('is whoever may send to the bell, by a command among the outputs', () => {
    const stack = testStack();
    const { ingestion, template } = made({}, stack);
    const person = new Role(stack, 'Person', { assumedBy: new AccountRootPrincipal() });

    ingestion.grantTrigger(person);

    expect(statementsOf(template(), 'Person')).toEqual(sendsTo('IngestionBellCallsQueue'));
    expect(Object.values(template().findOutputs('*')).map(({ Value }) => Value)).toContainEqual({
      'Fn::Join': [
        '',
        [
          'aws sqs send-message --region eu-central-1 --queue-url ',
          { Ref: expect.stringMatching(/^IngestionBellCallsQueue/) },
          ` --message-body '{"ring":"all"}'`,
        ],
      ],
    });
  });
});

describe('the functions of ingestion', () => {
  it('take one message at a time each, so many side by side, and fail one by one', () => {
    const template = made({ concurrency: 7 }).template();

    expect(properties(template, 'AWS::Lambda::EventSourceMapping', 'IngestionIngest')).toMatchObject({
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(properties(template, 'AWS::Lambda::EventSourceMapping', 'IngestionBellRouter')).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('know where to send', () => {
    const template = plain();
    const url = (prefix: string) => ({ Ref: expect.stringMatching(new RegExp(`^Ingestion${prefix}`)) });
    const environment = (prefix: string) =>
      (
        properties(template, 'AWS::Lambda::Function', `Ingestion${prefix}`).Environment as {
          Variables: object;
        }
      ).Variables;

    expect(environment('BellRouter')).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      TIDEMARK_DEAD_LETTER_QUEUE_URL: url('BellCallsDeadLetters'),
      TIDEMARK_RING_QUEUE_URL: url('RingsQueue'),
      TIDEMARK_WINDOW_SECONDS: '60',
    });
    expect(environment('Ingest')).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      TIDEMARK_BELL_QUEUE_URL: url('BellCallsQueue'),
      TIDEMARK_DEAD_LETTER_QUEUE_URL: url('RingsDeadLetters'),
    });
    expect(environment('Sweep')).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      TIDEMARK_BELL_QUEUE_URL: url('BellCallsQueue'),
    });
  });

  it('may move files of the tables, and remove none that was processed', () => {
    const template = plain();
    const arn = (path: string) => `arn:aws:s3:::changes${path}`;
    const allowed = statementsOf(template, 'IngestionIngest').filter(({ Action }) =>
      [Action].flat().every((action) => action.startsWith('s3:')),
    );
    const write = [
      's3:AbortMultipartUpload',
      's3:GetObject',
      's3:GetObjectTagging',
      's3:PutObject',
      's3:PutObjectTagging',
    ];

    expect(allowed.map(({ Action, ...rest }) => ({ ...rest, Action: [Action].flat().sort() }))).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: arn(''),
        Condition: { StringLikeIfExists: { 's3:prefix': 'landing/*' } },
      },
      {
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:GetObject', 's3:GetObjectTagging'],
        Resource: arn('/landing/*_incoming/*'),
      },
      { Effect: 'Allow', Action: write, Resource: arn('/landing/*_processed/*') },
      {
        Effect: 'Allow',
        Action: [...write, 's3:DeleteObject'].sort(),
        Resource: arn('/landing/*_rejected/*'),
      },
    ]);
  });

  it('may use the key of the bucket where there is one', () => {
    const stack = testStack();
    const bucket = new ChangeBucket(stack, 'Files', { bucketName: 'files' });
    const template = made({ bucket }, stack).template();
    const ofTheKey = (part: string) =>
      statementsOf(template, part).filter(({ Action }) =>
        [Action].flat().some((one) => one.startsWith('kms:')),
      );
    const use = {
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^FilesKey/), 'Arn'] },
    };

    expect(['IngestionIngest', 'IngestionSweep', 'IngestionBellRouter'].map(ofTheKey)).toEqual([
      [use],
      [use],
      [],
    ]);
  });

  it('keep secrets and VPC from the router', () => {
    const template = plain();
    const readers = ['Ingest', 'Sweep', 'BellRouter'].filter((part) =>
      JSON.stringify(statementsOf(template, `Ingestion${part}`)).includes(SECRET),
    );

    expect(readers).toEqual(['Ingest', 'Sweep']);
  });

  it('may do nothing to everything but write traces', () => {
    expect(actionsOnEverything(plain())).toEqual(['xray:PutTelemetryRecords', 'xray:PutTraceSegments']);
  });
});

describe('Ingestion', () => {
  it('has as many resources for two hundred tables as for one', () => {
    const tables = Array.from({ length: 200 }, (_, n) => ({
      name: `t${n}`,
      source: `dbo.t${n}`,
      keys: ['id'],
    }));
    const types = (config: IngestionProps['config']) =>
      Object.values(made({ config }).template().toJSON().Resources as Record<string, { Type: string }>).map(
        ({ Type }) => Type,
      );

    expect(types(cloudConfig({ tables, exports: [] }))).toEqual(
      types(cloudConfig({ tables: tables.slice(0, 1), exports: [] })),
    );
  });

  it('passes cdk-nag, with a prefix and without', () => {
    expect(nagFindings(made().stack)).toEqual([]);
    expect(nagFindings(made({ keyPrefix: '' }).stack)).toEqual([]);
  });

  it('passes cdk-nag in a stack for any account', () => {
    expect(nagFindings(made({}, testStack('anywhere', {})).stack)).toEqual([]);
  });
});
