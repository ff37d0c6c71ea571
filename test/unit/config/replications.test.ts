import { describe, expect, it } from 'vitest';
import type { ReplicationConfig } from '../../../lib/config/cloud.ts';
import { CLOUD_YAML, cloudConfig, cloudYaml } from '../../helpers/cloud-config.ts';
import { complaints, parse, problemsOf } from './parse.ts';

const [ERP] = CLOUD_YAML.replications;
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-5a6b7c8d9e0f';
const CERTIFICATE = 'arn:aws:dms:eu-central-1:123456789012:cert:ABCDEFGHIJKLMNOP';

type Fields = Readonly<Record<string, unknown>>;

/** The one replication with some fields in other words. */
const withErp = (fields: Fields) => cloudYaml({ replications: [{ ...ERP, ...fields }] });
const withSource = (fields: Fields) => withErp({ source: { ...ERP.source, ...fields } });
const resolved = (fields: Fields): ReplicationConfig =>
  cloudConfig({ replications: [{ ...ERP, ...fields }] }).replications[0]!;
const sourceOf = (fields: Fields) => resolved({ source: { ...ERP.source, ...fields } }).source;

describe('a replication', () => {
  it('needs a name and a source, and has a default for the rest', () => {
    const { name, source } = ERP;

    expect(cloudConfig({ replications: [{ name, source }] }).replications).toEqual([
      {
        name: 'erp',
        source: {
          engine: 'sqlserver',
          hosting: 'self-managed',
          edition: 'standard',
          version: '2019',
          database: 'sales',
          secretArn: source.secret,
          tls: 'require',
          cdc: 'ms-replication',
          settings: {},
        },
        capacity: { kind: 'serverless', minUnits: 1, maxUnits: 16, multiAz: false },
        migration: 'full-load-and-cdc',
        cutSeconds: 60,
        cutKb: 32_000,
        maxLobKb: 1024,
        parallelTables: 8,
        taskSettings: {},
        targetSettings: {},
        paused: false,
      },
    ]);
  });

  it('takes every setting it has', () => {
    const source = {
      engine: 'postgres',
      hosting: 'rds',
      edition: 'any',
      version: 15,
      database: 'sales',
      secret: ERP.source.secret,
      secretKey: KEY,
      tls: 'verify-full',
      certificate: CERTIFICATE,
      slot: 'tidemark_1',
      settings: { HeartbeatEnable: true, HeartbeatFrequency: 5, PluginName: 'pglogical' },
    };
    const settings = {
      migration: 'cdc',
      cutSeconds: 300,
      cutKb: 64_000,
      maxLobKb: 2048,
      parallelTables: 49,
      taskSettings: { Logging: { EnableLogging: true } },
      targetSettings: { EncodingType: 'plain' },
      paused: true,
    };
    const { secret, secretKey, certificate, ...rest } = source;

    expect(
      resolved({
        ...settings,
        source,
        serverless: undefined,
        standard: { instanceClass: 'dms.r6i.2xlarge', storageGb: 500, multiAz: true, engineVersion: '3.5.4' },
      }),
    ).toEqual({
      name: 'erp',
      ...settings,
      source: {
        ...rest,
        version: '15',
        secretArn: secret,
        secretKeyArn: secretKey,
        certificateArn: certificate,
      },
      capacity: {
        kind: 'standard',
        instanceClass: 'dms.r6i.2xlarge',
        storageGb: 500,
        multiAz: true,
        engineVersion: '3.5.4',
      },
    });
  });

  it('is of the smallest instance where `standard` says nothing more', () => {
    expect(resolved({ serverless: undefined, standard: {} }).capacity).toEqual({
      kind: 'standard',
      instanceClass: 'dms.t3.medium',
      storageGb: 100,
      multiAz: false,
    });
  });

  it.each([
    ['sqlserver', 'require'],
    ['postgres', 'require'],
    ['aurora-postgresql', 'require'],
    ['mysql', 'none'],
    ['mariadb', 'none'],
    ['aurora-mysql', 'none'],
    ['oracle', 'none'],
  ])('connects to %s with TLS mode %s unless told', (engine, tls) => {
    expect(
      cloudConfig({
        replications: [{ ...ERP, source: { ...ERP.source, engine } }],
        tables: [{ name: 'customer', source: 'sales.customer', keys: ['id'] }],
      }).replications[0]?.source.tls,
    ).toBe(tls);
  });

  it.each([
    ['sqlserver', 'self-managed'],
    ['postgres', 'self-managed'],
    ['aurora-postgresql', 'aurora'],
    ['aurora-mysql', 'aurora'],
  ])('takes %s as hosted by %s unless told', (engine, hosting) => {
    expect(sourceOf({ engine, hosting: undefined }).hosting).toBe(hosting);
  });

  it.each(['mysql', 'mariadb', 'aurora-mysql', 'oracle'])(
    'is warned of where nobody said that rows of %s may cross the network unencrypted',
    (engine) => {
      const warningsOf = (fields: Fields) => {
        const tables = [{ name: 'customer', source: 'sales.customer', keys: ['id'] }];
        const source = { ...ERP.source, engine, ...fields };
        return parse(cloudYaml({ replications: [{ ...ERP, source }], tables })).warnings;
      };

      expect(warningsOf({}).map(({ path }) => path)).toEqual(['replications[0].source.tls']);
      expect(warningsOf({ tls: 'none' })).toEqual([]);
      expect(warningsOf({ tls: 'verify-ca', certificate: CERTIFICATE })).toEqual([]);
      expect(warningsOf({ engine: 'postgres' })).toEqual([]);
    },
  );

  it('learns of changes by ms-cdc on RDS, where ms-replication cannot be set up', () => {
    expect(sourceOf({ hosting: 'rds' }).cdc).toBe('ms-cdc');
    expect(sourceOf({ hosting: 'self-managed' }).cdc).toBe('ms-replication');
    expect(sourceOf({ hosting: 'rds', cdc: 'ms-replication' }).cdc).toBe('ms-replication');
  });
});

