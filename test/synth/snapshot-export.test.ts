import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { Bell } from '../../lib/infra/ingestion-bell.ts';
import { PipelineNetwork } from '../../lib/infra/network.ts';
import { SnapshotExport, type SnapshotExportProps } from '../../lib/infra/snapshot-export.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import { definitionOf } from '../helpers/state-machine.ts';
import { actionsOnEverything, properties, sendsTo, statementsOf } from './read-template.ts';
import { nagFindings, secretArn, synthesized, testStack } from './synth-stack.ts';

const SECRET = secretArn('serving');
const EXISTING = {
  kind: 'existing',
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  wayOut: 'nat',
} as const;

function made(props: Partial<SnapshotExportProps> = {}, stack = testStack()) {
  const config = cloudConfig();
  const bell = props.bell ?? new Bell(stack, 'Bell', { config });
  const sent = new SnapshotExport(stack, 'Exports', {
    bell,
    config,
    exports: [{ name: 'crm', schedule: 'cron(0 6 * * ? *)' }, { name: "o'hara" }],
    secrets: [{ secretArn: SECRET }],
    ...props,
  });
  return { stack, bell, sent, template: () => synthesized(stack) };
}

let shared: Template | undefined;

/** The template where nothing is asked for. */
function plain(): Template {
  shared ??= made().template();
  return shared;
}

/** The ARN of the machine, as function and policy have it. */
const machineArn: unknown = expect.stringMatching(
  /^arn:aws:states:eu-central-1:123456789012:stateMachine:test-Exports-Parts-\w+$/,
);

