import { z } from 'zod';
import { hostProblem, httpPathProblem } from './databricks-address.ts';
import { DATABRICKS_AUTH_DEFAULT, DATABRICKS_DEFAULTS, DEFAULTS, MAINTENANCE_DEFAULTS } from './defaults.ts';
import { nameBytes } from './names.ts';
import { hasMalformedReference } from './reference.ts';
import { secretKeyField } from './schema-aws.ts';
import { complain, plainText, referenceText, secretText, setting } from './schema-field.ts';

const databaseFile = plainText().superRefine((text, ctx) => {
  if (!text.startsWith(':')) return;
  complain(
    ctx,
    'is not a file',
    `A history has to be kept: name a file, for instance ${DEFAULTS.engine.path}.`,
  );
});

const host = referenceText().superRefine((text, ctx) => {
  const problem = hasMalformedReference(text) ? null : hostProblem(text);
  if (problem) complain(ctx, problem.message, problem.hint);
});

const httpPath = referenceText().superRefine((text, ctx) => {
  const problem = hasMalformedReference(text) ? null : httpPathProblem(text);
  if (problem) complain(ctx, problem.message, problem.hint);
});

const volumes = plainText().superRefine((text, ctx) => {
  if (!text.endsWith('/')) return;
  const mended = text.replace(/\/+$/, '');
  const hint = mended === '' ? 'Name a folder, for instance /Volumes/lake/main.' : `Write ${mended}.`;
  complain(ctx, 'ends in a slash', hint);
});

const MAX_PREFIX_BYTES = 200;

const authSchema = z.strictObject({
  clientId: setting(referenceText(), 'Application id of a service principal. ${env:NAME} is looked up.'),
  clientSecret: setting(
    secretText('secret'),
    'OAuth secret of the service principal, always as ${env:NAME} or as the ARN of a secret: a literal one is refused.',
  ),
  token: setting(
    secretText('token'),
    'Personal access token in place of a service principal, always as ${env:NAME} or as the ARN of a secret: a literal one is refused.',
  ),
  secretKey: secretKeyField(),
});

const principals = z.array(plainText()).superRefine((names, ctx) => {
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) complain(ctx, 'is listed twice', 'List it once.', [i]);
  });
});

const grantsSchema = z.strictObject({
  read: setting(principals, 'Who may read histories and their views.', []),
  write: setting(principals, 'Who may do what Tidemark does: ingest, and read its records.', []),
});

const maintenanceSchema = z.strictObject({
  optimize: setting(
    z.boolean(),
    'Lay rows out by key again, and write small files together.',
    MAINTENANCE_DEFAULTS.optimize,
  ),
  vacuum: setting(
    z.boolean(),
    'Remove files that no version younger than `retentionHours` needs.',
    MAINTENANCE_DEFAULTS.vacuum,
  ),
  retentionHours: setting(
    z.int().min(1).max(87_600),
    'Hours that old versions stay readable. Below 168, exports under way and time travel can lose the version they read.',
    MAINTENANCE_DEFAULTS.retentionHours,
  ),
});

const databricksFields = {
  host: setting(
    host,
    'Databricks, required: host name of the workspace, without a scheme. ${env:NAME} is looked up.',
  ),
  httpPath: setting(
    httpPath,
    'Databricks, required: path of the SQL warehouse, /sql/1.0/warehouses/<id>. ${env:NAME} is looked up.',
  ),
  port: setting(z.int().min(1).max(65_535), 'Databricks: port of the host.', DATABRICKS_DEFAULTS.port),
  auth: setting(
    authSchema,
    `Databricks: who we are: {clientId, clientSecret} of a service principal, or {token}. Default: {clientId: ${DATABRICKS_AUTH_DEFAULT.clientId}, clientSecret: ${DATABRICKS_AUTH_DEFAULT.clientSecret}}`,
  ),
  server: setting(
    z.enum(['databricks', 'open-spark']),
    'Databricks: what answers there. `open-spark` is a Spark server with Delta and no Unity Catalog, for tests and trials.',
    DATABRICKS_DEFAULTS.server,
  ),
  caFile: setting(
    plainText(),
    "Databricks: PEM file of the authorities to trust besides the system's, relative to this file.",
  ),
  volumes: setting(
    volumes,
    'Databricks: folder in which the warehouse sees the folders of the tables. Default: /Volumes/<catalog>/<schema>; with `server: open-spark` the root of the storage',
  ),
  statementSeconds: setting(
    z.int().min(1).max(172_800),
    'Databricks: how long one statement may run where no time budget says less, in seconds.',
    DATABRICKS_DEFAULTS.statementSeconds,
  ),
  grants: setting(
    grantsSchema,
    'Databricks: users, groups and service principals (by application id) that `tidemark setup` gives rights to.',
  ),
  maintenance: setting(maintenanceSchema, 'Databricks: what `tidemark maintain` does to the tables.'),
};

/** What holds the history. Which fields go with which kind is checked by `checkEngine`. */
export const engineSchema = z.strictObject({
  kind: setting(
    z.enum(['duckdb', 'databricks']),
    'What holds and merges the history: a DuckDB file, or a Databricks SQL warehouse.',
    DEFAULTS.engine.kind,
  ),
  path: setting(
    databaseFile,
    'DuckDB: database file, relative to this file; made when it is not there.',
    DEFAULTS.engine.path,
  ),
  ...databricksFields,
});

/** Fields of the engine that mean something beside `kind: databricks` only. */
export const DATABRICKS_FIELDS = Object.keys(databricksFields) as (keyof typeof databricksFields)[];

const prefix = z.string().superRefine((text, ctx) => {
  if (text === '') return;
  const steps = text.split('/');
  const allowed = steps.every((step) => /^[A-Za-z0-9][A-Za-z0-9_.=-]*$/.test(step) && !step.includes('..'));
  if (allowed && nameBytes(text) <= MAX_PREFIX_BYTES) return;
  const hint =
    'For instance landing or teams/sales: at most 200 letters, digits and _ . = -, without a slash at either end.';
  complain(ctx, 'is not a folder of a bucket', hint);
});

/** Where change files wait. What goes with which engine is checked by `checkStorage`. */
export const storageSchema = z.strictObject({
  kind: setting(
    z.enum(['local', 'volume', 's3']),
    'Where change files wait: folders of this machine, volumes of the Databricks workspace, or the bucket, which the warehouse sees as external volumes.',
    DEFAULTS.storage.kind,
  ),
  root: setting(
    plainText(),
    'Local: folder of the table folders, relative to this file.',
    DEFAULTS.storage.root,
  ),
  prefix: setting(
    prefix,
    'S3: folder of the bucket below which all tables lie; empty for none.',
    DEFAULTS.storage.prefix,
  ),
});

/** The engine as written, of the right shape. */
export type EngineYaml = z.infer<typeof engineSchema>;

/** The storage as written, of the right shape. */
export type StorageYaml = z.infer<typeof storageSchema>;
