import type { Stack } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { describe, expect, it } from 'vitest';
import { identityOf, LIFECYCLE_TAGS, parseLifecycleProperties } from '../../lib/dms/lifecycle-event.ts';
import { identityChanges } from '../../lib/dms/replacement.ts';
import { DmsLifecycleProvider } from '../../lib/infra/dms-lifecycle.ts';
import { PipelineNetwork } from '../../lib/infra/network.ts';
import { ReplicationGroup, type ReplicationGroupProps } from '../../lib/infra/replication-group.ts';
import type { ReplicationProps } from '../../lib/infra/replication-props.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';
import { actionsOnEverything, properties, statementsOf } from './read-template.ts';
import { KEY_ARN, nagFindings, secretArn, synthesized, testStack } from './synth-stack.ts';
import { testFunction } from './test-function.ts';

const SECRET = secretArn('erp');
const BUCKET = 'acme-lake-sales-eu-central-1';

const SERVERLESS: ReplicationProps = {
  name: 'erp',
  source: { engine: 'sqlserver', database: 'sales', secretArn: SECRET },
};
const STANDARD: ReplicationProps = {
  ...SERVERLESS,
  capacity: { kind: 'standard', instanceClass: 'dms.c6i.large' },
};
const KINDS = [
  ['serverless', SERVERLESS, 'AWS::DMS::ReplicationConfig'],
  ['standard', STANDARD, 'AWS::DMS::ReplicationTask'],
] as const;

const network = (stack: Stack, securityGroupIds: string[] = [], id = 'Network'): PipelineNetwork =>
  new PipelineNetwork(stack, id, {
    kind: 'existing',
    vpcId: 'vpc-0123456789abcdef0',
    subnetIds: ['subnet-0a', 'subnet-0b'],
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    securityGroupIds,
  });

function make(
  overrides: Partial<ReplicationGroupProps> = {},
  stack: Stack = testStack('shop-replication-erp'),
) {
  const group = new ReplicationGroup(stack, 'Erp', {
    pipeline: 'shop',
    replication: SERVERLESS,
    tables: [
      { name: 'customer', source: 'dbo.Customer', keys: ['id'] },
      { name: 'order_line', source: 'dbo.OrderLine', keys: ['order_id', 'line_no'] },
    ],
    bucket: { bucketName: BUCKET, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN) },
    keyPrefix: 'landing',
    network: network(stack, ['sg-0123']),
    lifecycle: new DmsLifecycleProvider(stack, 'Provider', { handler: testFunction(stack, 'Handler') }),
    ...overrides,
  });
  return { stack, group };
}

const template = (overrides: Partial<ReplicationGroupProps> = {}): Template =>
  synthesized(make(overrides).stack);

function idOf(made: Template, type: string, prefix = ''): string {
  const ids = Object.keys(made.findResources(type)).filter((id) => id.startsWith(prefix));
  expect(ids).toHaveLength(1);
  return ids[0]!;
}

/** Everything that a resource waits for, directly or through others. */
function waitsFor(made: Template, id: string, seen: Set<string> = new Set()): Set<string> {
  const { Resources } = made.toJSON() as { Resources: Record<string, { DependsOn?: string | string[] }> };
  const resource = Resources[id];
  const text = JSON.stringify(resource ?? {});
  const named = [...text.matchAll(/"(?:Ref":"|Fn::GetAtt":\[")(\w+)"/g)].map(([, name]) => name!);
  for (const other of [...named, ...[resource?.DependsOn ?? []].flat()]) {
    if (seen.has(other) || !(other in Resources)) continue;
    seen.add(other);
    waitsFor(made, other, seen);
  }
  return seen;
}

describe('the S3 endpoint', () => {
  it('has every setting that a history depends on', () => {
    expect(properties(template(), 'AWS::DMS::Endpoint', 'ErpTarget')).toEqual({
      EndpointIdentifier: 'shop-erp-target',
      EndpointType: 'target',
      EngineName: 's3',
      S3Settings: {
        BucketName: BUCKET,
        BucketFolder: 'landing',
        CannedAclForObjects: 'none',
        CdcInsertsAndUpdates: false,
        CdcInsertsOnly: false,
        CdcMaxBatchInterval: 60,
        CdcMinFileSize: 32_000,
        CompressionType: 'none',
        DataFormat: 'parquet',
        DatePartitionEnabled: false,
        EnableStatistics: true,
        EncodingType: 'rle-dictionary',
        EncryptionMode: 'sse-kms',
        ExpectedBucketOwner: '123456789012',
        GlueCatalogGeneration: false,
        IncludeOpForFullLoad: true,
        ParquetTimestampInMillisecond: false,
        PreserveTransactions: false,
        ServerSideEncryptionKmsKeyId: KEY_ARN,
        ServiceAccessRoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^ErpTargetBucketRole/), 'Arn'] },
        TimestampColumnName: 'tx_commit_time',
        UseTaskStartTimeForFullLoadTimestamp: true,
      },
    });
  });

  it('has a role that writes below the folder only', () => {
    expect(statementsOf(template(), 'ErpTargetFiles')).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:PutObject', 's3:PutObjectTagging'],
        Resource: `arn:aws:s3:::${BUCKET}/landing/*`,
      },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: `arn:aws:s3:::${BUCKET}` },
      {
        Effect: 'Allow',
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey'],
        Resource: KEY_ARN,
      },
    ]);
  });
});

