import { describe, expect, it } from 'vitest';
import type { CloudConfig } from '../../../lib/config/cloud.ts';
import { CLOUD_YAML, cloudConfig, cloudYaml } from '../../helpers/cloud-config.ts';
import { complaints, parse, problemsOf, withTable } from './parse.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:alarms';
const ROLE = 'arn:aws:iam::123456789012:role/data/lakehouse';

type Fields = Readonly<Record<string, unknown>>;

const withCloud = (fields: Fields) => cloudYaml({ cloud: { ...CLOUD_YAML.cloud, ...fields } });
const resolved = (fields: Fields): CloudConfig => parse(withCloud(fields)).config.cloud;
const warningsOf = (yaml: string) => parse(yaml).warnings.map(({ path, message }) => `${path}: ${message}`);

describe('the settings of a deployment', () => {
  it('are all taken', () => {
    const cloud = {
      account: '012345678901',
      profile: 'shop admin',
      bucket: {
        key: KEY,
        oldVersionDays: 7,
        infrequentAccessDays: 'never',
        glacierDays: 10,
        processedDays: 400,
      },
      network: { kind: 'new', cidr: '172.16.0.0/20', natGateways: 2 },
      createDmsRoles: true,
      ingest: {
        windowSeconds: 300,
        schedule: 'none',
        concurrency: 2,
        memoryMb: 2048,
        timeoutSeconds: 600,
        inNetwork: true,
      },
      alarms: {
        emails: ['a@example.com'],
        topic: TOPIC,
        waitingMinutes: 45,
        lagMinutes: 90,
        exportHours: 50,
      },
      lakehouse: {
        setup: false,
        storageCredential: { name: 'lake' },
        externalLocation: { create: false },
        role: ROLE,
      },
      logDays: 365,
      tags: { team: 'data', 'cost:centre': '' },
    };

    expect(resolved(cloud)).toEqual({
      account: '012345678901',
      profile: 'shop admin',
      bucket: {
        existing: false,
        keyArn: KEY,
        oldVersionDays: 7,
        infrequentAccessDays: null,
        glacierDays: 10,
        processedDays: 400,
      },
      network: { kind: 'new', cidr: '172.16.0.0/20', natGateways: 2 },
      createDmsRoles: true,
      ingest: { ...cloud.ingest, schedule: null },
      alarms: {
        emails: ['a@example.com'],
        topicArn: TOPIC,
        waitingMinutes: 45,
        lagMinutes: 90,
        exportHours: 50,
      },
      lakehouse: {
        setup: false,
        storageCredential: { create: true, name: 'lake' },
        externalLocation: { create: false, name: 'shop-eu-central-1' },
        roleArn: ROLE,
      },
      logDays: 365,
      tags: { team: 'data', 'cost:centre': '' },
    });
  });

  it('trigger an export by schedule, after ingest, or by hand only', () => {
    const [first] = CLOUD_YAML.exports;
    const triggers = (fields: Fields) =>
      cloudConfig({ exports: [{ ...first, ...fields }] }).exports[0]?.trigger;

    expect(triggers({ schedule: 'rate(1 day)', afterIngest: 'never', inNetwork: false })).toEqual({
      schedule: 'rate(1 day)',
      afterIngestSeconds: null,
      inNetwork: false,
    });
    expect(triggers({ schedule: 'none', afterIngest: 895 })).toEqual({
      schedule: null,
      afterIngestSeconds: 895,
      inNetwork: true,
    });
  });

  it.each([
    [{ account: '12345' }, 'account: is not the number of an account'],
    [{ account: 123456789012 }, 'account: must be text, but YAML reads it as a number'],
    [{ profile: ' shop' }, 'profile: is not the name of a profile'],
    [{ profile: '[shop]' }, 'profile: is not the name of a profile'],
    [{ profile: '${env:AWS_PROFILE}' }, 'profile: is plain text, but holds a ${env:...} reference'],
    [{ logDays: 31 }, 'logDays: is not a number of days that CloudWatch has'],
    [{ ingest: { windowSeconds: 0 } }, 'ingest.windowSeconds: is out of range'],
    [{ ingest: { windowSeconds: 896 } }, 'ingest.windowSeconds: is out of range'],
    [{ ingest: { timeoutSeconds: 901 } }, 'ingest.timeoutSeconds: is out of range'],
    [{ ingest: { concurrency: 1 } }, 'ingest.concurrency: is out of range'],
    [{ ingest: { memoryMb: 64 } }, 'ingest.memoryMb: is out of range'],
    [{ alarms: { emails: ['nobody'] } }, 'alarms.emails[0]: is not a mail address'],
    [{ alarms: { topic: `${TOPIC}.fifo` } }, 'alarms.topic: is not the ARN of a topic'],
    [
      { alarms: { topic: TOPIC.replace('eu-central-1', 'us-east-1') } },
      'alarms.topic: is in us-east-1, but the pipeline is in eu-central-1',
    ],
    [{ lakehouse: { role: 'lakehouse' } }, 'lakehouse.role: is not the ARN of a role'],
    [
      { lakehouse: { externalLocation: { name: 'a/b' } } },
      'lakehouse.externalLocation.name: is no name in Unity Catalog',
    ],
    [{ tags: { 'aws:a': 'b' } }, 'tags["aws:a"]: begins with aws:, which is reserved'],
    [{ tags: { 'a"b': 'c' } }, 'tags["a\\"b"]: is no name of a tag'],
    [{ tags: { a: 'x'.repeat(257) } }, 'tags.a: has no value of a tag'],
    [{ tags: { a: 1 } }, 'tags.a: must be text, but YAML reads it as a number'],
  ])('are refused: %j', (fields, complaint) => {
    expect(complaints(withCloud(fields))).toEqual([`cloud.${complaint}`]);
  });
});

