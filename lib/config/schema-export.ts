import { z } from 'zod';
import { EXPORT_DEFAULTS, TRIGGER_DEFAULTS } from './defaults.ts';
import { postgresUrlProblem } from './postgres-url.ts';
import { hasMalformedReference, isOnlyReferences, isSecretArn, REFERENCE_HINT } from './reference.ts';
import { orNever, scheduleText, secretKeyField } from './schema-aws.ts';
import { MAX_WINDOW_SECONDS } from './schema-cloud.ts';
import { complain, plainText, referenceText, required, setting } from './schema-field.ts';

function url() {
  return referenceText().superRefine((text, ctx) => {
    const problem = hasMalformedReference(text) ? null : postgresUrlProblem(text);
    if (problem) complain(ctx, problem.message, problem.hint);
  });
}

const password = referenceText().superRefine((text, ctx) => {
  if (isOnlyReferences(text) || isSecretArn(text) || hasMalformedReference(text)) return;
  complain(ctx, 'is a password in plain text', `Take it out of the file. ${REFERENCE_HINT}`);
});

const port = z.int().min(1).max(65_535);

/** The long form of a connection. Which fields go together is checked by `checkConnection`. */
export const connectionSchema = z.strictObject({
  url: setting(
    url(),
    'Where the server is, normally ${env:PG_URL}. Parts put into it must be percent-encoded.',
  ),
  host: setting(referenceText(), 'Host name, or the folder of a unix socket. ${env:NAME} is looked up.'),
  port: setting(port, 'Port of the server. Default: 5432; with `embedded`: any free one.'),
  database: setting(referenceText(), 'Database. ${env:NAME} is looked up.'),
  user: setting(referenceText(), 'User. ${env:NAME} is looked up.'),
  password: setting(
    password,
    'Password, always as ${env:NAME} or as the ARN of a secret: a literal one is refused.',
  ),
  secretKey: secretKeyField(),
  tls: setting(
    z.enum(['verify', 'off']),
    'Encryption between here and the server. `off` only for a loopback host or a unix socket. Default: off for those, verify for all others.',
  ),
  caFile: setting(
    plainText(),
    "PEM file of the authorities that may sign the server's certificate. Default: the system's.",
  ),
  verifyTls: setting(
    z.boolean(),
    "Check the server's certificate. Off lets anyone on the way read along.",
    true,
  ),
  embedded: setting(
    plainText(),
    'Folder of a real Postgres of your own, started on this machine for as long as a command runs.',
  ),
});

/** One export as a person writes it. */
export const exportSchema = z.strictObject({
  name: setting(plainText(), 'Name for `tidemark export <name>`. Default: the target, postgres'),
  target: setting(z.enum(['postgres']), 'Kind of database.', EXPORT_DEFAULTS.target),
  connection: required(
    z.union([url(), connectionSchema], { error: 'must be a URL such as ${env:PG_URL}, or a map' }),
    'How to reach the database: a URL, {url, ...}, {host, database, user, password, ...} or {embedded: ./folder}.',
  ),
  tables: setting(
    z.array(plainText()).min(1),
    'Names of the tables to send. Default: all tables of this file.',
  ),
  targetSchema: setting(plainText(), 'Schema that receives the tables.', EXPORT_DEFAULTS.targetSchema),
  mode: setting(
    z.enum(['full', 'incremental']),
    '`full` sends the whole snapshot, `incremental` only keys that changed since the last export.',
    EXPORT_DEFAULTS.mode,
  ),
  removeMissing: setting(
    z.boolean(),
    'Remove rows of the target that are not in the snapshot.',
    EXPORT_DEFAULTS.removeMissing,
  ),
  connections: setting(
    z.int().min(1).max(16),
    'Parallel connections that load, 1 to 16.',
    EXPORT_DEFAULTS.connections,
  ),
  nonFinite: setting(
    z.enum(['null', 'error']),
    "What NaN and infinity become where the target's type has no such value.",
    EXPORT_DEFAULTS.nonFinite,
  ),
  columnCase: setting(
    z.enum(['keep', 'lower']),
    'Case of column names in the target.',
    EXPORT_DEFAULTS.columnCase,
  ),
  schedule: setting(
    scheduleText(),
    "In the cloud: when it is sent by itself, in EventBridge's words, or none.",
    'none',
  ),
  afterIngest: setting(
    orNever(z.int().min(1).max(MAX_WINDOW_SECONDS), 'seconds'),
    'In the cloud: send it after new batches, at most once in so many seconds, or never.',
    'never',
  ),
  inNetwork: setting(
    z.boolean(),
    'In the cloud: send it from inside the network, where a database without a public address is.',
    TRIGGER_DEFAULTS.inNetwork,
  ),
});

/** An export as written, of the right shape. */
export type ExportYaml = z.infer<typeof exportSchema>;

/** The long form of a connection as written, of the right shape. */
export type ConnectionYaml = z.infer<typeof connectionSchema>;