describe('the source endpoint', () => {
  it('knows user, password and address from the secret only', () => {
    const made = template();

    expect(properties(made, 'AWS::DMS::Endpoint', 'ErpSource')).toEqual({
      EndpointIdentifier: 'shop-erp-source',
      EndpointType: 'source',
      EngineName: 'sqlserver',
      SslMode: 'require',
      MicrosoftSqlServerSettings: {
        DatabaseName: 'sales',
        SecretsManagerSecretId: SECRET,
        SecretsManagerAccessRoleArn: { 'Fn::GetAtt': [expect.stringMatching(/^ErpSourceSecretRole/), 'Arn'] },
      },
      ExtraConnectionAttributes: 'fatalOnSimpleModel=true',
    });
    expect(JSON.stringify(made.toJSON())).not.toMatch(/"(Password|Username|ServerName|Port)":/);
  });

  it('has a role that DMS of this region takes on to read that one secret', () => {
    const source = { ...SERVERLESS.source, secretKeyArn: KEY_ARN };
    const made = template({ replication: { ...SERVERLESS, source } });

    expect(properties(made, 'AWS::IAM::Role', 'ErpSource').AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { Service: 'dms.eu-central-1.amazonaws.com' } }],
    });
    expect(statementsOf(made, 'ErpSourceSecret')).toEqual([
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SECRET },
      { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:DescribeKey'], Resource: KEY_ARN },
    ]);
  });

  it.each([
    ['postgres', 'postgres', 'PostgreSqlSettings', 'sales'],
    ['aurora-postgresql', 'aurora-postgresql', 'PostgreSqlSettings', 'sales'],
    ['mysql', 'mysql', 'MySqlSettings', undefined],
    ['mariadb', 'mariadb', 'MySqlSettings', undefined],
    ['aurora-mysql', 'aurora', 'MySqlSettings', undefined],
    ['oracle', 'oracle', 'OracleSettings', 'sales'],
  ] as const)('of %s is named as CloudFormation names it', (engine, name, block, database) => {
    const hosting = engine.startsWith('aurora') ? 'aurora' : 'self-managed';
    const source = { ...SERVERLESS.source, engine, hosting } as const;
    const endpoint = properties(
      template({ replication: { ...SERVERLESS, source } }),
      'AWS::DMS::Endpoint',
      'ErpSource',
    );

    expect(endpoint).toMatchObject({ EngineName: name, [block]: { SecretsManagerSecretId: SECRET } });
    expect(endpoint.DatabaseName).toBe(database);
  });
});