describe('SnapshotExport', () => {
  it('has one queue for its exports, one message of a name at a time, none held back', () => {
    const template = made({ timeout: Duration.minutes(5) }).template();

    expect(properties(template, 'AWS::SQS::Queue', 'ExportsRequestsQueue')).toEqual({
      FifoQueue: true,
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 86_400,
      VisibilityTimeout: 360,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringMatching(/^ExportsRequestsDeadLetters/), 'Arn'] },
        maxReceiveCount: 5,
      },
    });
    expect(properties(template, 'AWS::SQS::Queue', 'ExportsRequestsDeadLetters')).toMatchObject({
      FifoQueue: true,
      MessageRetentionPeriod: 14 * 86_400,
    });
    expect(properties(template, 'AWS::Lambda::EventSourceMapping', 'ExportsExport')).toMatchObject({
      BatchSize: 1,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  it('is closed to everything but TLS', () => {
    const template = plain();

    template.resourceCountIs('AWS::SQS::QueuePolicy', 4);
    template.allResourcesProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    });
  });

  it('has a schedule for each export that wants one, which rings the bell', () => {
    const template = plain();

    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
    expect(properties(template, 'AWS::Scheduler::Schedule', 'BellExport')).toMatchObject({
      ScheduleExpression: 'cron(0 6 * * ? *)',
      Target: {
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^BellCallsQueue/), 'Arn'] },
        Input: '{"export":["crm"]}',
      },
    });
  });

  it('says by which command each export is sent, also one with a quote in its name', () => {
    const outputs = Object.values(plain().findOutputs('*')) as {
      Value: { 'Fn::Join': unknown[][] };
    }[];

    expect(outputs.map(({ Value }) => Value['Fn::Join'][1]?.at(-1))).toEqual([
      ` --message-body '{"export":["crm"]}'`,
      ` --message-body '{"export":["o'\\''hara"]}'`,
    ]);
  });

  it('lets whoever may trigger it ring the bell', () => {
    const { stack, sent, template } = made();
    const person = new Role(stack, 'Person', { assumedBy: new AccountRootPrincipal() });

    sent.grantTrigger(person);

    expect(statementsOf(template(), 'Person')).toEqual(sendsTo('BellCallsQueue'));
  });

  it('may read its secrets and its queue, ring the bell, start its machine, and nothing of the bucket', () => {
    const template = plain();
    const services = statementsOf(template, 'ExportsExport').flatMap(({ Action }) =>
      [Action].flat().map((action) => action.split(':')[0]),
    );

    expect([...new Set(services)].sort()).toEqual(['logs', 'secretsmanager', 'sqs', 'states', 'xray']);
    const statements = statementsOf(template, 'ExportsExport');
    expect(statements).toContainEqual({
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: machineArn,
    });
    const sending = statements.filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'));
    expect(sending.flatMap(({ Resource }) => Resource)).toEqual(
      ['BellCallsQueue', 'ExportsRequestsDeadLetters'].map((queue) => ({
        'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${queue}`)), 'Arn'],
      })),
    );
  });

  describe('its state machine', () => {
    it('is the one that the function knows, and knows the function', () => {
      const template = plain();
      const machine = properties(template, 'AWS::StepFunctions::StateMachine', 'ExportsParts');

      expect(machine.StateMachineName).toMatch(/^test-Exports-Parts-\w+$/);
      expect(properties(template, 'AWS::Lambda::Function', 'ExportsExport')).toMatchObject({
        Environment: {
          Variables: {
            TIDEMARK_EXPORT_MACHINE_ARN: machineArn,
            TIDEMARK_BELL_QUEUE_URL: { Ref: expect.stringMatching(/^BellCallsQueue/) },
          },
        },
      });
      expect(JSON.stringify(properties(template, 'AWS::Lambda::Function', 'ExportsExport'))).toContain(
        `:stateMachine:${machine.StateMachineName as string}"`,
      );
    });

    it('may call the function, tell its log, and do nothing else', () => {
      const template = plain();
      const statements = statementsOf(template, 'ExportsPartsMachineRole');

      expect(
        statements.flatMap(({ Action }) => Action).filter((action) => !/^(logs|xray):/.test(action)),
      ).toEqual(['lambda:InvokeFunction']);
      expect(statements.find(({ Action }) => Action === 'lambda:InvokeFunction')?.Resource).toEqual([
        { 'Fn::GetAtt': [expect.stringMatching(/^ExportsExportFunction/), 'Arn'] },
        {
          'Fn::Join': [
            '',
            [{ 'Fn::GetAtt': [expect.stringMatching(/^ExportsExportFunction/), 'Arn'] }, ':*'],
          ],
        },
      ]);
    });

    it('is the only one besides X-Ray whose role names every resource, to have its log delivered', () => {
      expect(actionsOnEverything(plain())).toEqual([
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ]);
    });

    it('logs which steps it does and never what goes from step to step', () => {
      const template = made({ logRetention: RetentionDays.ONE_WEEK }).template();
      const machine = properties(template, 'AWS::StepFunctions::StateMachine', 'ExportsParts');

      expect(machine).toMatchObject({
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
        TracingConfiguration: { Enabled: true },
      });
      expect(properties(template, 'AWS::Logs::LogGroup', 'ExportsPartsLogs')).toMatchObject({
        LogGroupName: `/aws/vendedlogs/states/${machine.StateMachineName as string}`,
        RetentionInDays: 7,
      });
    });

    it('has an end to every step and tries each again, but what cannot be mended so', () => {
      const { StartAt, States } = definitionOf(made({ timeout: Duration.minutes(5) }).template());
      const tasks = { ...States, ...States['Load all parts']?.ItemProcessor?.States };
      const calls = Object.entries(tasks).filter(([, { Type }]) => Type === 'Task');

      expect(StartAt).toBe('Plan');
      expect(calls.map(([name]) => name).sort()).toEqual(['Abort', 'Load', 'Plan', 'Publish']);
      for (const [, state] of calls) {
        expect(state.TimeoutSeconds).toBe(330);
        expect(state.Retry).toEqual([
          { ErrorEquals: ['TerminalError'], MaxAttempts: 0 },
          {
            ErrorEquals: ['States.ALL'],
            IntervalSeconds: 20,
            BackoffRate: 2,
            MaxDelaySeconds: 300,
            MaxAttempts: 8,
            JitterStrategy: 'FULL',
          },
        ]);
      }
      for (const name of ['Plan', 'Load all parts', 'Publish'])
        expect(States[name]?.Catch).toEqual([
          { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'Abort' },
        ]);
    });
  });

  it('runs inside of the network and outside of it side by side, and the router knows both queues', () => {
    const outside = made();
    const { stack, bell } = outside;
    const network = new PipelineNetwork(stack, 'Network', EXISTING);
    new SnapshotExport(stack, 'NetworkExports', {
      bell,
      config: cloudConfig(),
      exports: [{ name: 'serving' }],
      secrets: [],
      placement: network.placementFor('export serving'),
    });
    const template = outside.template();

    expect(properties(template, 'AWS::Lambda::Function', 'NetworkExports').VpcConfig).toMatchObject({
      SubnetIds: EXISTING.subnetIds,
    });
    expect(properties(template, 'AWS::Lambda::Function', 'ExportsExport')).not.toHaveProperty('VpcConfig');
    expect(properties(template, 'AWS::Lambda::Function', 'BellRouter')).toMatchObject({
      Environment: {
        Variables: {
          TIDEMARK_EXPORT_QUEUE_URL: { Ref: expect.stringMatching(/^ExportsRequestsQueue/) },
          TIDEMARK_NETWORK_EXPORT_QUEUE_URL: { Ref: expect.stringMatching(/^NetworkExportsRequestsQueue/) },
        },
      },
    });
  });

  it('passes cdk-nag, inside of a network too', () => {
    const stack = testStack();
    const network = new PipelineNetwork(stack, 'Network', EXISTING);

    expect(nagFindings(made().stack)).toEqual([]);
    expect(nagFindings(made({ placement: network.placementFor('export') }, stack).stack)).toEqual([]);
  });
});
