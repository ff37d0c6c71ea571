/**
 * Objects of SYS that DMS selects from, by their real names.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.Oracle.html#CHAP_Source.Oracle.Self-Managed.Privileges
 */
export const SELECTED: readonly string[] = [
  'V_$ARCHIVED_LOG',
  'V_$LOG',
  'V_$LOGFILE',
  'V_$LOGMNR_LOGS',
  'V_$LOGMNR_CONTENTS',
  'V_$DATABASE',
  'V_$THREAD',
  'V_$PARAMETER',
  'V_$NLS_PARAMETERS',
  'V_$TIMEZONE_NAMES',
  'V_$TRANSACTION',
  'V_$CONTAINERS',
  'ALL_INDEXES',
  'ALL_OBJECTS',
  'ALL_TABLES',
  'ALL_USERS',
  'ALL_CATALOG',
  'ALL_CONSTRAINTS',
  'ALL_CONS_COLUMNS',
  'ALL_TAB_COLS',
  'ALL_IND_COLUMNS',
  'ALL_ENCRYPTED_COLUMNS',
  'ALL_LOG_GROUPS',
  'ALL_TAB_PARTITIONS',
  'DBA_REGISTRY',
  'OBJ$',
  'DBA_TABLESPACES',
];

/** More of them on a server of one's own, and on RDS. */
export const SELECTED_SELF_MANAGED: readonly string[] = ['V_$DATABASE_INCARNATION'];
export const SELECTED_RDS: readonly string[] = ['ALL_VIEWS', 'REGISTRY$SQLPATCH'];

/** More of them for a serverless replication, which sizes itself by them. */
export const SELECTED_SERVERLESS: readonly string[] = [
  'DBA_SEGMENTS',
  'V_$TABLESPACE',
  'DBA_TAB_SUBPARTITIONS',
  'DBA_EXTENTS',
];

/** More of them where redo logs are read as files. */
export const SELECTED_BINARY_READER: readonly string[] = ['DBA_DIRECTORIES'];
