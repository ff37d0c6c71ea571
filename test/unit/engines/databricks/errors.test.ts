import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { retryAfterMsOf } from '../../../../lib/engines/databricks/error-facts.ts';
import { sayable } from '../../../../lib/engines/databricks/error-text.ts';
import {
  isWorthAnotherTry,
  settleOutcome,
  toDatabricksError,
} from '../../../../lib/engines/databricks/errors.ts';
import { TerminalError, TransientError } from '../../../../lib/errors.ts';

/** As the driver throws it when a statement fails. */
const failed = (message: string, sqlState?: string) =>
  Object.assign(new Error(message), {
    errorCode: 'ERROR',
    response: { sqlState, errorMessage: `org.apache.hive.service.cli.HiveSQLException: ${message}` },
  });
/** The same of a file that could not be read, and why not, as the server tells it below its first line. */
const unread = (cause: string) => {
  const message = '[FAILED_READ_FILE.NO_HINT] Error while reading file dbfs:/Volumes/a/b/c.parquet.';
  const errorMessage = `org.apache.hive.service.cli.HiveSQLException: Error running query: ${message}\n\tat x.y(z)\nCaused by: ${cause}`;
  return Object.assign(new Error(message), {
    errorCode: 'ERROR',
    response: { sqlState: 'KD001', errorMessage },
  });
};
/** As the driver throws it when a call is refused in its answer: no `Error`. */
const status = (message: string) => ({ name: 'Status Error', message, code: -1 });
/** As the driver throws it for a bad HTTP status. */
const http = (statusCode: number, headers: Record<string, string> = {}) =>
  Object.assign(new Error(`Received a response with a bad HTTP status code: ${statusCode}`), {
    statusCode,
    response: { status: statusCode, headers: new Headers(headers) },
  });
const socket = (code: string, message = `request to https://dbc.example failed, reason: ${code}`) =>
  Object.assign(new Error(message), { name: 'FetchError', type: 'system', errno: code, code });
/** As Unity Catalog words its errors. */
const unity = (errorClass: string, message: string, sqlState?: string) =>
  failed(`[RequestId=5d8f2dc1-f1a5-42c6-9370-10dc9169e284 ErrorClass=${errorClass}] ${message}`, sqlState);
const ended = (errorCode: string) =>
  Object.assign(new Error(`The operation: ${errorCode}`), { errorCode, response: {} });
const driver = (message: string) => Object.assign(new Error(message), { name: 'Error' });