describe('a schedule', () => {
  it.each([
    'rate(1 minute)',
    'rate(2 hours)',
    'rate(15 days)',
    'cron(0 6 * * ? *)',
    'cron(0/5 8-17 ? * MON-FRI *)',
    'cron(15 10 L * ? 2030-2035)',
    'at(2030-01-31T06:00:00)',
  ])('may be %s', (schedule) => {
    expect(resolved({ ingest: { schedule } }).ingest.schedule).toBe(schedule);
  });

  it.each([
    ['15 minutes', 'is no schedule'],
    ['cron 0 6 * * ? *', 'is no schedule'],
    ['at(2030-02-31T06:00)', 'is no schedule'],
    ['at(2030-13-01T06:00:00)', 'is no schedule'],
    ['rate(15 minute)', 'is no rate'],
    ['rate(1 hours)', 'is no rate'],
    ['rate(0 hours)', 'is no rate'],
    ['rate(2 weeks)', 'is no rate'],
    ['cron(0 6 * * *)', 'is not a cron of six fields'],
    ['cron(0 6 * * $ *)', 'is not a cron of six fields'],
    ['cron(0 6 * * * *)', 'says both day and weekday, or neither'],
    ['cron(0 6 ? * ? *)', 'says both day and weekday, or neither'],
    ['cron(? 6 * * 1 *)', 'says both day and weekday, or neither'],
  ])('may not be %s', (schedule, message) => {
    expect(complaints(withCloud({ ingest: { schedule } }))).toEqual([`cloud.ingest.schedule: ${message}`]);
  });
});

describe('the bucket', () => {
  it.each([
    [{ infrequentAccessDays: 29 }, 'infrequentAccessDays: is out of range'],
    [{ glacierDays: 'none' }, 'glacierDays: must be a whole number of days, or never'],
    [{ glacierDays: 59 }, 'glacierDays: comes less than 30 days after `infrequentAccessDays: 30`'],
    [
      { processedDays: 90 },
      'processedDays: is not after `glacierDays: 90`, so that files would be gone before they move',
    ],
    [
      { processedDays: 30, glacierDays: 'never' },
      'processedDays: is not after `infrequentAccessDays: 30`, so that files would be gone before they move',
    ],
    [{ existing: true, glacierDays: 90 }, 'glacierDays: has no meaning beside `existing: true`'],
    [
      { key: KEY.replace('eu-central-1', 'us-east-1') },
      'key: is in us-east-1, but the pipeline is in eu-central-1',
    ],
  ])('is refused with %j', (bucket, complaint) => {
    expect(complaints(withCloud({ bucket }))).toEqual([`cloud.bucket.${complaint}`]);
  });

  it('takes days that S3 takes, and warns of those it charges for in vain', () => {
    const days = { infrequentAccessDays: 'never', glacierDays: 1, processedDays: 30 };
    const none = { infrequentAccessDays: 'never', glacierDays: 'never', processedDays: 1 };

    expect(warningsOf(withCloud({ bucket: { infrequentAccessDays: 60, glacierDays: 90 } }))).toEqual([]);
    expect(warningsOf(withCloud({ bucket: none }))).toEqual([]);
    expect(warningsOf(withCloud({ bucket: days }))).toEqual([
      'cloud.bucket.processedDays: comes 29 days after `glacierDays: 1`, and S3 charges for 90 at least',
    ]);
  });
});

