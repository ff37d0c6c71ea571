import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { planCloud } from '../../lib/cloud-plan/plan-cloud.ts';
import type { Config } from '../../lib/config/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import { buildApp } from '../../lib/infra/tidemark-app.ts';
import { CLOUD_YAML, cloudConfig, type CloudYamlOverrides } from '../helpers/cloud-config.ts';
import {
  changedResources,
  CONTEXT,
  EXAMPLES,
  exampleConfig,
  findingsOf,
  type Resource,
  stackOf,
  synthApp,
  synthesizedApp,
} from './synth-app.ts';
import { actionsOnEverything } from './read-template.ts';

const scratch = mkdtempSync(join(tmpdir(), 'app-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const [erp] = CLOUD_YAML.replications;
const [customer, orderLine] = CLOUD_YAML.tables;
const TWO_REPLICATIONS = {
  replications: [erp, { ...erp, name: 'crm', source: { ...erp.source, database: 'crm' } }],
  tables: [
    { ...customer, replication: 'crm' },
    { ...orderLine, replication: 'erp' },
  ],
};

describe.each(EXAMPLES)('examples/%s', (name) => {
  it('synthesises into templates far below the limits, without a look-up and clean for cdk-nag', async () => {
    const synthesized = synthesizedApp(await exampleConfig(name));

    for (const { resources, text } of synthesized.stacks) {
      expect(Object.keys(resources).length).toBeLessThan(150);
      expect(JSON.stringify(JSON.parse(text)).length).toBeLessThan(500_000);
    }
    expect(findingsOf(synthesized.app)).toEqual([]);
  });

  it('gives the same bytes again, assets included', async () => {
    const config = await exampleConfig(name);
    const [first, second] = [synthApp(config), synthApp(config)];

    expect(second.stacks).toEqual(first.stacks);
    expect([...second.assets]).toEqual([...first.assets]);
  });

  it('makes the stacks that `plan --cloud` tells of', async () => {
    const config = await exampleConfig(name);
    const made = synthesizedApp(config).stacks.map((stack) => stack.name);

    expect(made.sort()).toEqual(
      planCloud(config)
        .stacks.map((stack) => stack.name)
        .sort(),
    );
  });
});

describe('the templates', () => {
  const kinds: [string, CloudYamlOverrides][] = [
    ['a new network', { cloud: { ...CLOUD_YAML.cloud, network: { natGateways: 1 }, createDmsRoles: true } }],
    ['a network that exists', {}],
  ];

  it.each(kinds)(
    'let no role do anything to every resource but what AWS has no resource for: %s',
    (_, yaml) => {
      const { stacks } = synthesizedApp(cloudConfig(yaml));
      const actions = stacks.flatMap(({ text }) => actionsOnEverything(Template.fromString(text)));

      expect([...new Set(actions)].sort()).toEqual([
        'dms:DescribeConnections',
        'dms:DescribeReplicationTasks',
        'dms:DescribeReplications',
        'ec2:AssignPrivateIpAddresses',
        'ec2:CreateNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
        'ec2:UnassignPrivateIpAddresses',
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
    },
  );

  it.each(kinds)('open nothing to the public and hold no secret: %s', (_, yaml) => {
    const { stacks } = synthesizedApp(cloudConfig(yaml));
    const resources = stacks.flatMap((stack) => Object.values(stack.resources));

    const buckets = resources.filter(({ Type }) => Type === 'AWS::S3::Bucket');
    expect(buckets.map(({ Properties }) => Properties?.PublicAccessBlockConfiguration)).toEqual(
      buckets.map(() => ({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      })),
    );
    const groups = resources.filter(({ Type }) => Type === 'AWS::EC2::SecurityGroup');
    expect(JSON.stringify(groups.map(({ Properties }) => Properties?.SecurityGroupIngress))).not.toContain(
      '0.0.0.0/0',
    );
    for (const { text } of stacks) {
      expect(text).not.toMatch(/"PubliclyAccessible": true|"MapPublicIpOnLaunch": true/);
      expect(text).not.toMatch(/"\w*Password"|"SecretAccessKey"|\{\{resolve:/);
    }
  });

  it('stay below the limits of CloudFormation for 500 tables', () => {
    const tables = Array.from({ length: 500 }, (_, at) => ({
      name: `table_${at}_with_a_name_of_some_length`,
      source: `dbo.Table_${at}_with_a_name_of_some_length`,
      keys: ['tenant_id', 'id'],
    }));
    const few = synthesizedApp(cloudConfig());
    const many = synthesizedApp(cloudConfig({ tables }));

    expect(many.stacks.map(({ resources }) => Object.keys(resources).length)).toEqual(
      few.stacks.map(({ resources }) => Object.keys(resources).length),
    );
    for (const { text } of many.stacks) {
      expect(JSON.stringify(JSON.parse(text)).length).toBeLessThan(500_000);
    }
  });

  it('put the tags on every stack', () => {
    const { stacks } = withTags({ team: 'data' });

    expect(stacks.map(({ tags }) => tags)).toEqual(stacks.map(() => ({ team: 'data' })));
  });
});

function withTags(tags: Record<string, string>) {
  const app = new App({ context: CONTEXT });
  buildApp(app, cloudConfig({ cloud: { ...CLOUD_YAML.cloud, tags } }));
  return app.synth();
}

describe('a replication', () => {
  it('waits for the roles of DMS where they are made', () => {
    const { made } = synthesizedApp(cloudConfig({ cloud: { ...CLOUD_YAML.cloud, createDmsRoles: true } }));

    expect(made.replications.map(({ dependencies }) => dependencies.map(({ node }) => node.id))).toEqual([
      ['shop-storage'],
    ]);
    expect(made.storage?.dmsRoles).not.toBeNull();
  });

  it('has a function that knows no table', () => {
    const { assets } = synthesizedApp(cloudConfig());
    const configs = [...assets]
      .filter(([path]) => path.endsWith('config.json'))
      .map(([, text]) => text.trim());

    expect(configs.filter((text) => !text.includes('customer'))).toEqual([
      '{"name":"shop","region":"eu-central-1"}',
    ]);
  });
});

/** Types that hold data, a position, or a name that something outside knows. */
const STATEFUL = /^AWS::(S3::Bucket|KMS::Key|SQS::Queue|DMS::.+|SNS::Topic)$|^Custom::Tidemark/;

function statefulOf(config: Config): Record<string, string[]> {
  return Object.fromEntries(
    synthesizedApp(config).stacks.map(({ name, resources }) => [name, statefulIds(resources)]),
  );
}

function statefulIds(resources: Readonly<Record<string, Resource>>): string[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => STATEFUL.test(Type))
    .map(([id]) => id)
    .sort();
}

describe('stateful resources', () => {
  // Another id is another resource to CloudFormation: what it stands for would be deleted, or made twice.
  it('keep their logical ids for ever', () => {
    expect(statefulOf(cloudConfig())).toEqual({
      'shop-storage': ['ChangeFilesBucketDC5EBBDB', 'ChangeFilesKeyEBD949F1', 'ChangeFilesLogsFD1B9112'],
      'shop-replication-erp': [
        'ReplicationGroupConfig735F3AB7',
        'ReplicationGroupLifecycleStart1F65174B',
        'ReplicationGroupLifecycleStop5DB175BA',
        'ReplicationGroupSourceEndpoint7EC9BA64',
        'ReplicationGroupSubnets97A278FD',
        'ReplicationGroupTargetEndpointE4B79A3A',
      ],
      'shop-pipeline': [
        'PipelineIngestionBellCallsDeadLetters570AD8F2',
        'PipelineIngestionBellCallsQueueD982C9D4',
        'PipelineIngestionRingsDeadLetters6FF0B9D6',
        'PipelineIngestionRingsQueue057C53BD',
        'PipelineLakehouseReady5412EA88',
        'PipelineLakehouseStorageCredential626D9A46',
        'PipelineMonitoringAlarmsKeyADB20113',
        'PipelineMonitoringAlarmsTopicBE69B149',
        'PipelineNetworkExportsRequestsDeadLettersC58EC49E',
        'PipelineNetworkExportsRequestsQueue8D251AAA',
      ],
    });
  });

  it('keep the ids of a machine and its task', () => {
    const { serverless: _, ...server } = erp;

    expect(
      statefulOf(cloudConfig({ replications: [{ ...server, standard: {} }] }))['shop-replication-erp'],
    ).toEqual([
      'ReplicationGroupInstance05256D78',
      'ReplicationGroupLifecycleStart1F65174B',
      'ReplicationGroupLifecycleStop5DB175BA',
      'ReplicationGroupSourceEndpoint7EC9BA64',
      'ReplicationGroupSubnets97A278FD',
      'ReplicationGroupTargetEndpointE4B79A3A',
      'ReplicationGroupTaskAAC79E6F',
    ]);
  });

  it('outlive the stack where files are in them', () => {
    const { resources } = stackOf(synthesizedApp(cloudConfig()), '-storage');

    expect(statefulIds(resources).map((id) => resources[id]?.DeletionPolicy)).toEqual([
      'Retain',
      'Retain',
      'Retain',
    ]);
  });
});

describe('a change of the configuration', () => {
  const before = synthesizedApp(cloudConfig(TWO_REPLICATIONS));
  const changes = (yaml: CloudYamlOverrides): Record<string, string[]> => {
    const after = synthesizedApp(cloudConfig({ ...TWO_REPLICATIONS, ...yaml }));
    return Object.fromEntries(
      before.stacks
        .map((stack): [string, string[]] => [stack.name, changedResources(stack, stackOf(after, stack.name))])
        .filter(([, ids]) => ids.length > 0),
    );
  };
  const FUNCTIONS = [
    'PipelineIngestionBellRouterFunction48A836D4',
    'PipelineIngestionIngestFunction28D42351',
    'PipelineIngestionSweepFunction54655187',
    'PipelineNetworkExportsExportFunctionA522D79C',
    'PipelineSetupFunctionC4AAE7FA',
  ];
  const ERP = {
    'shop-replication-erp': [
      'ReplicationGroupConfig735F3AB7',
      'ReplicationGroupLifecycleStart1F65174B',
      'ReplicationGroupLifecycleStop5DB175BA',
    ],
  };

  it('touches only its own replication and the functions when a table is added', () => {
    const invoice = { name: 'invoice', keys: ['id'], replication: 'erp' };

    expect(changes({ tables: [...TWO_REPLICATIONS.tables, invoice] })).toEqual({
      ...ERP,
      'shop-pipeline': [...FUNCTIONS, 'PipelineLakehouseReady5412EA88'].sort(),
    });
  });

  it('deletes nothing when a table gets another name: one goes, one comes, and what held the old one stays', () => {
    const [first, second] = TWO_REPLICATIONS.tables;
    const tables = [first, { ...second, name: 'line_item' }];

    expect(changes({ tables })).toEqual({
      ...ERP,
      'shop-pipeline': [...FUNCTIONS, 'PipelineLakehouseReady5412EA88'].sort(),
    });
    expect(statefulOf(cloudConfig({ ...TWO_REPLICATIONS, tables }))).toEqual(
      statefulOf(cloudConfig(TWO_REPLICATIONS)),
    );
  });

  it('reaches the functions alone when a table is paused: DMS goes on', () => {
    const [first, second] = TWO_REPLICATIONS.tables;

    expect(changes({ tables: [first, { ...second, paused: true }] })).toEqual({ 'shop-pipeline': FUNCTIONS });
  });

  it('stops a replication that is paused, and no other', () => {
    const [first, second] = TWO_REPLICATIONS.replications;
    const paused = changes({ replications: [{ ...first, paused: true }, second] });

    expect(Object.keys(paused).sort()).toEqual(['shop-pipeline', 'shop-replication-erp']);
    const after = synthesizedApp(
      cloudConfig({ ...TWO_REPLICATIONS, replications: [{ ...first, paused: true }, second] }),
    );
    expect(stackOf(after, '-erp').resources.ReplicationGroupLifecycleStop5DB175BA?.Properties).toMatchObject({
      Running: 'false',
    });
  });

  it('stops a running replication before a new tag reaches it', () => {
    const ids = changes({ cloud: { ...CLOUD_YAML.cloud, tags: { team: 'data' } } });

    expect(ids['shop-replication-erp']).toEqual(ERP['shop-replication-erp']);
  });
});

describe('files of authorities', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const connection = CLOUD_YAML.exports[0].connection;
  const withAuthority = (caFile: string): Config =>
    cloudConfig({
      engine: { ...CLOUD_YAML.engine, caFile },
      exports: [{ ...CLOUD_YAML.exports[0], connection: { ...connection, caFile } }],
    });

  it('are shipped with the functions, which know them by a name and not by where they were', () => {
    const [here, there] = ['a.pem', 'b.pem'].map((name) => join(scratch, name));
    for (const path of [here!, there!]) writeFileSync(path, PEM);

    const { assets, stacks } = synthesizedApp(withAuthority(here!));

    const configs = [...assets].filter(([path]) => path.endsWith('config.json')).map(([, text]) => text);
    expect(configs.filter((text) => text.includes(scratch))).toEqual([]);
    const shipped = [...assets].filter(([path]) => /\/ca-[0-9a-f]{12}\.pem$/.test(path));
    expect(new Set(shipped.map(([, text]) => text))).toEqual(new Set([PEM]));
    expect(configs.some((text) => text.includes(`"caFile":"${shipped[0]![0].split('/')[1]}"`))).toBe(true);
    expect(synthesizedApp(withAuthority(there!)).stacks).toEqual(stacks);
  });

  it.each([
    ['is not there', null, 'names a file that cannot be read'],
    ['holds something else', 'hello', 'names a file without a certificate'],
    [
      'holds a private key',
      `${PEM}-----BEGIN RSA PRIVATE KEY-----\nx\n`,
      'names a file with a private key in it, which must not be shipped',
    ],
  ])('are refused where one %s', (name, content, message) => {
    const path = join(scratch, `${name.replaceAll(' ', '-')}.pem`);
    if (content !== null) writeFileSync(path, content);

    expect(problemsOf(withAuthority(path))).toEqual([
      `engine.caFile ${message}`,
      `exports[0].connection.caFile ${message}`,
    ]);
  });
});

function problemsOf(config: Config): string[] {
  try {
    buildApp(new App(), config);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}
