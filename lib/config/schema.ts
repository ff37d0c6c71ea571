import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { isBucketName } from './paths.ts';
import { engineSchema, storageSchema } from './schema-engine.ts';
import { cloudSchema } from './schema-cloud.ts';
import { exportSchema } from './schema-export.ts';
import { complain, plainText, required, setting } from './schema-field.ts';
import { replicationSchema } from './schema-replication.ts';
import { batchSchema, defaultsSchema, tableSchema } from './schema-table.ts';

const region = plainText().superRefine((text, ctx) => {
  if (/^[a-z]{2,5}(-[a-z]+){1,3}-\d{1,2}$/.test(text)) return;
  complain(ctx, 'is not the name of a region', `For instance ${DEFAULTS.region} or eu-central-1.`);
});

const bucket = plainText().superRefine((text, ctx) => {
  if (isBucketName(text)) return;
  complain(
    ctx,
    'is not a valid S3 bucket name',
    'Use 3 to 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit.',
  );
});

/** The whole configuration as a person writes it. Nothing is filled in and nothing transformed. */
export const configSchema = z.strictObject({
  name: required(plainText(), 'Name of this pipeline.'),
  company: setting(plainText(), 'First part of the bucket name. Default: the name'),
  region: setting(region, 'AWS region, and last part of the bucket name.', DEFAULTS.region),
  catalog: setting(plainText(), 'Catalog that holds the history. Default: the name'),
  schema: setting(plainText(), 'Schema that holds the history.', DEFAULTS.schema),
  bucket: setting(
    bucket,
    'Bucket of the change files. Default: <company>-<catalog>-<schema>-<region>, made a valid name',
  ),
  engine: setting(engineSchema, 'What holds and merges the history.'),
  storage: setting(storageSchema, 'Where change files wait, are kept and are put aside.'),
  defaults: setting(defaultsSchema, 'Settings for every table that does not say otherwise.'),
  batch: setting(batchSchema, 'Bounds of one batch, for every table that does not say otherwise.'),
  tables: required(z.array(tableSchema).min(1), 'The tables to keep.'),
  exports: setting(z.array(exportSchema), 'Databases that receive snapshots.'),
  replications: setting(
    z.array(replicationSchema),
    'Databases that AWS DMS copies from into the bucket. Default: none; files come from elsewhere',
  ),
  cloud: setting(cloudSchema, 'What only a deployment to AWS needs.'),
});

/** The whole configuration as written, of the right shape. */
export type ConfigYaml = z.infer<typeof configSchema>;