const TRANSIENT: readonly (readonly [string, unknown])[] = [
  [
    'WRITE_CONFLICT',
    failed('[DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES] Transaction conflict detected.', '2D521'),
  ],
  ['WRITE_CONFLICT', failed('[DELTA_CONCURRENT_DELETE_READ] x', '2D521')],
  ['WRITE_CONFLICT', failed('[DELTA_CONCURRENT_DELETE_DELETE] x')],
  ['WRITE_CONFLICT', failed('[DELTA_CONCURRENT_TRANSACTION] x')],
  ['WRITE_CONFLICT', failed('[DELTA_CONCURRENT_WRITE] x')],
  [
    'TABLE_ALTERED',
    failed('[DELTA_METADATA_CHANGED] The metadata has been changed by a concurrent update.', '2D521'),
  ],
  ['TABLE_ALTERED', failed('[DELTA_PROTOCOL_CHANGED] x', '2D521')],
  ['TABLE_ALTERED', failed('[DELTA_SCHEMA_CHANGE_SINCE_ANALYSIS] The schema has changed', 'KD007')],
  ['AFTER_COMMIT_FAILED', failed('[DELTA_POST_COMMIT_HOOK_FAILED] Committing succeeded but', '2DKD0')],
  ['AFTER_COMMIT_FAILED', failed('Committing succeeded but', '2DKD0')],
  ['TABLE_ALTERED', status('io.delta.exceptions.MetadataChangedException: The metadata of the Delta table')],
  ['WRITE_CONFLICT', failed('[DELTA_MAX_COMMIT_RETRIES_EXCEEDED_EXCEPTION] x', '40000')],
  ['WRITE_CONFLICT', failed('[SOMETHING_NEW] x', '2D521')],
  ['WRITE_CONFLICT', status('io.delta.exceptions.ConcurrentAppendException: Files were added to the root')],
  ['STATEMENT_TIMEOUT', failed('[QUERY_EXECUTION_TIMEOUT_EXCEEDED] cancelled (1s).', '57KD0')],
  ['STATEMENT_TIMEOUT', failed('cancelled (1s). SQLSTATE: 57KD0')],
  ['STATEMENT_TIMEOUT', ended('TIMEOUT')],
  ['CANCELLED', ended('CANCELED')],
  ['CANCELLED', failed('[OPERATION_CANCELED] Operation has been canceled.', 'HY008')],
  ['CANCELLED', failed('[SPARK_JOB_CANCELLED] Job 7 cancelled by another user.', 'XXKDA')],
  ['WAREHOUSE_BUSY', http(429)],
  ['WAREHOUSE_BUSY', failed('[ANYTHING] busy', '08KD1')],
  ['WAREHOUSE_BUSY', failed('[TOO_MANY_REQUESTS] x')],
  ['WAREHOUSE_BUSY', failed('[RESOURCE_EXHAUSTED] x')],
  ['WAREHOUSE_BUSY', status('REQUEST_LIMIT_EXCEEDED: too much')],
  ['WAREHOUSE_BUSY', status('The query queue is full')],
  ['WAREHOUSE_BUSY', status('The background threadpool cannot accept new task for execution, please retry')],
  ['WAREHOUSE_BUSY', driver('Hive driver: 429 when connecting to resource. Max retry count exceeded.')],
  [
    'WAREHOUSE_STARTING',
    http(503, { 'x-thriftserver-error-message': 'TEMPORARILY_UNAVAILABLE: the warehouse' }),
  ],
  ['WAREHOUSE_STARTING', driver('Hive driver: 503 when connecting to resource. Retry timeout exceeded.')],
  ['WAREHOUSE_STARTING', status('SQL warehouse 0123 is stopped')],
  ['WAREHOUSE_STARTING', status("Couldn't create directory /local_disk0/tmp/x/_resources")],
  ['WAREHOUSE_STARTING', status('BAD_REQUEST: Cannot create the resource, please try again later')],
  ['SESSION_GONE', status('Invalid SessionHandle: SessionHandle [4d00c5b7-2ee4-448a-92de-cb04deb773b6]')],
  [
    'SESSION_GONE',
    status(
      'requirement failed: Session handle: SessionHandle [1] has not been initialized or had already closed.',
    ),
  ],
  ['SESSION_GONE', driver('The session was closed or has expired')],
  ['SESSION_GONE', status('Invalid OperationHandle: OperationHandle [1]')],
  ['SESSION_GONE', ended('CLOSED')],
  ['SESSION_GONE', failed('no such session', '08003')],
  ['TOKEN_EXPIRED', http(401)],
  ['TOKEN_EXPIRED', http(403, { 'x-databricks-error-or-redirect-message': 'Invalid access token.' })],
  ['CONNECTION_LOST', socket('ECONNRESET')],
  ['CONNECTION_LOST', socket('ETIMEDOUT')],
  ['CONNECTION_LOST', socket('EPIPE')],
  ['CONNECTION_LOST', socket('EAI_AGAIN')],
  ['CONNECTION_LOST', Object.assign(new AggregateError([socket('ECONNREFUSED')], ''), {})],
  ['CONNECTION_LOST', driver('socket hang up')],
  ['CONNECTION_LOST', driver('Request timed out')],
  ['CONNECTION_LOST', driver('Invalid response body while trying to fetch https://x: Premature close')],
  ['CONNECTION_LOST', driver('Hive driver: Error when connecting to resource. Max retry count exceeded.')],
  ['CONNECTION_LOST', http(502)],
  ['CONNECTION_LOST', http(504)],
  ['CONNECTION_LOST', failed('connection failure', '08006')],
  ['HOST_UNKNOWN', socket('ENOTFOUND')],
  ['ENGINE_RESOURCES', failed('Job aborted due to stage failure: ExecutorLostFailure (executor 3 exited)')],
  [
    'ENGINE_RESOURCES',
    failed('[DELTA_MERGE_MATERIALIZE_SOURCE_FAILED_REPEATEDLY] Keeping the source failed', '25000'),
  ],
  ['FILE_VANISHED', failed('[PATH_NOT_FOUND] Path does not exist: dbfs:/Volumes/a/b/c.parquet.', '42K03')],
  [
    'FILE_VANISHED',
    failed('[FAILED_READ_FILE.FILE_NOT_EXIST] Error while reading file x. File does not exist.', 'KD001'),
  ],
  ['FILE_VANISHED', failed('[FAILED_READ_FILE.DBR_FILE_NOT_EXIST] x', 'KD001')],
  ['FILE_VANISHED', failed('java.io.FileNotFoundException: /Volumes/a/b/c.parquet')],
  [
    'CONNECTION_LOST',
    unread(
      'com.amazonaws.services.s3.model.AmazonS3Exception: Please reduce your request rate. (Service: Amazon S3; Status Code: 503; Error Code: SlowDown; Request ID: 1)',
    ),
  ],
  ['CONNECTION_LOST', unread('java.net.SocketTimeoutException: Read timed out')],
  [
    'CONNECTION_LOST',
    unread('software.amazon.awssdk.services.s3.model.S3Exception: x (Service: S3, Status Code: 500, x)'),
  ],
];

