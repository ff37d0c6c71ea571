import { z } from 'zod';
import {
  ALARM_DEFAULTS,
  BUCKET_DEFAULTS,
  CLOUD_DEFAULTS,
  INGEST_DEFAULTS,
  LAKEHOUSE_DEFAULTS,
} from './defaults.ts';
import { arn, formed, oneOfNumbers, orNever, scheduleText } from './schema-aws.ts';
import { complain, setting } from './schema-field.ts';
import { networkSchema } from './schema-network.ts';

/** Days that CloudWatch can keep logs. */
const LOG_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Most seconds that a bell can collect: a queue delays a message by at most 900, and ours by five more. */
export const MAX_WINDOW_SECONDS = 895;

const MAX_DAYS = 36_500;

const bucketSchema = z.strictObject({
  existing: setting(
    z.boolean(),
    'The bucket exists already: it is only referred to, and its settings are yours.',
    BUCKET_DEFAULTS.existing,
  ),
  key: setting(
    arn('key'),
    "ARN of the key that encrypts the bucket. Default: one is made; with `existing` the bucket's own settings",
  ),
  oldVersionDays: setting(
    z.int().min(1).max(MAX_DAYS),
    'Days until replaced and deleted versions of files go.',
    BUCKET_DEFAULTS.oldVersionDays,
  ),
  infrequentAccessDays: setting(
    orNever(z.int().min(30).max(MAX_DAYS), 'days from 30'),
    'Days until processed files move to S3 Infrequent Access: 30 or more, or never.',
    BUCKET_DEFAULTS.infrequentAccessDays,
  ),
  glacierDays: setting(
    orNever(z.int().min(1).max(MAX_DAYS), 'days'),
    'Days until processed files move to S3 Glacier Instant Retrieval, or never.',
    BUCKET_DEFAULTS.glacierDays,
  ),
  processedDays: setting(
    orNever(z.int().min(1).max(MAX_DAYS), 'days'),
    'Days until processed files are deleted, or never: a history can be rebuilt only from files that are there.',
    'never',
  ),
});

const ingestSchema = z.strictObject({
  windowSeconds: setting(
    z.int().min(1).max(MAX_WINDOW_SECONDS),
    'Seconds that the bell of a table collects arrivals before the warehouse is asked to work: fewer are fresher, and keep the warehouse awake.',
    INGEST_DEFAULTS.windowSeconds,
  ),
  schedule: setting(
    scheduleText(),
    "When every table's bell is rung whether files arrived or not, in EventBridge's words, or none.",
    INGEST_DEFAULTS.schedule,
  ),
  concurrency: setting(
    z.int().min(2).max(1000),
    'Tables ingested at the same time, 2 or more.',
    INGEST_DEFAULTS.concurrency,
  ),
  memoryMb: setting(
    z.int().min(128).max(10_240),
    'Memory of the function that ingests.',
    INGEST_DEFAULTS.memoryMb,
  ),
  timeoutSeconds: setting(
    z.int().min(60).max(900),
    'Seconds that the function may work at a time, 60 to 900.',
    INGEST_DEFAULTS.timeoutSeconds,
  ),
  inNetwork: setting(
    z.boolean(),
    'Run it in the network rather than outside of it; then the network needs a way out.',
    INGEST_DEFAULTS.inNetwork,
  ),
});

const email = formed(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'is not a mail address', 'For instance data@example.com.');

const alarmSchema = z.strictObject({
  emails: setting(
    z.array(email),
    'Who gets a mail for each alarm, once they confirmed the subscription.',
    ALARM_DEFAULTS.emails,
  ),
  topic: setting(arn('topic'), 'ARN of a topic of your own. Default: one is made'),
  waitingMinutes: setting(
    z.int().min(1).max(1440),
    'Minutes that a file may wait.',
    ALARM_DEFAULTS.waitingMinutes,
  ),
  lagMinutes: setting(
    z.int().min(1).max(1440),
    'Minutes that a history may lag behind its source.',
    ALARM_DEFAULTS.lagMinutes,
  ),
  exportHours: setting(
    z.int().min(1).max(168),
    'Hours that a batch may wait for an export to send it.',
    ALARM_DEFAULTS.exportHours,
  ),
});