describe('a replication is refused', () => {
  it('with everything that is wrong at once, each with place and remedy', () => {
    const yaml = cloudYaml({
      replications: [
        {
          name: 'erp',
          source: { engine: 'sqlservr', database: 'sales', secret: 'hunter2' },
          serverless: { minUnits: 3, maxUnits: 5 },
          standrad: {},
        },
        { name: 'erp', source: { ...ERP.source, secret: ERP.source.secret.replace('central', 'west') } },
      ],
      tables: [{ name: 'customer', keys: ['id'], replication: 'epr' }],
    });

    const found = problemsOf(yaml);

    expect(found.map(({ line: _, ...rest }) => rest)).toEqual([
      {
        path: 'replications[0].source.engine',
        message: '"sqlservr" is not a valid choice',
        hint: 'Valid: sqlserver, postgres, aurora-postgresql, mysql, mariadb, aurora-mysql, oracle. Did you mean "sqlserver"?',
      },
      {
        path: 'replications[0].source.secret',
        message: 'is not the ARN of a secret',
        hint: 'For instance arn:aws:secretsmanager:us-east-1:123456789012:secret:sales-db-AbCdEf.',
      },
      {
        path: 'replications[0].serverless.minUnits',
        message: 'is not a number of capacity units that DMS has',
        hint: 'Use one of 1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384.',
      },
      {
        path: 'replications[0].serverless.maxUnits',
        message: 'is not a number of capacity units that DMS has',
        hint: 'Use one of 1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384.',
      },
      {
        path: 'replications[0].standrad',
        message: 'is not a known field',
        hint: 'Did you mean "standard"?',
      },
      {
        path: 'replications[1].name',
        message: '"erp" repeats the name of replications[0]',
        hint: 'Rename one.',
      },
      {
        path: 'replications[1].source.secret',
        message: 'is in eu-west-1, but the pipeline is in eu-central-1',
        hint: 'Name one in eu-central-1, or set `region: eu-west-1`.',
      },
      {
        path: 'tables[0].replication',
        message: '"epr" is not a replication',
        hint: 'Did you mean "erp"?',
      },
    ]);
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  it('without a source, and tells what one is', () => {
    const [missing] = problemsOf(cloudYaml({ replications: [{ name: 'erp' }] }));

    expect(missing).toMatchObject({
      path: 'replications[0].source',
      message: 'is missing',
      hint: 'For instance `source: {engine: sqlserver, database: sales, secret: "arn:aws:secretsmanager:..."}`.',
    });
  });

  it('where it copies no table', () => {
    const yaml = cloudYaml({
      replications: [ERP, { name: 'idle', source: { ...ERP.source, database: 'idle' } }],
      tables: [{ name: 'customer', keys: ['id'], replication: 'erp' }],
    });

    expect(complaints(yaml)).toEqual(['replications[1]: copies no table']);
  });

  it('where change files wait elsewhere than in a bucket', () => {
    expect(complaints(cloudYaml({ storage: { kind: 'volume' } }))).toContain(
      'replications: copy into a bucket, but change files wait elsewhere: `storage: {kind: volume}`',
    );
  });

  it.each([
    [{ name: 'Erp' }, 'name: is no name for a replication'],
    [{ name: 'erp-' }, 'name: is no name for a replication'],
    [{ name: 'e--rp' }, 'name: is no name for a replication'],
    [{ name: '1erp' }, 'name: is no name for a replication'],
    [{ name: 'none' }, 'name: is what tables without a replication say'],
    [{ standard: {} }, 'standard: does not go with `serverless`'],
    [
      { serverless: { minUnits: 32 } },
      'serverless.minUnits: at least 32 capacity units are more than at most 16',
    ],
    [
      { serverless: { minUnits: 8, maxUnits: 4 } },
      'serverless.minUnits: at least 8 capacity units are more than at most 4',
    ],
    [{ cutSeconds: 0 }, 'cutSeconds: is out of range'],
    [{ maxLobKb: 102_401 }, 'maxLobKb: is out of range'],
    [{ parallelTables: 50 }, 'parallelTables: is out of range'],
    [{ migration: 'full' }, 'migration: "full" is not a valid choice'],
    [{ targetSettings: { A: [] } }, 'targetSettings.A: must be text, a number, true or false'],
    [{ taskSettings: [] }, 'taskSettings: must be a map of fields'],
  ])('for %j', (fields, complaint) => {
    expect(complaints(withErp(fields))).toEqual([`replications[0].${complaint}`]);
  });

  it.each(
    [
      ['dms.r6i', 'dms.r6i.gigantic', 't3.medium', 'db.t3.medium', 'dms.t3.medium '].map((instanceClass) => ({
        instanceClass,
      })),
    ].flat(),
  )('of instance class $instanceClass', (standard) => {
    expect(complaints(withErp({ serverless: undefined, standard }))).toEqual([
      'replications[0].standard.instanceClass: is no class of replication instances',
    ]);
  });

  it.each([
    [{ version: [] }, 'version: must be text, for instance "2019"'],
    [{ version: 8.4 }, 'version: must be text, for instance "2019"'],
    [{ database: undefined }, 'database: is missing'],
    [{ secret: undefined }, 'secret: is missing'],
    [{ secret: '${env:SECRET}' }, 'secret: is not the ARN of a secret'],
    [{ secretKey: 'alias/mine' }, 'secretKey: is not the ARN of a key'],
    [{ secretKey: KEY.replace('key/0a', 'alias/0a') }, 'secretKey: is not the ARN of a key'],
    [{ certificate: KEY }, 'certificate: is not the ARN of a certificate'],
    [
      { certificate: CERTIFICATE.replace('eu-central-1', 'us-east-1') },
      'certificate: is in us-east-1, but the pipeline is in eu-central-1',
    ],
    [{ slot: 'Slot' }, 'slot: is no name for a slot'],
    [{ tls: 'verify' }, 'tls: "verify" is not a valid choice'],
    [{ settings: { AsmPassword: 'hunter2' } }, 'settings.AsmPassword: would be a password in plain text'],
  ])('with the source %j', (fields, complaint) => {
    const found = complaints(withSource(fields));

    expect(found).toContain(`replications[0].source.${complaint}`);
    expect(found.join()).not.toContain('hunter2');
  });

  it('not for the tables of which nothing is understood', () => {
    expect(complaints(cloudYaml({ tables: [{ name: 'customer', keys: ['id'], replication: 7 }] }))).toEqual([
      'tables[0].replication: must be text, but YAML reads it as a number',
    ]);
  });
});
