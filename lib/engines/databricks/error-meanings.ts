/** What a kind of failure means to us. */
export interface Meaning {
  readonly code: string;
  /** `file`: a change file may be damaged, see `FileReadError`. */
  readonly kind: 'terminal' | 'transient' | 'file';
  /** How much of the server's own words may be told. */
  readonly tell: 'all' | 'no quotes' | 'nothing';
  /** What to do. */
  readonly fix: string;
}

const AGAIN = 'Run again.';

/** Every failure we know, by a short name of ours. */
export const MEANINGS = {
  conflict: transient('WRITE_CONFLICT', `Another writer changed the table meanwhile. ${AGAIN}`),
  altered: transient('TABLE_ALTERED', `Somebody altered the table meanwhile, or took it from us. ${AGAIN}`),
  timeout: transient(
    'STATEMENT_TIMEOUT',
    'Give it less to do at once (batch.maxBytes), or more time (statementSeconds).',
  ),
  cancelled: transient('CANCELLED', `Somebody cancelled the statement. ${AGAIN}`),
  busy: transient(
    'WAREHOUSE_BUSY',
    'The warehouse has too much to do. Run again later, or let it scale out.',
  ),
  starting: transient('WAREHOUSE_STARTING', 'The warehouse is not running yet. Run again in some minutes.'),
  session: transient('SESSION_GONE', `The warehouse has forgotten the session. ${AGAIN}`),
  lost: transient('CONNECTION_LOST', `Check that the workspace can be reached. ${AGAIN}`),
  host: transient('HOST_UNKNOWN', 'No such host is known here: check "host" and the name service.'),
  token: transient('TOKEN_EXPIRED', 'The token is not accepted any more.'),
  resources: transient('ENGINE_RESOURCES', `A machine of the warehouse was lost. ${AGAIN}`),
  committed: transient('AFTER_COMMIT_FAILED', `The change is made, what follows it failed. ${AGAIN}`),
  vanished: transient('FILE_VANISHED', `A listed change file is gone. ${AGAIN}`, 'all'),
  file: { code: 'FILE_READ_FAILED', kind: 'file', tell: 'no quotes', fix: '' },
  value: { code: 'FILE_READ_FAILED', kind: 'file', tell: 'nothing', fix: '' },
  version: terminal(
    'VERSION_GONE',
    'That version of the table is kept no longer. Run again, and raise maintenance.retentionHours.',
  ),
  syntax: terminal(
    'SYNTAX',
    'The server does not understand our SQL: please report it with the version of the server.',
  ),
  permission: terminal(
    'PERMISSION_DENIED',
    'Grant what is missing; "tidemark setup" prints the grants.',
    'all',
  ),
  storage: terminal(
    'STORAGE_DENIED',
    'The storage lets the warehouse not read the file: check storage credential, external location and key.',
  ),
  table: terminal('TABLE_MISSING', 'Create it with "tidemark setup", or check catalog and schema.'),
  schema: terminal('SCHEMA_MISSING', 'Create it with "tidemark setup", or check "schema".'),
  catalog: terminal('CATALOG_MISSING', 'Check "catalog", and that it may be used (grant USE CATALOG).'),
  volume: terminal('VOLUME_MISSING', 'Create it with "tidemark setup", or check "volumes".'),
  location: terminal(
    'LOCATION_REFUSED',
    'Have an administrator make an external location over the bucket, apart from all managed storage and other volumes.',
    'all',
  ),
  principal: terminal(
    'PRINCIPAL_MISSING',
    'Check "engine.grants": rights are given to users, groups and service principals (by application id) of the account.',
    'all',
  ),
  quota: terminal(
    'QUOTA_EXCEEDED',
    'Have an administrator raise the quota, or drop what nobody needs any more.',
    'all',
  ),
  column: terminal(
    'COLUMN_MISSING',
    'Somebody changed the table: "tidemark setup" adds bookkeeping columns that are missing.',
  ),
  mismatch: terminal(
    'SCHEMA_MISMATCH',
    'The types of the table are not what we made them: compare them with "tidemark plan".',
  ),
  widening: terminal(
    'SCHEMA_MISMATCH',
    "The table lets no column become wider: run \"alter table … set tblproperties ('delta.enableTypeWidening' = 'true')\" on it, and then this again.",
  ),
  damaged: terminal(
    'TABLE_DAMAGED',
    'Files of the table itself are gone: restore an older version of it, or make it anew with "tidemark rebuild".',
  ),
  retention: terminal(
    'RETENTION_REFUSED',
    'Raise maintenance.retentionHours, or lower "delta.deletedFileRetentionDuration" of the table.',
  ),
  exists: terminal('OBJECT_EXISTS', 'Something of that name is there already, and is not replaced.'),
  duplicates: terminal(
    'HISTORY_AMBIGUOUS',
    'One row was to be changed twice: find out why with "tidemark verify".',
  ),
  constraint: terminal(
    'CONSTRAINT_VIOLATED',
    'A constraint that somebody put on the table forbids it: drop it.',
  ),
  memory: terminal(
    'ENGINE_MEMORY',
    'It needs more memory: lower batch.maxBytes, or take a larger warehouse.',
  ),
  unsupported: terminal('ENGINE_UNSUPPORTED', 'The server cannot do this: update it, or check "server".'),
  refused: terminal(
    'SQL_REFUSED',
    'The server does not accept our SQL: please report it with the version of the server.',
  ),
  login: terminal(
    'LOGIN_REFUSED',
    'Check client id and secret, or the token, and that they belong to this workspace.',
  ),
  warehouse: terminal('WAREHOUSE_MISSING', 'Check "httpPath": the workspace knows no such warehouse.'),
  tls: terminal(
    'TLS_UNTRUSTED',
    'The certificate is not trusted: name the authority that signed it as "caFile".',
    'nothing',
  ),
} satisfies Record<string, Meaning>;

function transient(code: string, fix: string, tell: Meaning['tell'] = 'no quotes'): Meaning {
  return { code, kind: 'transient', tell, fix };
}

function terminal(code: string, fix: string, tell: Meaning['tell'] = 'no quotes'): Meaning {
  return { code, kind: 'terminal', tell, fix };
}
