import { readFileSync } from 'node:fs';
import { App, Duration, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cloudConfig } from '../helpers/cloud-config.ts';
import { RUNBOOK_SECTIONS } from '../../lib/infra/runbook-sections.ts';
import { PipelineMonitoring, type PipelineMonitoringProps } from '../../lib/infra/monitoring.ts';
import { countSuspendedTables } from '../../lib/infra/suspended-tables.ts';
import { METRICS } from '../../lib/metrics.ts';
import { actionsOnEverything, properties, roleStatements } from './read-template.ts';
import { nagFindings, synthesized, testStack } from './synth-stack.ts';
import { testFunction } from './test-function.ts';

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: unknown[];
  readonly OKActions?: unknown[];
  readonly InsufficientDataActions?: unknown[];
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly Statistic: string;
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
}

const SERVERLESS = {
  name: 'erp',
  resourceIdentifier: 'shop-erp',
  migration: 'full-load-and-cdc',
  tellsSuspended: true,
} as const;
const STANDARD = {
  name: 'crm',
  resourceIdentifier: 'shop-crm',
  instance: { identifier: 'shop-crm-instance', storageGb: 100 },
  migration: 'cdc',
} as const;

function addQueue(stack: Stack, name: string) {
  return { queue: new Queue(stack, `${name}Queue`), deadLetters: new Queue(stack, `${name}Dead`) };
}

function made(props: Partial<PipelineMonitoringProps> = {}, stack = testStack()) {
  const { alarms } = cloudConfig().cloud;
  new PipelineMonitoring(stack, 'Monitoring', {
    pipeline: 'shop',
    emails: alarms.emails,
    waiting: Duration.minutes(alarms.waitingMinutes),
    lag: Duration.minutes(alarms.lagMinutes),
    exportAge: Duration.hours(alarms.exportHours),
    queues: [
      { name: 'calls', ...addQueue(stack, 'Calls') },
      { name: 'rings', ...addQueue(stack, 'Rings'), delay: Duration.seconds(65) },
    ],
    functions: [
      { name: 'ingest', function: testFunction(stack, 'Ingest'), timeout: Duration.minutes(15) },
      { name: 'router', function: testFunction(stack, 'Router'), timeout: Duration.minutes(1) },
    ],
    replications: [SERVERLESS, STANDARD],
    expectsExports: true,
    ...props,
  });
  return { stack, template: synthesized(stack) };
}

function alarmsOf(template: Template): Record<string, AlarmProperties> {
  const found = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  const all = found.map(({ Properties }) => Properties as AlarmProperties);
  return Object.fromEntries(all.map((alarm) => [alarm.AlarmName, alarm]));
}

