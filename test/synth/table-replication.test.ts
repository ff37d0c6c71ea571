import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { customerApp } from '../../examples/cdk/app.ts';
import { PipelineNetwork } from '../../lib/infra/network.ts';
import { TableReplication } from '../../lib/infra/table-replication.ts';
import type { TableReplicationProps } from '../../lib/infra/table-replication-props.ts';
import { CONTEXT, findingsOf } from './synth-app.ts';
import { properties, sendsTo, statementsOf } from './read-template.ts';
import { KEY_ARN, secretArn, synthesized, testStack } from './synth-stack.ts';

const DATABRICKS = {
  host: 'dbc-a1b2c3d4-e5f6.cloud.databricks.com',
  httpPath: '/sql/1.0/warehouses/0123456789abcdef',
  clientId: '8f2c1d3e-0000-4000-8000-5a6b7c8d9e0f',
  clientSecretArn: secretArn('databricks'),
  catalog: 'lake',
};

const SERVING = {
  name: 'serving',
  host: 'serving.example.com',
  database: 'serving',
  user: 'tidemark',
  passwordArn: secretArn('serving'),
};

function make(overrides: Partial<TableReplicationProps> = {}, stack: Stack = testStack('crm')) {
  const network = new PipelineNetwork(stack, 'Network', {
    kind: 'existing',
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
  });
  const customer = new TableReplication(stack, 'CustomerTables', {
    replication: { source: { engine: 'sqlserver', database: 'crm', secretArn: secretArn('crm') } },
    tables: [{ name: 'customer', keys: ['customer_id'] }],
    databricks: DATABRICKS,
    network,
    ...overrides,
  });
  return { stack, customer };
}

