import { z } from 'zod';
import type { SourceEngine } from './cloud.ts';
import { REPLICATION_DEFAULTS, SERVERLESS_DEFAULTS, STANDARD_DEFAULTS } from './defaults.ts';
import { arn, formed, oneOfNumbers, secretKeyField } from './schema-aws.ts';
import { complain, plainText, required, setting } from './schema-field.ts';

const ENGINES = [
  'sqlserver',
  'postgres',
  'aurora-postgresql',
  'mysql',
  'mariadb',
  'aurora-mysql',
  'oracle',
] as const satisfies readonly SourceEngine[];

/** Capacity units that a serverless replication can have. */
const UNITS = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384];

const name = formed(
  /^[a-z](-?[a-z0-9])*$/,
  'is no name for a replication',
  'Use lower-case letters, digits and single dashes, beginning with a letter and ending in none.',
).superRefine((text, ctx) => {
  if (text !== 'none') return;
  complain(ctx, 'is what tables without a replication say', 'Choose another name.');
});

const units = oneOfNumbers(UNITS, 'a number of capacity units that DMS has');

const settings = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'must be text, a number, true or false' }),
  )
  .superRefine((values, ctx) => {
    for (const field of Object.keys(values)) {
      if (!/password|securitydbencryption$/i.test(field)) continue;
      complain(ctx, 'would be a password in plain text', 'Take it out of the file: DMS reads the `secret`.', [
        field,
      ]);
    }
  });

const version = z.union([plainText(), z.int().min(1)], { error: 'must be text, for instance "2019"' });

/** The database that a replication copies from, as a person writes it. */
export const sourceSchema = z.strictObject({
  engine: required(z.enum(ENGINES), 'Which database DMS reads.'),
  hosting: setting(
    z.enum(['self-managed', 'rds', 'aurora']),
    'Who runs the server: on RDS and Aurora changes are turned on by procedures of their own. Default: aurora for the engines of Aurora, else self-managed',
  ),
  edition: setting(
    plainText(),
    'Edition of the server, for instance standard: not every one has what DMS needs. Default: not checked',
  ),
  version: setting(
    version,
    'Major version of the server, for instance 2019: not every one has what DMS needs. Default: not checked',
  ),
  database: required(plainText(), 'Database, service name or SID to connect to.'),
  secret: required(
    arn('secret'),
    'ARN of the Secrets Manager secret with `host`, `port`, `username` and `password`. It is read by DMS alone.',
  ),
  secretKey: secretKeyField(),
  tls: setting(
    z.enum(['none', 'require', 'verify-ca', 'verify-full']),
    'How the connection is encrypted. Default: the strictest mode that needs no certificate: require for SQL Server and PostgreSQL, none for the others, which have no such mode',
  ),
  certificate: setting(
    arn('certificate'),
    'ARN of a certificate imported into DMS, for `tls: verify-ca` and `verify-full`.',
  ),
  cdc: setting(
    z.enum(['ms-replication', 'ms-cdc']),
    'SQL Server: how it tells of changes. Default: ms-cdc with `hosting: rds`, else ms-replication',
  ),
  slot: setting(
    formed(
      /^[a-z0-9_]{1,63}$/,
      'is no name for a slot',
      'Use at most 63 lower-case letters, digits and underscores.',
    ),
    'PostgreSQL: logical replication slot to use. Default: one that DMS makes',
  ),
  settings: setting(
    settings,
    'Settings of the source endpoint by the names of the DMS API, beyond our own.',
    {},
  ),
});

const serverlessSchema = z.strictObject({
  minUnits: setting(
    units,
    'Fewest capacity units, of 2 GB of memory each. They are paid for while it runs.',
    SERVERLESS_DEFAULTS.minUnits,
  ),
  maxUnits: setting(units, 'Most capacity units.', SERVERLESS_DEFAULTS.maxUnits),
  multiAz: setting(
    z.boolean(),
    'Keep a second replication ready in another zone, at twice the price.',
    SERVERLESS_DEFAULTS.multiAz,
  ),
});

const standardSchema = z.strictObject({
  instanceClass: setting(
    formed(
      /^dms\.[a-z]+\d+[a-z]*\.(micro|small|medium|large|\d{0,2}xlarge)$/,
      'is no class of replication instances',
      'For instance dms.t3.medium, dms.c6i.large or dms.r6i.2xlarge.',
    ),
    'Class of the replication instance.',
    STANDARD_DEFAULTS.instanceClass,
  ),
  storageGb: setting(
    z.int().min(5).max(6144),
    'GB of disk for logs and for changes kept back.',
    STANDARD_DEFAULTS.storageGb,
  ),
  multiAz: setting(
    z.boolean(),
    'Keep a second instance ready in another zone, at twice the price.',
    STANDARD_DEFAULTS.multiAz,
  ),
  engineVersion: setting(
    formed(/^\d+\.\d+\.\d+$/, 'is no version of the DMS engine', 'For instance "3.5.4".'),
    "Version of the DMS engine. Default: the service's, when the instance is made",
  ),
});

/** One replication as a person writes it. What goes together is checked by `checkReplications`. */
export const replicationSchema = z.strictObject({
  name: required(name, 'Name of the replication, which `replication` of a table refers to.'),
  source: required(sourceSchema, 'The database that DMS copies from.'),
  serverless: setting(
    serverlessSchema,
    'Capacity that DMS chooses between bounds. Default: this, with its defaults',
  ),
  standard: setting(standardSchema, 'One instance of your size, in place of `serverless`.'),
  migration: setting(
    z.enum(['full-load', 'full-load-and-cdc', 'cdc']),
    'What is copied: the rows that are there, the changes from now on, or first these and then those.',
    REPLICATION_DEFAULTS.migration,
  ),
  cutSeconds: setting(
    z.int().min(1).max(86_400),
    'A file of changes is cut after so many seconds, or at `cutKb`, whichever comes first.',
    REPLICATION_DEFAULTS.cutSeconds,
  ),
  cutKb: setting(z.int().min(1).max(1_048_576), 'See `cutSeconds`.', REPLICATION_DEFAULTS.cutKb),
  maxLobKb: setting(
    z.int().min(1).max(102_400),
    'Largest value of a LOB column in KB. DMS cuts off what is longer.',
    REPLICATION_DEFAULTS.maxLobKb,
  ),
  parallelTables: setting(
    z.int().min(1).max(49),
    'Tables loaded at the same time, 1 to 49.',
    REPLICATION_DEFAULTS.parallelTables,
  ),
  taskSettings: setting(
    z.record(z.string(), z.unknown()),
    'Settings of the task over ours, by the sections of the DMS API. Dangerous ones are refused.',
    {},
  ),
  targetSettings: setting(
    settings,
    'Settings of the S3 endpoint over ours, by the names of the DMS API. Dangerous ones are refused.',
    {},
  ),
  paused: setting(
    z.boolean(),
    'Stop it at the next deploy, and start it no more until this is taken away.',
    REPLICATION_DEFAULTS.paused,
  ),
});

/** A replication as written, of the right shape. */
export type ReplicationYaml = z.infer<typeof replicationSchema>;

/** Its source as written, of the right shape. */
export type SourceYaml = ReplicationYaml['source'];