describe('what copies', () => {
  it('is sized by DMS between bounds, in private subnets', () => {
    expect(properties(template(), 'AWS::DMS::ReplicationConfig', 'Erp')).toMatchObject({
      ReplicationConfigIdentifier: 'shop-erp',
      ResourceIdentifier: 'shop-erp',
      ReplicationType: 'full-load-and-cdc',
      ComputeConfig: {
        MinCapacityUnits: 1,
        MaxCapacityUnits: 16,
        MultiAZ: false,
        ReplicationSubnetGroupId: { Ref: expect.stringMatching(/^ErpSubnets/) },
        VpcSecurityGroupIds: ['sg-0123'],
      },
    });
    expect(properties(template(), 'AWS::DMS::ReplicationSubnetGroup', 'Erp').SubnetIds).toEqual([
      'subnet-0a',
      'subnet-0b',
    ]);
  });

  it('or runs on an instance that the internet does not see', () => {
    const made = template({ replication: STANDARD });

    expect(properties(made, 'AWS::DMS::ReplicationInstance', 'Erp')).toMatchObject({
      ReplicationInstanceIdentifier: 'shop-erp-instance',
      ReplicationInstanceClass: 'dms.c6i.large',
      AllocatedStorage: 100,
      MultiAZ: false,
      PubliclyAccessible: false,
    });
    expect(properties(made, 'AWS::DMS::ReplicationTask', 'Erp')).toMatchObject({
      ReplicationTaskIdentifier: 'shop-erp',
      ResourceIdentifier: 'shop-erp',
      MigrationType: 'full-load-and-cdc',
    });
    made.resourceCountIs('AWS::DMS::ReplicationConfig', 0);
  });

  it.each(KINDS)('is told the same tables and settings (%s)', (kind, replication, type) => {
    const { ReplicationSettings, ReplicationTaskSettings, TableMappings } = properties(
      template({ replication }),
      type,
      'Erp',
    );
    const parsed = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value);
    const { rules } = parsed(TableMappings) as { rules: Record<string, unknown>[] };

    expect(typeof TableMappings).toBe(kind === 'standard' ? 'string' : 'object');
    expect(rules.filter((rule) => rule['rule-action'] === 'rename').map(({ value }) => value)).toEqual([
      'customer_incoming',
      'order_line_incoming',
    ]);
    expect(rules.map((rule) => rule['rule-action'])).toContain('add-before-image-columns');
    expect(parsed(ReplicationSettings ?? ReplicationTaskSettings)).toMatchObject({
      TargetMetadata: { BatchApplyEnabled: false, LimitedSizeLobMode: true },
      FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
      ChangeProcessingDdlHandlingPolicy: {
        HandleSourceTableDropped: false,
        HandleSourceTableTruncated: false,
      },
      Logging: { EnableLogging: true },
    });
  });

  it.each([
    ['serverless', SERVERLESS, 'dms-serverless-replication-shop-erp'],
    ['standard', STANDARD, 'dms-tasks-shop-erp-instance'],
  ])('writes a log that ends (%s)', (_, replication, name) => {
    template({ replication }).hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: name,
      RetentionInDays: 90,
    });
  });

  it('has an identifier that ends an ARN of at most 31 characters', () => {
    const { group } = make({
      pipeline: 'shop',
      replication: { ...SERVERLESS, name: 'a-name-that-goes-on-and-on-and-on' },
    });

    expect(group.monitored.resourceIdentifier).toMatch(/^shop-a-name-that-goes-[0-9a-f]{8}$/);
  });

  it('has a security group of its own where none is given, with ways out only', () => {
    const stack = testStack();
    const { vpc, subnets } = network(stack, [], 'Given');
    make({ network: { vpc, subnets } }, stack);
    const made = synthesized(stack);

    expect(properties(made, 'AWS::EC2::SecurityGroup', 'Erp').SecurityGroupIngress).toBeUndefined();
    expect(properties(made, 'AWS::DMS::ReplicationConfig', 'Erp').ComputeConfig).toMatchObject({
      VpcSecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^ErpSecurityGroup/), 'GroupId'] }],
    });
  });

  it('refuses what the source cannot do', () => {
    const source = { ...SERVERLESS.source, edition: 'express' };

    expect(() => make({ replication: { ...SERVERLESS, source } })).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ path: 'replications[0].source.edition' })],
      }),
    );
  });

  it('tells alarms and dashboards its names without references', () => {
    expect(KINDS.map(([, replication]) => make({ replication }).group.monitored)).toEqual([
      {
        name: 'erp',
        resourceIdentifier: 'shop-erp',
        migration: 'full-load-and-cdc',
        paused: false,
        tellsSuspended: true,
      },
      {
        name: 'erp',
        resourceIdentifier: 'shop-erp',
        migration: 'full-load-and-cdc',
        paused: false,
        tellsSuspended: true,
        instance: { identifier: 'shop-erp-instance', storageGb: 100 },
      },
    ]);
  });

  it('takes a whole configuration of a replication and its tables', () => {
    const { replications, tables } = cloudConfig();
    const [replication] = replications;

    expect(
      properties(template({ replication: replication!, tables }), 'AWS::DMS::ReplicationConfig', 'Erp'),
    ).toMatchObject({
      ReplicationConfigIdentifier: 'shop-erp',
      ComputeConfig: { MinCapacityUnits: 1, MaxCapacityUnits: 8 },
    });
  });

  it('refuses settings that would lose changes, all at once', () => {
    const replication = {
      ...SERVERLESS,
      targetSettings: { DataFormat: 'csv' },
      taskSettings: { TargetMetadata: { BatchApplyEnabled: true } },
    };

    expect(() => make({ replication })).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        problems: [
          expect.objectContaining({ path: expect.stringContaining('BatchApplyEnabled') }),
          expect.objectContaining({ path: expect.stringContaining('DataFormat') }),
        ],
      }),
    );
  });
});