/** @see https://docs.databricks.com/aws/en/data-governance/unity-catalog/requirements#securable-object-naming-requirements */
const catalogName = formed(
  /^[^./\s]{1,255}$/,
  'is no name in Unity Catalog',
  'Use at most 255 characters, without dots, slashes and blanks.',
);

function objectOfLakehouse(what: string) {
  return z.strictObject({
    create: setting(z.boolean(), `Make the ${what}; false: it was made by hand.`, true),
    name: setting(catalogName, `Name of the ${what}. Default: <name>-<region>`),
  });
}

const lakehouseSchema = z.strictObject({
  setup: setting(
    z.boolean(),
    'Make schema, volumes, tables and grants at each deploy, as `tidemark setup` does.',
    LAKEHOUSE_DEFAULTS.setup,
  ),
  storageCredential: setting(
    objectOfLakehouse('storage credential'),
    'By what Databricks takes on the role that reads the bucket.',
  ),
  externalLocation: setting(objectOfLakehouse('external location'), 'By what Databricks knows the bucket.'),
  role: setting(
    arn('role'),
    'ARN of the IAM role that Databricks takes on. Default: one is made with the storage credential',
  ),
});

const tags = z.record(z.string(), z.string({ error: 'must be text' })).superRefine((pairs, ctx) => {
  const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
  const hint = 'At most 128 characters, a value 256: letters, digits, blanks and _ . : / = + - @.';
  for (const [key, value] of Object.entries(pairs)) {
    if (key === '' || key.length > 128 || !allowed.test(key))
      complain(ctx, 'is no name of a tag', hint, [key]);
    else if (/^aws:/i.test(key)) complain(ctx, 'begins with aws:, which is reserved', 'Rename it.', [key]);
    if (value.length > 256 || !allowed.test(value)) complain(ctx, 'has no value of a tag', hint, [key]);
  }
  if (Object.keys(pairs).length > 45) complain(ctx, 'has too many tags', 'Use at most 45.');
});

/** What only a deployment needs, as a person writes it. What goes together is checked by `checkCloud`. */
export const cloudSchema = z.strictObject({
  account: setting(
    formed(/^\d{12}$/, 'is not the number of an account', 'Twelve digits, in quotes: "123456789012".'),
    'AWS account, twelve digits in quotes. Default: that of whoever deploys',
  ),
  profile: setting(
    formed(
      /^[^\s[\]]([^[\]]{0,126}[^\s[\]])?$/,
      'is not the name of a profile',
      'As it stands in ~/.aws/config.',
    ),
    "Profile of AWS's own tools that `tidemark` asks AWS as, where neither `--profile` nor the environment says otherwise",
  ),
  bucket: setting(bucketSchema, 'How the bucket of the change files is kept; `bucket` at the top names it.'),
  network: setting(networkSchema, 'Where machines and functions are that need a network.'),
  createDmsRoles: setting(
    z.boolean(),
    'Create the roles dms-vpc-role and dms-cloudwatch-logs-role, which an account has once.',
    CLOUD_DEFAULTS.createDmsRoles,
  ),
  ingest: setting(ingestSchema, 'When and with what the functions of ingestion run.'),
  alarms: setting(alarmSchema, 'What makes an alarm ring, and who hears it.'),
  lakehouse: setting(lakehouseSchema, 'What a deploy makes in Databricks.'),
  logDays: setting(
    oneOfNumbers(LOG_DAYS, 'a number of days that CloudWatch has'),
    'Days that logs are kept.',
    CLOUD_DEFAULTS.logDays,
  ),
  tags: setting(tags, 'Put on everything.', {}),
});

/** The cloud as written, of the right shape. */
export type CloudYaml = z.infer<typeof cloudSchema>;