describe('the network', () => {
  const { network } = CLOUD_YAML.cloud;
  const a = 'subnet-0123456789abcdef0';

  it.each([
    [{ kind: 'new', vpcId: 'vpc-01234567' }, ['vpcId: has no meaning beside `kind: new`']],
    [{ subnetIds: [a] }, ['subnetIds: has no meaning beside `kind: new`']],
    [
      { kind: 'existing' },
      ['vpcId', 'subnetIds', 'availabilityZones'].map(
        (field) => `${field}: is missing beside \`kind: existing\``,
      ),
    ],
    [{ ...network, cidr: '10.0.0.0/24' }, ['cidr: has no meaning beside `kind: existing`']],
    [{ ...network, vpcId: 'vpc-x' }, ['vpcId: is not the id of a VPC']],
    [
      { ...network, securityGroupIds: ['default'] },
      ['securityGroupIds[0]: is not the id of a security group'],
    ],
    [{ ...network, subnetIds: [a, a] }, [`subnetIds[1]: "${a}" is listed twice`]],
    [
      { ...network, availabilityZones: ['eu-central-1a', 'eu-central-1a'] },
      ['availabilityZones: names one zone only'],
    ],
    [
      { ...network, subnetIds: [a], availabilityZones: ['eu-central-1a'] },
      ['availabilityZones: names one zone only'],
    ],
    [
      { ...network, availabilityZones: ['eu-central-1a', 'us-east-1b', 'eu-central-1c'] },
      [
        'availabilityZones: names 3 zones for 2 subnets',
        'availabilityZones[1]: "us-east-1b" is not in eu-central-1',
      ],
    ],
    [
      { ...network, availabilityZones: ['a', 'b'] },
      [0, 1].map((i) => `availabilityZones[${i}]: is not the name of a zone`),
    ],
    [{ kind: 'new', cidr: '10.0.0.0' }, ['cidr: is no range of IPv4 addresses']],
    [{ kind: 'new', natGateways: 3 }, ['natGateways: is out of range']],
  ])('is refused: %j', (given, expected) => {
    const yaml = cloudYaml({ cloud: { network: given }, exports: null });

    expect(complaints(yaml).sort()).toEqual(expected.map((text) => `cloud.network.${text}`).sort());
  });

  it('needs a way out where functions are in it', () => {
    const inside = (given: Fields | undefined) =>
      problemsOf(
        cloudYaml({ cloud: { ...(given ? { network: given } : {}), ingest: { inNetwork: true } } }),
      ).map(({ path, message, hint }) => `${path}: ${message}. ${hint}`);
    const both = (hint: string) =>
      ['exports[0].inNetwork', 'cloud.ingest.inNetwork']
        .map((path) => `${path}: is in a network without a way out to Databricks. ${hint}`)
        .sort();
    const ofNew =
      'Use `cloud: {network: {natGateways: 1}}`, or a network of yours with a way out, or remove this line.';

    expect(inside(undefined).sort()).toEqual(both(ofNew));
    expect(inside({ kind: 'new', natGateways: 0 }).sort()).toEqual(both(ofNew));
    expect(inside({ ...network, wayOut: 'none' }).sort()).toEqual(
      both('Say in `cloud.network.wayOut` what leads out, nat or private-links, or remove this line.'),
    );
    expect(resolved({ network: { natGateways: 1 }, ingest: { inNetwork: true } }).ingest.inNetwork).toBe(
      true,
    );
  });

  it('of its own reaches no database, which is said unless it is asked for', () => {
    expect(warningsOf(cloudYaml({ cloud: null, exports: null }))).toEqual([
      'cloud.network: is not given, so DMS gets a VPC of its own, from which it reaches no database until you connect the two',
    ]);
    expect(warningsOf(cloudYaml({ cloud: { network: { kind: 'new' } }, exports: null }))).toEqual([]);
  });
});

describe('what a deploy makes in Databricks', () => {
  it('needs the name of a credential that was made by hand, if anything is made with it', () => {
    expect(
      complaints(withCloud({ lakehouse: { storageCredential: { create: false }, role: ROLE } })),
    ).toEqual([
      'cloud.lakehouse.storageCredential.name: is missing beside `create: false`',
      'cloud.lakehouse.role: has no meaning beside a storage credential that is not made',
    ]);
    const byHand = { storageCredential: { create: false }, externalLocation: { create: false } };

    expect(resolved({ lakehouse: byHand }).lakehouse.storageCredential.create).toBe(false);
  });
});

describe('parseConfig warns', () => {
  it('of settings that nothing looks at without a deployment', () => {
    const rest = `cloud: {logDays: 7}\nexports: [{connection: "\${env:PG_URL}", schedule: rate(1 day), afterIngest: 60}]\n`;

    expect(warningsOf(withTable('', rest))).toEqual([
      'cloud: matters to a deployment only',
      'exports[0].schedule: matters to a deployment only',
      'exports[0].afterIngest: matters to a deployment only',
    ]);
  });

  it('of an alarm that rings for files which only wait for their window', () => {
    const message = 'is so short that the alarm rings for files that only wait for `windowSeconds: 895`';

    expect(warningsOf(withCloud({ ingest: { windowSeconds: 895 } }))).toEqual([
      `cloud.alarms.waitingMinutes: ${message}`,
    ]);
    expect(warningsOf(withCloud({ ingest: { windowSeconds: 895 }, alarms: { waitingMinutes: 31 } }))).toEqual(
      [],
    );
  });
});