describe('the lifecycle around a replication', () => {
  const parts = (made: Template) => ({
    stop: idOf(made, 'Custom::TidemarkReplicationStop'),
    start: idOf(made, 'Custom::TidemarkReplicationStart'),
    endpoints: Object.keys(made.findResources('AWS::DMS::Endpoint')),
    act: idOf(made, 'AWS::IAM::Policy', 'ErpLifecycleAct'),
  });

  it.each(KINDS)(
    'stops before anything of DMS changes and starts after all of it (%s)',
    (_, replication, type) => {
      const made = template({ replication });
      const { stop, start, endpoints, act } = parts(made);
      const instances = Object.keys(made.findResources('AWS::DMS::ReplicationInstance'));
      const copier = idOf(made, type);

      for (const part of [...endpoints, ...instances, copier]) expect(waitsFor(made, part)).toContain(stop);
      for (const part of [...endpoints, ...instances, copier, act, stop])
        expect(waitsFor(made, start)).toContain(part);
      for (const part of [...endpoints, ...instances, copier, act, start])
        expect(waitsFor(made, stop)).not.toContain(part);
    },
  );

  it('keeps both custom resources when serverless becomes standard, so that it can be refused', () => {
    const ids = KINDS.map(([, replication]) => {
      const { stop, start } = parts(template({ replication }));
      return [stop, start];
    });

    expect(ids).toEqual([
      ['ErpLifecycleStopD48052F4', 'ErpLifecycleStart86D554BC'],
      ['ErpLifecycleStopD48052F4', 'ErpLifecycleStart86D554BC'],
    ]);
  });

  const told = (overrides: Partial<ReplicationGroupProps> = {}): Record<string, unknown> => {
    const { ServiceToken, ...rest } = properties(
      template(overrides),
      'Custom::TidemarkReplicationStop',
      'Erp',
    );
    return rest;
  };

  it('tells what cannot change without losing the position', () => {
    expect(told({ replication: STANDARD })).toEqual({
      Role: 'stop',
      Replication: 'erp',
      Kind: 'standard',
      Identifier: 'shop-erp',
      Migration: 'full-load-and-cdc',
      Running: 'true',
      Tables: ['dbo.Customer', 'dbo.OrderLine'],
      Identity: {
        engine: 'sqlserver',
        database: 'sales',
        'identifier in the ARN': 'shop-erp',
      },
      Definition: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  const SOURCE = SERVERLESS.source;
  it.each([
    ['the tables', { tables: [{ name: 'product', keys: ['id'] }] }, []],
    ['the size', { replication: { ...SERVERLESS, capacity: { kind: 'serverless', maxUnits: 4 } } }, []],
    ['serverless to standard', { replication: STANDARD }, ['kind serverless → standard']],
    [
      'the migration',
      { replication: { ...SERVERLESS, migration: 'cdc' } },
      ['migration full-load-and-cdc → cdc'],
    ],
    [
      'the engine',
      { replication: { ...SERVERLESS, source: { ...SOURCE, engine: 'postgres' } } },
      ['engine sqlserver → postgres'],
    ],
    [
      'the database',
      { replication: { ...SERVERLESS, source: { ...SOURCE, database: 'x' } } },
      ['database sales → x'],
    ],
  ] as const)('lets our function refuse what would lose the position: %s', (_, change, lost) => {
    const identity = (overrides: Partial<ReplicationGroupProps> = {}) =>
      identityOf(
        parseLifecycleProperties(properties(template(overrides), 'Custom::TidemarkReplicationStop', 'Erp')),
      );

    expect(identityChanges(identity(), identity(change as Partial<ReplicationGroupProps>))).toEqual(lost);
  });

  it.each([
    ['a table', { tables: [{ name: 'customer', source: 'dbo.Customer', keys: ['id'] }] }],
    ['the folder', { keyPrefix: '' }],
    ['the size', { replication: { ...SERVERLESS, capacity: { kind: 'serverless', maxUnits: 4 } } }],
    ['the tempo', { replication: { ...SERVERLESS, cutSeconds: 300 } }],
    [
      'the source',
      { replication: { ...SERVERLESS, source: { ...SERVERLESS.source, secretArn: `${SECRET}2` } } },
    ],
    ['a pause', { replication: { ...SERVERLESS, paused: true } }],
  ] as const)('stops it for another definition: %s', (_, change) => {
    expect(told(change as Partial<ReplicationGroupProps>).Definition).not.toBe(told().Definition);
  });

  it('does not stop it where nothing of it changes', () => {
    const stack = testStack();
    testFunction(stack, 'SomethingElse');
    make({}, stack);
    const { Definition } = properties(synthesized(stack), 'Custom::TidemarkReplicationStop', 'Erp');

    expect(Definition).toBe(told().Definition);
    expect(
      told({
        tables: [
          { name: 'order_line', source: 'dbo.OrderLine', keys: ['order_id', 'line_no'] },
          { name: 'customer', source: 'dbo.Customer', keys: ['id'] },
        ],
      }).Definition,
    ).toBe(told().Definition);
  });

  it.each(KINDS)('marks what copies with what it is now (%s)', (_, replication, type) => {
    const made = template({ replication: { ...replication, paused: true } });
    const { Definition } = properties(made, 'Custom::TidemarkReplicationStart', 'Erp');

    expect(properties(made, type, 'Erp').Tags).toEqual([
      { Key: LIFECYCLE_TAGS.definition, Value: Definition },
      { Key: LIFECYCLE_TAGS.running, Value: 'false' },
    ]);
  });

  it('may stop and start this one replication, look at all as DMS demands, and have DMS make its role', () => {
    const made = template({ replication: STANDARD });
    const ref = (prefix: string) => ({ Ref: expect.stringMatching(new RegExp(`^${prefix}`)) });

    expect(statementsOf(made, 'ErpLifecycleAct')).toEqual([
      {
        Effect: 'Allow',
        Action: [
          'dms:AddTagsToResource',
          'dms:DescribeTableStatistics',
          'dms:ListTagsForResource',
          'dms:ReloadTables',
          'dms:StartReplicationTask',
          'dms:StopReplicationTask',
        ],
        Resource: ref('ErpTask'),
      },
      {
        Effect: 'Allow',
        Action: 'dms:TestConnection',
        Resource: [ref('ErpInstance'), ref('ErpSourceEndpoint'), ref('ErpTargetEndpoint')],
      },
      {
        Effect: 'Allow',
        Action: 'iam:CreateServiceLinkedRole',
        Condition: { StringEquals: { 'iam:AWSServiceName': 'dms.amazonaws.com' } },
        Resource:
          'arn:aws:iam::123456789012:role/aws-service-role/dms.amazonaws.com/AWSServiceRoleForDMSServerless',
      },
    ]);
    expect(actionsOnEverything(made)).toEqual([
      'dms:DescribeConnections',
      'dms:DescribeReplicationTasks',
      'dms:DescribeReplications',
    ]);
  });

  it('waits less than CloudFormation, which gives up after an hour without a reason', () => {
    const machine = JSON.stringify(properties(template(), 'AWS::StepFunctions::StateMachine', 'Provider'));
    const [, seconds, times] = /IntervalSeconds\\":(\d+),\\"MaxAttempts\\":(\d+)/.exec(machine) ?? [];

    expect(Number(seconds) * Number(times)).toBeLessThan(3600);
    expect(Number(seconds) * Number(times)).toBeGreaterThan(50 * 60);
  });

  it('serves several replications of a stack with one provider', () => {
    const stack = testStack();
    const lifecycle = new DmsLifecycleProvider(stack, 'Shared', {
      handler: testFunction(stack, 'SharedHandler'),
    });
    const shared = network(stack);
    for (const name of ['erp', 'crm']) {
      new ReplicationGroup(stack, name, {
        pipeline: 'shop',
        replication: { ...SERVERLESS, name },
        tables: [{ name: `${name}_customer`, keys: ['id'] }],
        bucket: { bucketName: BUCKET },
        network: shared,
        lifecycle,
      });
    }

    const made = synthesized(stack);
    made.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    made.resourceCountIs('Custom::TidemarkReplicationStop', 2);
    made.hasResourceProperties('AWS::DMS::Endpoint', {
      S3Settings: Match.objectLike({ EncryptionMode: 'sse-s3', BucketFolder: Match.absent() }),
    });
  });
});

describe('cdk-nag', () => {
  it.each(KINDS)('finds nothing that is not explained (%s)', (_, replication) => {
    expect(nagFindings(make({ replication }).stack)).toEqual([]);
  });
});