describe('alarms', () => {
  let template: Template;
  let alarms: Record<string, AlarmProperties>;
  beforeAll(() => {
    ({ template } = made());
    alarms = alarmsOf(template);
  });

  it('are these, and none is about a table', () => {
    expect(Object.keys(alarms).sort()).toEqual([
      'shop-a-file-waits-too-long',
      'shop-a-function-comes-close-to-its-timeout-ingest',
      'shop-a-function-comes-close-to-its-timeout-router',
      'shop-a-function-fails-ingest',
      'shop-a-function-fails-router',
      'shop-a-function-is-throttled-ingest',
      'shop-a-function-is-throttled-router',
      'shop-a-history-lags-behind-its-source',
      'shop-a-replication-instance-runs-out-of-disk-crm',
      'shop-a-replication-is-silent-crm',
      'shop-a-replication-is-silent-erp',
      'shop-a-table-cannot-be-ingested',
      'shop-an-export-failed',
      'shop-an-export-lags',
      'shop-dead-letters-calls',
      'shop-dead-letters-rings',
      'shop-dms-gave-up-a-table-erp',
      'shop-dms-reads-the-source-late-crm',
      'shop-dms-reads-the-source-late-erp',
      'shop-dms-writes-late-crm',
      'shop-dms-writes-late-erp',
      'shop-files-were-rejected',
      'shop-messages-wait-too-long-calls',
      'shop-messages-wait-too-long-rings',
      'shop-the-sweep-found-a-broken-promise',
      'shop-the-sweep-is-silent',
    ]);
    const names = Object.values(alarms).flatMap(({ Dimensions = [] }) => Dimensions.map(({ Name }) => Name));
    expect(names).not.toContain('Table');
    expect(names).not.toContain('Export');
  });

  it('go to the topic, and say when a state is over but not when something merely happened', () => {
    const happened = Object.values(alarms).filter(({ OKActions }) => OKActions === undefined);

    expect(Object.values(alarms).filter(({ AlarmActions }) => AlarmActions.length !== 1)).toEqual([]);
    expect(happened.map(({ AlarmName }) => AlarmName.replace(/-(ingest|router)$/, ''))).toEqual(
      expect.arrayContaining([
        'shop-files-were-rejected',
        'shop-a-table-cannot-be-ingested',
        'shop-an-export-failed',
      ]),
    );
    expect(
      happened.every(({ ComparisonOperator }) => ComparisonOperator === 'GreaterThanOrEqualToThreshold'),
    ).toBe(true);
  });

  it('take their bounds from the configuration, in seconds', () => {
    const bound = (name: string): number | undefined => alarms[`shop-${name}`]?.Threshold;

    expect(bound('a-file-waits-too-long')).toBe(30 * 60);
    expect(bound('messages-wait-too-long-calls')).toBe(30 * 60);
    expect(bound('messages-wait-too-long-rings')).toBe(30 * 60 + 65);
    expect(bound('a-history-lags-behind-its-source')).toBe(60 * 60);
    expect(bound('dms-reads-the-source-late-erp')).toBe(60 * 60);
    expect(bound('an-export-lags')).toBe(26 * 3600);
    expect(bound('a-function-comes-close-to-its-timeout-ingest')).toBe(855_000);
    expect(bound('a-replication-instance-runs-out-of-disk-crm')).toBe(10 * 1024 ** 3);
  });

  it('read the metrics that functions publish for the pipeline', () => {
    const { Namespace, MetricName, Dimensions, Statistic, Period } = alarms['shop-a-file-waits-too-long']!;

    expect({ Namespace, MetricName, Dimensions, Statistic, Period }).toEqual({
      Namespace: 'Tidemark',
      MetricName: METRICS.oldestWaitingFileAge.name,
      Dimensions: [{ Name: 'Pipeline', Value: 'shop' }],
      Statistic: 'Maximum',
      Period: 300,
    });
  });

  it('know a task by instance and the end of its ARN, serverless by account and the end of its ARN', () => {
    const { Namespace, MetricName, Dimensions } = alarms['shop-dms-writes-late-crm']!;

    expect({ Namespace, MetricName, Dimensions }).toEqual({
      Namespace: 'AWS/DMS',
      MetricName: 'CDCLatencyTarget',
      Dimensions: [
        { Name: 'ReplicationInstanceIdentifier', Value: 'shop-crm-instance' },
        { Name: 'ReplicationTaskIdentifier', Value: 'shop-crm' },
      ],
    });
    expect(alarms['shop-dms-writes-late-erp']?.Dimensions).toEqual([
      { Name: 'ReplicationConfigId', Value: '123456789012:shop-erp' },
    ]);
  });

  it('make silence an alarm where something should speak all the time', () => {
    const silent = [
      'shop-a-replication-is-silent-crm',
      'shop-a-replication-is-silent-erp',
      'shop-the-sweep-is-silent',
    ];
    const missing = Object.values(alarms).filter(({ TreatMissingData }) => TreatMissingData === 'missing');

    expect(missing.map(({ AlarmName }) => AlarmName).sort()).toEqual(silent);
    expect(missing.filter((alarm) => alarm.InsufficientDataActions?.length !== 1)).toEqual([]);
    expect(missing.map(({ AlarmDescription }) => AlarmDescription.includes('INSUFFICIENT_DATA'))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('keep a state that is looked at now and then, and forget what merely happened', () => {
    const kinds = (treatment: string): string[] => {
      const treated = Object.values(alarms).filter(({ TreatMissingData }) => TreatMissingData === treatment);
      return [...new Set(treated.map(({ MetricName }) => MetricName))];
    };

    expect(kinds('ignore').sort()).toEqual([
      'ApproximateNumberOfMessagesVisible',
      'CDCLatencySource',
      'CDCLatencyTarget',
      'ExportAge',
      'FreeStorageSpace',
      'OldestWaitingFileAge',
    ]);
    expect(kinds('notBreaching').sort()).toEqual([
      'ApproximateAgeOfOldestMessage',
      'Duration',
      'Errors',
      'ExportFailures',
      'FilesRejected',
      'IngestFailures',
      'SourceLag',
      'SuspendedTables-shop-erp',
      'SweepFindings',
      'Throttles',
    ]);
    expect(kinds('breaching')).toEqual([]);
  });

  it('look no further back than CloudWatch can', () => {
    const tooLong = Object.values(alarms).filter(
      ({ Period, EvaluationPeriods }) => Period * EvaluationPeriods > (Period < 3600 ? 86_400 : 7 * 86_400),
    );

    expect(tooLong).toEqual([]);
  });

  it('name a section of the runbook each, and each section of that part has one', () => {
    const text = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
    const part = text.slice(
      text.indexOf('\n## Alarms\n'),
      text.indexOf('\n## ', text.indexOf('\n## Alarms\n') + 4),
    );
    const anchors = [...part.matchAll(/^### (.+)$/gm)].map(([, heading]) => slug(heading!));
    const messages = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    const descriptions = Object.values(alarms).map(({ AlarmDescription }) => AlarmDescription);
    const named = [...descriptions, ...messages].map(
      (words) => /docs\/runbook\.md#([a-z-]+)/.exec(words)?.[1],
    );

    expect([...new Set(named)].sort()).toEqual(anchors.sort());
    expect([...Object.values(RUNBOOK_SECTIONS)].sort()).toEqual(anchors);
  });
});

/** The anchor that GitHub gives a heading. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .replace(/\s/g, '-');
}

describe('what is not asked for', () => {
  it('has no alarm: exports that nobody expects, a sweep that never runs, a paused replication, a load alone', () => {
    const { template } = made({
      expectsExports: false,
      sweepEvery: null,
      replications: [
        { ...SERVERLESS, paused: true, tellsSuspended: false },
        { ...STANDARD, migration: 'full-load' },
      ],
    });
    const names = Object.keys(alarmsOf(template)).join('\n');

    expect(names).not.toMatch(/export|sweep|silent|dms-/);
    expect(names).toContain('shop-a-replication-instance-runs-out-of-disk-crm');
    template.resourceCountIs('AWS::Events::Rule', 2);
  });

  it('can be everything but alarms of the pipeline itself', () => {
    const { template } = made({ queues: [], functions: [], replications: [], expectsExports: false });

    expect(Object.keys(alarmsOf(template))).toHaveLength(6);
  });
});

describe('a table that DMS gives up', () => {
  it('is counted in the log of the replication under the name that the alarm reads', () => {
    const stack = testStack();
    countSuspendedTables(new LogGroup(stack, 'Logs'), 'shop-erp');

    const { FilterPattern, MetricTransformations } = properties(
      synthesized(stack),
      'AWS::Logs::MetricFilter',
      'LogsSuspendedTables',
    );
    expect(FilterPattern).toBe('"errored/suspended"');
    expect(MetricTransformations).toEqual([
      { MetricNamespace: 'Tidemark', MetricName: 'SuspendedTables-shop-erp', MetricValue: '1' },
    ]);
  });
});

describe('a replication that stops', () => {
  it('is told of by its events, matched by ARN and by the end of their type', () => {
    const { template } = made();
    const rule = properties(template, 'AWS::Events::Rule', 'MonitoringReplicationerp');

    expect(rule.EventPattern).toEqual({
      source: ['aws.dms'],
      'detail-type': ['DMS Replication State Change', 'DMS Replication Task State Change'],
      resources: ['arn:aws:dms:eu-central-1:123456789012:replication-config:shop-erp'],
      detail: {
        $or: [
          { category: ['Failure'] },
          { eventType: [{ suffix: '_FAILED' }] },
          { eventType: [{ suffix: '_STOPPED' }] },
          { eventType: [{ wildcard: '*DEPROVISION*' }] },
          { eventType: [{ wildcard: '*PAUSED*' }] },
        ],
      },
    });
    expect(JSON.stringify(properties(template, 'AWS::Events::Rule', 'MonitoringReplicationcrm'))).toContain(
      ':task:shop-crm',
    );
  });

  it('is told to the topic by a role that may do nothing else', () => {
    const { template } = made({ replications: [SERVERLESS] });
    const [statements] = Object.entries(roleStatements(template)).flatMap(([id, found]) =>
      id.includes('Stops') ? [found] : [],
    );

    expect(statements?.flatMap(({ Action }) => Action).sort()).toEqual([
      'kms:Decrypt',
      'kms:GenerateDataKey*',
      'sns:Publish',
    ]);
    expect(actionsOnEverything(template)).toEqual([]);
  });
});

describe('the topic', () => {
  it('is encrypted by a key that is rotated, takes messages by TLS only, and sends mails', () => {
    const { template } = made();

    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    expect(properties(template, 'AWS::SNS::Topic', 'MonitoringAlarms').KmsMasterKeyId).toBeDefined();
    template.hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'email',
      Endpoint: 'data@example.com',
    });
    const policy = properties(template, 'AWS::SNS::TopicPolicy', 'MonitoringAlarms').PolicyDocument as {
      Statement: { Effect: string; Principal: unknown; Condition: unknown }[];
    };
    expect(
      policy.Statement.map(({ Effect, Principal, Condition }) => ({ Effect, Principal, Condition })),
    ).toEqual([
      { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      {
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ]);
  });

  it('may be one of your own: then neither a topic nor a key is made', () => {
    const topicArn = 'arn:aws:sns:eu-central-1:123456789012:pager';
    const { template } = made({ topicArn });

    template.resourceCountIs('AWS::SNS::Topic', 0);
    template.resourceCountIs('AWS::KMS::Key', 0);
    const alarms = Object.values(alarmsOf(template));
    expect(alarms.every(({ AlarmActions }) => AlarmActions[0] === topicArn)).toBe(true);
    template.hasResourceProperties('AWS::SNS::Subscription', { TopicArn: topicArn });
  });
});

describe('the dashboard', () => {
  const body = (template: Template): string => {
    const { DashboardBody } = properties(template, 'AWS::CloudWatch::Dashboard', 'Monitoring') as {
      DashboardBody: { 'Fn::Join': [string, unknown[]] };
    };
    const parts = DashboardBody['Fn::Join'][1];
    return parts
      .map((part) => (typeof part === 'string' ? part : ''))
      .join('')
      .replaceAll('\\"', '"');
  };

  it('searches for tables and exports and names none', () => {
    const text = body(made().template);

    expect(text).toContain(
      `SORT(SEARCH('{Tidemark,Pipeline,Table} MetricName="SourceLag" Pipeline="shop"', 'Maximum', 300), MAX, DESC, 20)`,
    );
    expect(text).toContain('{Tidemark,Pipeline,Export}');
    expect(text).not.toContain('customer');
  });

  it('is one, named after pipeline and region, and does not grow with tables', () => {
    const { template } = made();

    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    expect(properties(template, 'AWS::CloudWatch::Dashboard', 'Monitoring').DashboardName).toBe(
      'shop-eu-central-1',
    );
    expect(body(template).length).toBeLessThan(20_000);
  });

  it('refuses a pipeline whose name cannot be searched for', () => {
    expect(() => made({ pipeline: 'a"b' })).toThrow(/cannot be searched for/);
  });
});

describe('monitoring', () => {
  it('passes cdk-nag', () => {
    const { stack } = made();

    expect(nagFindings(stack).filter((finding) => finding.includes('/Monitoring/'))).toEqual([]);
  });

  it('works in a stack without a named account', () => {
    process.env.CDK_VALIDATION = 'false';
    const { template } = made({}, new Stack(new App(), 'anywhere'));

    expect(alarmsOf(template)['shop-dms-writes-late-erp']?.Dimensions?.[0]?.Value).toEqual({
      'Fn::Join': ['', [{ Ref: 'AWS::AccountId' }, ':shop-erp']],
    });
  });
});
