import type { ErrorFacts } from './error-facts.ts';
import { type Meaning, MEANINGS } from './error-meanings.ts';

/** A meaning, and when it applies. */
export interface ErrorRule extends Meaning {
  readonly matches: (facts: ErrorFacts) => boolean;
}

const SOCKET_LOST =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|E(SOCKET)?TIMEDOUT|EHOST(UNREACH|DOWN)|ENET(UNREACH|DOWN|RESET)|EAI_(AGAIN|FAIL)|ERR_(SOCKET|STREAM)_\w+)$/;

/**
 * Of a file that could not be read: the storage did not give it. The names of classes, and what the storage's own client
 * says after them, since a path may have any words in it.
 */
const STORAGE_DENIES = /\.AccessDeniedException\b|\(Service: [^()]*Status Code: 40[13]\b/;
const STORAGE_FAILS =
  /\.(SocketTimeoutException|ConnectTimeoutException|ConnectException|SocketException|UnknownHostException|NoHttpResponseException|SSL\w*Exception|ConnectionPoolTimeoutException|InterruptedIOException|AWSServiceIOException|AWSServiceThrottledException|AWSStatus5\d\dException)\b|\(Service: [^()]*Status Code: (429|5\d\d)\b/;

/**
 * First match wins: error class, then SQLSTATE, then how the driver says it ended, socket, HTTP status, and text last.
 *
 * @see https://docs.databricks.com/en/error-messages/error-classes.html
 * @see https://docs.databricks.com/en/error-messages/sqlstates.html
 */
export const ERROR_RULES: readonly ErrorRule[] = [
  byClass(/^DELTA_(METADATA_CHANGED|PROTOCOL_CHANGED|SCHEMA_CHANGE_SINCE_ANALYSIS)/, 'altered'),
  byClass(/^DELTA_POST_COMMIT_HOOK_FAILED/, 'committed'),
  byClass(/^DELTA_(CONCURRENT_|MAX_COMMIT_RETRIES)|^CONCURRENT_|^TRANSACTION_CONFLICT/, 'conflict'),
  byClass(/^QUERY_EXECUTION_TIMEOUT_EXCEEDED|^STATEMENT_TIMEOUT/, 'timeout'),
  byClass(/^OPERATION_CANCELED|^(QUERY|SPARK_JOB)_CANCELL?ED/, 'cancelled'),
  byClass(/^DELTA_MERGE_MATERIALIZE_SOURCE_FAILED/, 'resources'),
  byClass(/^FAILED_READ_FILE\.(DBR_)?FILE_NOT_EXIST|^PATH_NOT_FOUND|^FILE_NOT_(FOUND|EXISTS?)$/, 'vanished'),
  byClass(/^FAILED_READ_FILE\.(REMOTE_|CONNECTION)/, 'lost'),
  ofUnreadFile(STORAGE_DENIES, 'storage'),
  ofUnreadFile(STORAGE_FAILS, 'lost'),
  byClass(
    /^(FAILED_READ_FILE|CANNOT_READ_FILE|CANNOT_MERGE_SCHEMAS|CANNOT_READ_ARCHIVED|UNABLE_TO_INFER_SCHEMA|PARQUET_|FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY|MALFORMED_)/,
    'file',
  ),
  byClass(
    /^(DELTA_VERSION_NOT_FOUND|DELTA_TRUNCATED_TRANSACTION_LOG|DELTA_FILE_NOT_FOUND|DELTA_DELETED_PARQUET_FILE_NOT_FOUND|DELTA_UNSUPPORTED_TIME_TRAVEL|DELTA_TIMESTAMP_)/,
    'version',
  ),
  byClass(/^DELTA_VACUUM_RETENTION/, 'retention'),
  byClass(/^PRINCIPAL_(DOES_NOT_EXIST|NOT_FOUND)/, 'principal'),
  byClass(/LOCATION_OVERLAP|^EXTERNAL_LOCATION_DOES_NOT_EXIST|^NO_PARENT_EXTERNAL_LOCATION/, 'location'),
  byClass(/PERMISSION|PRIVILEGE|UNAUTHORIZED|_AUTHORIZATION_|ACCESS_DENIED|NOT_AUTHORIZED/, 'permission'),
  byClass(
    /^(TABLE_OR_VIEW_NOT_FOUND|TABLE_DOES_NOT_EXIST|DELTA_(TABLE_NOT_FOUND|MISSING_DELTA_TABLE|PATH_DOES_NOT_EXIST)|VIEW_NOT_FOUND)/,
    'table',
  ),
  byClass(/^(SCHEMA_(NOT_FOUND|DOES_NOT_EXIST)|UC_SCHEMA_NOT_FOUND)/, 'schema'),
  byClass(
    /^(NO_SUCH_CATALOG|CATALOG_(NOT_FOUND|DOES_NOT_EXIST)|UC_CATALOG_NOT_FOUND|REQUIRES_SINGLE_PART_NAMESPACE)/,
    'catalog',
  ),
  byClass(/^(VOLUME_(NOT_FOUND|DOES_NOT_EXIST)|UC_VOLUME_NOT_FOUND)/, 'volume'),
  byClass(
    /^(UNRESOLVED_(COLUMN|FIELD|MAP_KEY)|DELTA_COLUMN_NOT_FOUND|DELTA_MERGE_UNRESOLVED|FIELD_NOT_FOUND|COLUMN_NOT_FOUND)/,
    'column',
  ),
  byClass(
    /^(DELTA_METADATA_MISMATCH|DELTA_FAILED_TO_MERGE_FIELDS|DELTA_MERGE_INCOMPATIBLE|DELTA_SCHEMA_|DATATYPE_MISMATCH|INCOMPATIBLE_DATA_FOR_TABLE|INSERT_COLUMN_ARITY_MISMATCH|NOT_SUPPORTED_CHANGE_COLUMN)/,
    'mismatch',
  ),
  byClass(/^DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL/, 'widening'),
  byClass(/_ALREADY_EXISTS/, 'exists'),
  byClass(/^(DELTA_MULTIPLE_SOURCE_ROW_MATCHING|MERGE_CARDINALITY_VIOLATION)/, 'duplicates'),
  byClass(/^(UC_)?QUOTA_EXCEEDED|_RESOURCE_QUOTA_EXCEEDED/, 'quota'),
  byClass(/OUT_OF_MEMORY|_OOM\b/, 'memory'),
  byClass(
    /(REQUEST_LIMIT|QUOTA|RATE_LIMIT|RESOURCE)_?(EXCEEDED|EXHAUSTED)|QUEUE_(IS_)?FULL|TOO_MANY_(REQUESTS|QUERIES|STATEMENTS|SESSIONS)/,
    'busy',
  ),
  byClass(
    /^(TEMPORARILY_UNAVAILABLE|(CLUSTER|WAREHOUSE|ENDPOINT)_(IS_)?(STARTING|STOPPED|NOT_RUNNING|NOT_READY|TERMINATED))/,
    'starting',
  ),

  byText(/(Metadata|Protocol)ChangedException/, 'altered'),
  ofTableItself(/^42K03/, 'damaged'),
  ofTableItself(/^(22|KD|58)/, 'refused'),
  byClass(/^INVALID_(PARAMETER|CONF)_VALUE/, 'refused'),
  byState(/^2DKD0/, 'committed'),
  byState(/^(2D521|40000|40001)/, 'conflict'),
  byState(/^57KD0/, 'timeout'),
  byState(/^(HY008|57014)/, 'cancelled'),
  byState(/^08KD1/, 'busy'),
  byState(/^08003/, 'session'),
  byState(/^08/, 'lost'),
  byState(/^28/, 'login'),
  byState(/^42501/, 'permission'),
  byState(/^42K03/, 'vanished'),
  byState(/^42601/, 'syntax'),
  byState(/^42P01/, 'table'),
  byState(/^3F000/, 'schema'),
  byState(/^3D000/, 'catalog'),
  byState(/^42703/, 'column'),
  byState(/^(42802|42804|42846|42K09|42KDG|KD000)/, 'mismatch'),
  byState(/^(42710|42P0[4-7])/, 'exists'),
  byState(/^(21506|23K01)/, 'duplicates'),
  byState(/^(22|P0001)/, 'value'),
  byState(/^(58030|KD00)/, 'file'),
  byState(/^23/, 'constraint'),
  byState(/^53200/, 'memory'),
  byState(/^53/, 'busy'),
  byState(/^(0A|42883|56038)/, 'unsupported'),
  byState(/^42/, 'refused'),

  rule(({ ended }) => ended === 'CANCELED', 'cancelled'),
  rule(({ ended }) => ended === 'TIMEOUT', 'timeout'),
  rule(({ ended }) => ended === 'CLOSED', 'session'),
  rule(
    ({ socket }) =>
      /^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO$)/.test(socket),
    'tls',
  ),
  rule(({ socket }) => socket === 'ENOTFOUND', 'host'),
  rule(({ socket }) => SOCKET_LOST.test(socket), 'lost'),
  // Databricks answers a bad personal access token with 403.
  rule(
    ({ httpStatus, text }) =>
      httpStatus === 401 || (httpStatus === 403 && /invalid access token|token.*expired/i.test(text)),
    'token',
  ),
  byStatus([403], 'permission'),
  byStatus([404], 'warehouse'),
  byStatus([429], 'busy'),
  byStatus([503], 'starting'),
  byStatus([408, 500, 502, 504], 'lost'),

  byText(
    /Invalid (Session|Operation)Handle|session was closed or has expired|session handle.*(not been initialized|already closed)/i,
    'session',
  ),
  byText(
    /TEMPORARILY_UNAVAILABLE|(warehouse|endpoint|cluster)\b.*\bis (starting|stopp(ed|ing)|not running)|Couldn't create directory \/local_disk0|Cannot create the resource, please try again/i,
    'starting',
  ),
  byText(
    /queue is full|too many (queued|concurrent)|REQUEST_LIMIT_EXCEEDED|RESOURCE_EXHAUSTED|threadpool cannot accept new task/i,
    'busy',
  ),
  byText(/ConcurrentAppendException|ConcurrentDelete\w+Exception|ConcurrentWriteException/, 'conflict'),
  byText(/PERMISSION_DENIED|does not have (permission|privilege|[A-Z ]+ on)\b|not authorized/i, 'permission'),
  byText(/Could not find principal with name/, 'principal'),
  byText(/\bRESOURCE_DOES_NOT_EXIST\b.*\b(warehouse|endpoint)\b|no such (warehouse|endpoint)/i, 'warehouse'),
  byText(/java\.lang\.OutOfMemoryError|GC overhead limit/, 'memory'),
  byText(
    /ExecutorLostFailure|FetchFailedException|executor .* lost|SparkContext (was|has been) (shut down|stopped)/i,
    'resources',
  ),
  byText(/FileNotFoundException/, 'vanished'),
  byText(/ParquetDecodingException|is not a Parquet file|parquet\b.*\b(corrupt|malformed)/i, 'file'),
  byText(
    /socket hang up|premature close|network timeout|Request timed out|\baborted\b|(Max retry count|Retry timeout) exceeded/i,
    'lost',
  ),
];

function byClass(pattern: RegExp, meaning: keyof typeof MEANINGS): ErrorRule {
  return rule(({ errorClass }) => errorClass !== '' && pattern.test(errorClass), meaning);
}

/** What a server says of any file that it could not read, and why it could not. */
function ofUnreadFile(why: RegExp, meaning: keyof typeof MEANINGS): ErrorRule {
  const unread = /^(FAILED_READ_FILE|CANNOT_READ_FILE|FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY)/;
  return rule(({ errorClass, causes }) => unread.test(errorClass) && why.test(causes), meaning);
}

/** What Delta says of the table that is read or written, and of no value or change file. */
function ofTableItself(state: RegExp, meaning: keyof typeof MEANINGS): ErrorRule {
  const ofValue = /^DELTA_(CAST_|EXCEED_|FAILED_(CAST|READ))/;
  return rule(
    ({ errorClass, sqlState }) =>
      errorClass.startsWith('DELTA_') && !ofValue.test(errorClass) && state.test(sqlState),
    meaning,
  );
}

function byState(pattern: RegExp, meaning: keyof typeof MEANINGS): ErrorRule {
  return rule(({ sqlState }) => sqlState !== '' && pattern.test(sqlState), meaning);
}

function byStatus(statuses: readonly number[], meaning: keyof typeof MEANINGS): ErrorRule {
  return rule(({ httpStatus }) => httpStatus !== null && statuses.includes(httpStatus), meaning);
}

function byText(pattern: RegExp, meaning: keyof typeof MEANINGS): ErrorRule {
  return rule(({ text }) => pattern.test(text), meaning);
}

function rule(matches: ErrorRule['matches'], name: keyof typeof MEANINGS): ErrorRule {
  return { ...MEANINGS[name], matches };
}