describe('TableReplication', () => {
  const plain = make();

  it('makes everything from the replication to the alarms in one stack', () => {
    const template = synthesized(plain.stack);

    template.resourceCountIs('AWS::DMS::ReplicationConfig', 1);
    template.resourceCountIs('AWS::S3::Bucket', 2);
    template.resourceCountIs('Custom::TidemarkLakehouse', 1);
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    expect(
      properties(template, 'AWS::SQS::Queue', 'CustomerTablesPipelineIngestionBellCallsQueue'),
    ).toMatchObject({ QueueName: 'customer-tables-bell' });
    expect(properties(template, 'AWS::DMS::ReplicationConfig', 'Customer')).toMatchObject({
      ReplicationConfigIdentifier: expect.stringMatching(/^customer-tables-tables/),
    });
  });

  it('checks what it is given as a configuration is checked, all at once', () => {
    const tables = [
      { name: 'customer', keys: ['id'] },
      { name: 'customer', source: 'crm.Client', keys: ['id'] },
    ];

    expect(() => make({ tables, name: 'Not_A_Name' })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        problems: [
          {
            path: 'tables[1].name',
            message: '"customer" repeats "customer" of tables[0]',
            hint: 'Rename one: case does not tell tables apart.',
          },
          {
            path: 'name',
            message: '"Not_A_Name" begins the names of stacks and of what DMS has, which it cannot',
            hint: 'Use lower-case letters, digits and single dashes, beginning with a letter and ending in none.',
          },
        ],
      }),
    );
  });

  it('wants to know its region', () => {
    expect(() => make({}, new Stack(new App({ context: CONTEXT }), 'nowhere'))).toThrow(
      'nowhere/CustomerTables must know its region. Give the stack an env',
    );
  });

  it('lets others ring and nothing else', () => {
    const { stack, customer } = make();
    const role = new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('states.amazonaws.com') });

    customer.grantTrigger(role);

    expect(statementsOf(synthesized(stack), 'Operator')).toEqual(sendsTo('.*BellCallsQueue'));
  });

  it('has the metrics that functions publish', () => {
    const { customer } = plain;
    const seen = (metric: ReturnType<typeof customer.metricLag>) => ({
      name: metric.metricName,
      of: metric.dimensions,
      statistic: metric.statistic,
    });

    expect([
      seen(customer.metricLag()),
      seen(customer.metricLag('customer')),
      seen(customer.metricOldestWaiting()),
      seen(customer.metricFilesRejected('customer')),
      seen(customer.metricExportAge('serving', { period: Duration.hours(1) })),
    ]).toEqual([
      { name: 'SourceLag', of: { Pipeline: 'customer-tables' }, statistic: 'Maximum' },
      { name: 'SourceLag', of: { Pipeline: 'customer-tables', Table: 'customer' }, statistic: 'Maximum' },
      { name: 'OldestWaitingFileAge', of: { Pipeline: 'customer-tables' }, statistic: 'Maximum' },
      { name: 'FilesRejected', of: { Pipeline: 'customer-tables', Table: 'customer' }, statistic: 'Sum' },
      { name: 'ExportAge', of: { Pipeline: 'customer-tables', Export: 'serving' }, statistic: 'Maximum' },
    ]);
  });

  it('passes on what it is told of tables, exports and rings', () => {
    const { customer } = make({
      tables: [
        { name: 'customer', keys: ['customer_id'], history: 'every-change', paused: true },
        { name: 'stock', keys: ['id'], track: { kind: 'only', columns: ['quantity'] } },
      ],
      exports: [
        {
          ...SERVING,
          tables: ['stock'],
          afterIngest: Duration.minutes(10),
        },
      ],
      window: Duration.minutes(5),
      keyPrefix: 'landing',
    });

    expect(customer.config).toMatchObject({
      storage: { kind: 's3', prefix: 'landing' },
      tables: [
        { name: 'customer', history: 'every-change', paused: true, replication: 'tables' },
        { name: 'stock', track: { kind: 'only', columns: ['quantity'] } },
      ],
      exports: [{ name: 'serving', tables: ['stock'], trigger: { afterIngestSeconds: 600 } }],
      cloud: { account: '123456789012', ingest: { windowSeconds: 300 } },
    });
  });

  it('lets functions decrypt the secrets that a key of yours encrypts, each those it reads', () => {
    const { stack } = make({
      databricks: {
        ...DATABRICKS,
        clientSecretArn: `${DATABRICKS.clientSecretArn}:secret::`,
        clientSecretKeyArn: KEY_ARN,
      },
      exports: [
        {
          ...SERVING,
          passwordKeyArn: KEY_ARN,
        },
      ],
    });
    const template = synthesized(stack);
    const decrypted = (part: string) =>
      statementsOf(template, part)
        .filter(({ Action, Resource }) => Action === 'kms:Decrypt' && Resource === KEY_ARN)
        .map(({ Condition }) => Condition);
    const through = (name: string) => ({
      StringEquals: { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' },
      StringLike: { 'kms:EncryptionContext:SecretARN': [secretArn(name), `${secretArn(name)}-??????`] },
    });

    expect(decrypted('IngestionIngest')).toEqual([through('databricks')]);
    expect(decrypted('ExportsExport')).toEqual([through('databricks'), through('serving')]);
    expect(decrypted('IngestionBellRouter')).toEqual([]);
  });

  it('is clean for cdk-nag, bucket and all', () => {
    expect(findingsOf(plain.stack.node.root as App)).toEqual([]);
  });
});

describe('examples/cdk/app.ts', () => {
  it('synthesises offline, with an alarm and a role of its own', () => {
    process.env.CDK_VALIDATION = 'false';
    const app = new App({ context: CONTEXT });
    const stack = customerApp(app);

    expect(app.synth().manifest.missing).toBeUndefined();
    const template = Template.fromStack(stack);
    expect(statementsOf(template, 'Operator')).toHaveLength(1);
    expect(properties(template, 'AWS::CloudWatch::Alarm', 'CustomerLags')).toMatchObject({
      MetricName: 'SourceLag',
      Threshold: 14400,
    });
  });
});