const TERMINAL: readonly (readonly [string, unknown])[] = [
  [
    'SYNTAX',
    failed("[PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'. SQLSTATE: 42601 (line 1, pos 0)", '42601'),
  ],
  [
    'PERMISSION_DENIED',
    failed('[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have x', '42501'),
  ],
  ['PERMISSION_DENIED', failed('[UNAUTHORIZED_ACCESS] Unauthorized access: x', '42501')],
  ['PERMISSION_DENIED', failed('anything', '42501')],
  ['PERMISSION_DENIED', status('PERMISSION_DENIED: User does not have USE SCHEMA on Schema main.crm')],
  ['PERMISSION_DENIED', http(403)],
  ['PERMISSION_DENIED', unity('PERMISSION_DENIED.UC_X', 'User is not an owner of View x')],
  [
    'STORAGE_DENIED',
    unread('java.nio.file.AccessDeniedException: s3a://bucket/c.parquet: getFileStatus on s3a://bucket'),
  ],
  [
    'STORAGE_DENIED',
    unread(
      'software.amazon.awssdk.services.s3.model.S3Exception: Access Denied (Service: S3, Status Code: 403, Request ID: 1)',
    ),
  ],
  ['TABLE_MISSING', failed('[TABLE_OR_VIEW_NOT_FOUND] The table or view `a` cannot be found.', '42P01')],
  ['TABLE_MISSING', failed('[DELTA_TABLE_NOT_FOUND] x')],
  [
    'TABLE_MISSING',
    status('Error running query: [TABLE_OR_VIEW_NOT_FOUND] The table or view `a`. SQLSTATE: 42P01'),
  ],
  ['TABLE_MISSING', unity('TABLE_DOES_NOT_EXIST.RESOURCE_DOES_NOT_EXIST', "Table 'a' does not exist.")],
  ['SCHEMA_MISSING', unity('SCHEMA_DOES_NOT_EXIST', "Schema 'a' does not exist.")],
  ['CATALOG_MISSING', unity('CATALOG_DOES_NOT_EXIST', "Catalog 'a' does not exist.")],
  ['VOLUME_MISSING', unity('VOLUME_DOES_NOT_EXIST', "Volume 'a' does not exist.")],
  [
    'LOCATION_REFUSED',
    unity('INVALID_PARAMETER_VALUE.LOCATION_OVERLAP', "Input path url 's3://b/c' overlaps", '22023'),
  ],
  [
    'LOCATION_REFUSED',
    unity('EXTERNAL_LOCATION_DOES_NOT_EXIST.RESOURCE_DOES_NOT_EXIST', "External Location 's3://b' does not"),
  ],
  ['LOCATION_REFUSED', failed("[NO_PARENT_EXTERNAL_LOCATION_FOR_PATH] No parent for path 's3://b/c'.")],
  [
    'PRINCIPAL_MISSING',
    unity(
      'PRINCIPAL_DOES_NOT_EXIST.PRINCIPAL_DOES_NOT_EXIST',
      'Could not find principal with name analysts.',
    ),
  ],
  ['PRINCIPAL_MISSING', status('RESOURCE_DOES_NOT_EXIST: Could not find principal with name analysts')],
  [
    'QUOTA_EXCEEDED',
    unity(
      'QUOTA_EXCEEDED.UC_RESOURCE_QUOTA_EXCEEDED',
      'Cannot create 1 Table(s) (estimated count: 523, limit: 500).',
    ),
  ],
  ['TABLE_DAMAGED', failed('[DELTA_LOG_FILE_NOT_FOUND] Unable to retrieve the delta log files', '42K03')],
  [
    'RETENTION_REFUSED',
    failed('[DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT] The retention is too low', '22003'),
  ],
  ['SQL_REFUSED', failed('[DELTA_INVALID_PROTOCOL_VERSION] Unsupported Delta protocol', 'KD004')],
  [
    'SQL_REFUSED',
    failed('[INVALID_CONF_VALUE.TYPE_MISMATCH] The value 1x in the config is invalid', '22022'),
  ],
  ['SCHEMA_MISSING', failed('[SCHEMA_NOT_FOUND] The schema `main`.`crm` cannot be found.', '42704')],
  ['CATALOG_MISSING', failed("[NO_SUCH_CATALOG_EXCEPTION] Catalog 'main' was not found.", '42704')],
  ['VOLUME_MISSING', failed("[VOLUME_NOT_FOUND] Volume 'main.crm.x' does not exist.", '42704')],
  ['COLUMN_MISSING', failed('[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column `x` cannot be resolved.', '42703')],
  ['SCHEMA_MISMATCH', failed('[DELTA_METADATA_MISMATCH] A metadata mismatch was detected', '42KDG')],
  ['SCHEMA_MISMATCH', failed('[DELTA_FAILED_TO_MERGE_FIELDS] Failed to merge fields x and y', '22005')],
  ['SCHEMA_MISMATCH', failed('[DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION] x', '42K09')],
  ['SCHEMA_MISMATCH', failed('[INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS] x', '21S01')],
  ['OBJECT_EXISTS', failed('[TABLE_OR_VIEW_ALREADY_EXISTS] x', '42P07')],
  ['OBJECT_EXISTS', failed('[FIELD_ALREADY_EXISTS] Cannot add column, because `id` already exists', '42710')],
  ['HISTORY_AMBIGUOUS', failed('[DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE] x', '21506')],
  ['HISTORY_AMBIGUOUS', failed('[MERGE_CARDINALITY_VIOLATION] x', '23K01')],
  [
    'CONSTRAINT_VIOLATED',
    failed('[DELTA_NOT_NULL_CONSTRAINT_VIOLATED] NOT NULL constraint violated: id.', '23502'),
  ],
  [
    'VERSION_GONE',
    failed('[DELTA_VERSION_NOT_FOUND] Cannot time travel Delta table to version 99.', '22003'),
  ],
  [
    'VERSION_GONE',
    failed('[DELTA_FILE_NOT_FOUND_DETAILED] File x referenced in the transaction log', '42K03'),
  ],
  ['ENGINE_MEMORY', failed('[EXECUTOR_BROADCAST_JOIN_OOM] There is not enough memory', '53200')],
  ['ENGINE_MEMORY', failed('java.lang.OutOfMemoryError: Java heap space')],
  ['ENGINE_UNSUPPORTED', failed('[UNSUPPORTED_FEATURE.X] x', '0A000')],
  ['ENGINE_UNSUPPORTED', failed('[DELTA_UNSUPPORTED_FEATURES_FOR_WRITE] x', '56038')],
  ['ENGINE_UNSUPPORTED', failed('[UNRESOLVED_ROUTINE] Cannot resolve routine `read_files`', '42883')],
  ['SQL_REFUSED', failed('[MISSING_GROUP_BY] x', '42803')],
  ['LOGIN_REFUSED', failed('invalid authorization', '28000')],
  ['WAREHOUSE_MISSING', http(404)],
  ['WAREHOUSE_MISSING', status('RESOURCE_DOES_NOT_EXIST: No warehouse 0123')],
  ['TLS_UNTRUSTED', socket('SELF_SIGNED_CERT_IN_CHAIN')],
  ['TLS_UNTRUSTED', socket('ERR_TLS_CERT_ALTNAME_INVALID')],
  ['ENGINE_ERROR', failed('[INTERNAL_ERROR] a bug', 'XX000')],
  ['ENGINE_ERROR', http(501)],
  ['ENGINE_ERROR', Object.assign(new TypeError('bad'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['ENGINE_ERROR', 'a text'],
  ['ENGINE_ERROR', undefined],
];

const FILE: readonly unknown[] = [
  unread('org.apache.parquet.io.ParquetDecodingException: Can not read value at 1 in block 0'),
  failed(
    '[FAILED_READ_FILE.NO_HINT] Error while reading file /Access Denied, 403, SlowDown.parquet.',
    'KD001',
  ),
  failed('[FAILED_READ_FILE.NO_HINT] Encountered error while reading file x.', 'KD001'),
  failed('[FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER] Could not read footer.', 'KD001'),
  failed('[FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH] x', 'KD001'),
  failed('[CANNOT_READ_FILE.DATA_TYPE_MISMATCH] x', 'KD003'),
  failed('[CANNOT_READ_FILE_FOOTER] x', 'KD001'),
  failed('[CANNOT_MERGE_SCHEMAS] x', '42KD9'),
  failed('[UNABLE_TO_INFER_SCHEMA] x', '42KD9'),
  failed('[FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY] Failed to create plan for direct query on files', '58030'),
  failed("[CAST_INVALID_INPUT] The value 'secret' of the type", '22018'),
  failed("[CAST_INVALID_INPUT] The value '[RequestId=1 ErrorClass=PERMISSION_DENIED]' of", '22018'),
  failed('[DELTA_CAST_OVERFLOW_IN_TABLE_WRITE] Failed to write a value of', '22003'),
  failed('[CAST_OVERFLOW] The value 99999999999L', '22003'),
  failed("[CANNOT_PARSE_TIMESTAMP] Text 'secret'", '22007'),
  failed('[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] 12345', '22003'),
  failed('[DIVIDE_BY_ZERO] x', '22012'),
  failed('[USER_RAISED_EXCEPTION] secret', 'P0001'),
  failed('org.apache.parquet.io.ParquetDecodingException: Can not read value at 1 in block 0'),
];

describe('toDatabricksError', () => {
  it.each(TRANSIENT)('%s may be tried again (%#)', (code, thrown) => {
    expect(toDatabricksError(thrown, 'run')).toMatchObject({ name: 'TransientError', code });
  });

  it.each(TERMINAL)('%s is for a person to mend (%#)', (code, thrown) => {
    expect(toDatabricksError(thrown, 'run')).toMatchObject({ name: 'TerminalError', code });
  });

  it.each(FILE)('a change file may be damaged (%#)', (thrown) => {
    expect(toDatabricksError(thrown, 'run')).toMatchObject({
      name: 'FileReadError',
      code: 'FILE_READ_FAILED',
    });
  });

  it('lets our own errors pass', () => {
    const ours = new TerminalError('OURS', 'ours');
    expect(toDatabricksError(ours, 'run')).toBe(ours);
  });

  it('says what failed, in the words of the server, and what to do', () => {
    const thrown = failed(
      '[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`crm`.`t` cannot be found. Verify the spelling.\nTo tolerate it … SQLSTATE: 42P01; line 1 pos 14',
      '42P01',
    );
    expect(toDatabricksError(thrown, 'run "select 1"')).toMatchObject({
      message:
        'Databricks could not run "select 1": [TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`crm`.`t` cannot be found. Verify the spelling. Create it with "tidemark setup", or check catalog and schema.',
      context: { sqlState: '42P01', errorClass: 'TABLE_OR_VIEW_NOT_FOUND' },
    });
  });

  it('tells how to let a column become wider on a table that others made', () => {
    const thrown = failed(
      '[DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP] ALTER TABLE CHANGE COLUMN is not supported for changing column id from INT to BIGINT.',
      '0AKDC',
    );
    const error = toDatabricksError(thrown, 'run');
    expect(error.code).toBe('SCHEMA_MISMATCH');
    expect(error.message).toContain("set tblproperties ('delta.enableTypeWidening' = 'true')");
  });

  it('names the path that no external location holds, and what to do', () => {
    const thrown = unity(
      'INVALID_PARAMETER_VALUE.LOCATION_OVERLAP',
      "Input path url 's3://b/c' overlaps",
      '22023',
    );
    expect(toDatabricksError(thrown, 'run "create external volume"')).toMatchObject({
      message:
        'Databricks could not run "create external volume": Input path url \'s3://b/c\' overlaps. Have an administrator make an external location over the bucket, apart from all managed storage and other volumes.',
      context: { sqlState: '22023', errorClass: 'INVALID_PARAMETER_VALUE.LOCATION_OVERLAP' },
    });
  });

  it('names the privilege and the object that are missing', () => {
    const thrown = failed(
      "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MODIFY on Table 'main.crm.t'. SQLSTATE: 42501",
      '42501',
    );
    expect(toDatabricksError(thrown, 'merge').message).toContain(
      "User does not have MODIFY on Table 'main.crm.t'",
    );
  });

  it.each([
    failed(
      '[CAST_INVALID_INPUT] The value \'secret\' of the type "STRING" cannot be cast. SQLSTATE: 22018',
      '22018',
    ),
    failed('[CAST_OVERFLOW] The value secretL of the type', '22003'),
    failed('[DELTA_EXCEED_CHAR_VARCHAR_LIMIT] Value "secret" exceeds the limit', '22001'),
    failed('[DATATYPE_MISMATCH.X] Cannot resolve "(id = \'secret\')" due to', '42K09'),
    failed("[PARSE_SYNTAX_ERROR] Syntax error at or near 'it''s secret\nsecret'", '42601'),
    failed('[SOMETHING_NEW] What about "a \\" secret"?', 'XX000'),
    failed(
      '[CHECK_CONSTRAINT_VIOLATED] CHECK constraint x violated by row with values:\n - id : secret',
      '23001',
    ),
    failed('[USER_RAISED_EXCEPTION] secret', 'P0001'),
    driver("Broken: 'secret"),
  ])('tells no row value, to who looks for a fault neither (%#)', (thrown) => {
    const error = toDatabricksError(thrown, 'run');

    expect(error.message).not.toContain('secret');
    expect(inspect(error, { depth: 9 })).not.toContain('secret');
  });

  it('keeps what a socket says, which is about the connection', () => {
    const thrown = socket('ECONNRESET');
    expect(toDatabricksError(thrown, 'run').cause).toBe(thrown);
  });

  it.each([
    ['7', 7_000],
    ['0.5', 500],
    ['', null],
    ['soon', null],
    ['-1', null],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:05 GMT', null],
  ])('takes "Retry-After: %s" for %s ms', (header, ms) => {
    expect(retryAfterMsOf(header, () => 10_000)).toBe(ms);
  });

  it('remembers how long the server wants to be left alone', () => {
    const { context } = toDatabricksError(http(429, { 'retry-after': '7' }), 'run');
    expect(context).toEqual({ httpStatus: 429, retryAfterMs: 7_000 });
  });
});

describe('settleOutcome', () => {
  const of = (thrown: unknown) => toDatabricksError(thrown, 'run');

  it.each([
    ['a connection cut while it was sent', 'submit', socket('ECONNRESET')],
    ['a gateway that gave up', 'submit', http(504)],
    ['a connection cut while it ran', 'wait', socket('ECONNREFUSED')],
    ['a warehouse that went away while it ran', 'wait', http(503)],
    ['throttling while it ran', 'wait', http(429)],
    ['a session that went away while it ran', 'wait', status('Invalid OperationHandle: x')],
    ['a machine lost while it ran', 'wait', failed('ExecutorLostFailure')],
    ['a failure after its commit', 'wait', failed('[DELTA_POST_COMMIT_HOOK_FAILED] x', '2DKD0')],
  ] as const)('is open after %s', (_, stage, thrown) => {
    const error = settleOutcome(of(thrown), stage, 'run "merge"');

    expect(error).toMatchObject({ name: 'TransientError', code: 'OUTCOME_UNKNOWN', cause: of(thrown) });
    expect(isWorthAnotherTry(error)).toBe(false);
  });

  it.each([
    ['no connection', 'submit', socket('ECONNREFUSED'), 'CONNECTION_LOST'],
    ['a connection cut before', 'before', socket('ECONNRESET'), 'CONNECTION_LOST'],
    ['a refusal', 'submit', http(503), 'WAREHOUSE_STARTING'],
    ['throttling', 'submit', http(429), 'WAREHOUSE_BUSY'],
    ['a session that is gone', 'submit', status('Invalid SessionHandle: x'), 'SESSION_GONE'],
    ['a full queue', 'wait', failed('[TOO_MANY_QUERIES] x', '08KD1'), 'WAREHOUSE_BUSY'],
    ['a conflict', 'wait', failed('[DELTA_CONCURRENT_APPEND] x', '2D521'), 'WRITE_CONFLICT'],
  ] as const)('is that nothing ran after %s, so it may be sent again', (_, stage, thrown, code) => {
    const error = settleOutcome(of(thrown), stage, 'run');

    expect(error.code).toBe(code);
    expect(isWorthAnotherTry(error)).toBe(true);
  });

  it.each([
    ['a table that was altered', failed('[DELTA_METADATA_CHANGED] x', '2D521'), 'TABLE_ALTERED'],
    ['a timeout', failed('[QUERY_EXECUTION_TIMEOUT_EXCEEDED] x', '57KD0'), 'STATEMENT_TIMEOUT'],
    ['a person who cancelled it', ended('CANCELED'), 'CANCELLED'],
    ['a file that is gone', failed('[PATH_NOT_FOUND] x', '42K03'), 'FILE_VANISHED'],
    ['a damaged file', failed('[FAILED_READ_FILE.NO_HINT] x', 'KD001'), 'FILE_READ_FAILED'],
    ['a missing table', failed('[TABLE_OR_VIEW_NOT_FOUND] x', '42P01'), 'TABLE_MISSING'],
  ])('is told as it is after %s, and it is not sent again at once', (_, thrown, code) => {
    const error = settleOutcome(of(thrown), 'wait', 'run');

    expect(error.code).toBe(code);
    expect(isWorthAnotherTry(error)).toBe(false);
  });

  it('is not worth another try when there is no time or no such host', () => {
    expect(isWorthAnotherTry(new TransientError('TIME_IS_UP', 'x'))).toBe(false);
    expect(isWorthAnotherTry(of(socket('ENOTFOUND')))).toBe(false);
    expect(isWorthAnotherTry(new Error('x'))).toBe(false);
  });
});

describe('the words of a message', () => {
  it.each([
    [
      'org.apache.hive.service.cli.HiveSQLException: Error running query: [A_CLASS] org.apache.spark.sql.X$AnalysisException: [A_CLASS] It is `so`. SQLSTATE: 42601; line 1 pos 7',
      '[A_CLASS] It is `so`',
    ],
    ['java.lang.RuntimeException: broken', 'broken'],
    [`[A_CLASS] ${'x'.repeat(400)}`, `[A_CLASS] ${'x'.repeat(290)}…`],
    ['[RequestId=5d8f2dc1-f1a5 ErrorClass=A_CLASS.B] It is so.', 'It is so'],
    ['', ''],
  ])('are plain (%#)', (text, words) => {
    expect(sayable(text, 'show')).toBe(words);
  });
});
