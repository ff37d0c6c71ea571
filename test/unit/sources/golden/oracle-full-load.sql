-- A user for DMS that reads tables
create user "TIDEMARK_DMS" identified by "<password>";
grant create session to "TIDEMARK_DMS";
grant select any transaction to "TIDEMARK_DMS";
grant select on sys.V_$ARCHIVED_LOG to "TIDEMARK_DMS";
grant select on sys.V_$LOG to "TIDEMARK_DMS";
grant select on sys.V_$LOGFILE to "TIDEMARK_DMS";
grant select on sys.V_$LOGMNR_LOGS to "TIDEMARK_DMS";
grant select on sys.V_$LOGMNR_CONTENTS to "TIDEMARK_DMS";
grant select on sys.V_$DATABASE to "TIDEMARK_DMS";
grant select on sys.V_$THREAD to "TIDEMARK_DMS";
grant select on sys.V_$PARAMETER to "TIDEMARK_DMS";
grant select on sys.V_$NLS_PARAMETERS to "TIDEMARK_DMS";
grant select on sys.V_$TIMEZONE_NAMES to "TIDEMARK_DMS";
grant select on sys.V_$TRANSACTION to "TIDEMARK_DMS";
grant select on sys.V_$CONTAINERS to "TIDEMARK_DMS";
grant select on sys.ALL_INDEXES to "TIDEMARK_DMS";
grant select on sys.ALL_OBJECTS to "TIDEMARK_DMS";
grant select on sys.ALL_TABLES to "TIDEMARK_DMS";
grant select on sys.ALL_USERS to "TIDEMARK_DMS";
grant select on sys.ALL_CATALOG to "TIDEMARK_DMS";
grant select on sys.ALL_CONSTRAINTS to "TIDEMARK_DMS";
grant select on sys.ALL_CONS_COLUMNS to "TIDEMARK_DMS";
grant select on sys.ALL_TAB_COLS to "TIDEMARK_DMS";
grant select on sys.ALL_IND_COLUMNS to "TIDEMARK_DMS";
grant select on sys.ALL_ENCRYPTED_COLUMNS to "TIDEMARK_DMS";
grant select on sys.ALL_LOG_GROUPS to "TIDEMARK_DMS";
grant select on sys.ALL_TAB_PARTITIONS to "TIDEMARK_DMS";
grant select on sys.DBA_REGISTRY to "TIDEMARK_DMS";
grant select on sys.OBJ$ to "TIDEMARK_DMS";
grant select on sys.DBA_TABLESPACES to "TIDEMARK_DMS";
grant select on sys.V_$DATABASE_INCARNATION to "TIDEMARK_DMS";
grant select on sys.DBA_SEGMENTS to "TIDEMARK_DMS";
grant select on sys.V_$TABLESPACE to "TIDEMARK_DMS";
grant select on sys.DBA_TAB_SUBPARTITIONS to "TIDEMARK_DMS";
grant select on sys.DBA_EXTENTS to "TIDEMARK_DMS";
grant select on "sales"."customer" to "TIDEMARK_DMS";
-- Check
select wanted.name
from (
  select 'V_$ARCHIVED_LOG' as name from dual
  union all select 'V_$LOG' as name from dual
  union all select 'V_$LOGFILE' as name from dual
  union all select 'V_$LOGMNR_LOGS' as name from dual
  union all select 'V_$LOGMNR_CONTENTS' as name from dual
  union all select 'V_$DATABASE' as name from dual
  union all select 'V_$THREAD' as name from dual
  union all select 'V_$PARAMETER' as name from dual
  union all select 'V_$NLS_PARAMETERS' as name from dual
  union all select 'V_$TIMEZONE_NAMES' as name from dual
  union all select 'V_$TRANSACTION' as name from dual
  union all select 'V_$CONTAINERS' as name from dual
  union all select 'ALL_INDEXES' as name from dual
  union all select 'ALL_OBJECTS' as name from dual
  union all select 'ALL_TABLES' as name from dual
  union all select 'ALL_USERS' as name from dual
  union all select 'ALL_CATALOG' as name from dual
  union all select 'ALL_CONSTRAINTS' as name from dual
  union all select 'ALL_CONS_COLUMNS' as name from dual
  union all select 'ALL_TAB_COLS' as name from dual
  union all select 'ALL_IND_COLUMNS' as name from dual
  union all select 'ALL_ENCRYPTED_COLUMNS' as name from dual
  union all select 'ALL_LOG_GROUPS' as name from dual
  union all select 'ALL_TAB_PARTITIONS' as name from dual
  union all select 'DBA_REGISTRY' as name from dual
  union all select 'OBJ$' as name from dual
  union all select 'DBA_TABLESPACES' as name from dual
  union all select 'V_$DATABASE_INCARNATION' as name from dual
  union all select 'DBA_SEGMENTS' as name from dual
  union all select 'V_$TABLESPACE' as name from dual
  union all select 'DBA_TAB_SUBPARTITIONS' as name from dual
  union all select 'DBA_EXTENTS' as name from dual
) wanted
where not exists (
  select 1
  from dba_tab_privs p
  where p.table_name = wanted.name and p.grantee in ('TIDEMARK_DMS', 'PUBLIC')
)
order by wanted.name;

-- Tables that DMS can copy
-- Check
select
  wanted.owner,
  wanted.table_name,
  (select count(*) from dba_tables t
    where t.owner = wanted.owner and t.table_name = wanted.table_name) as tables,
  (select count(*) from dba_tables t
    where t.owner = wanted.owner and t.table_name = wanted.table_name and t.temporary = 'Y') as temporary_tables,
  (select count(*) from dba_constraints c
    where c.owner = wanted.owner and c.table_name = wanted.table_name and c.constraint_type = 'P') as primary_keys,
  (select count(*) from dba_tab_cols c
    where c.owner = wanted.owner and c.table_name = wanted.table_name and c.virtual_column = 'YES') as virtual_columns
from (
  select 'sales' as owner, 'customer' as table_name from dual
) wanted
order by 1, 2;
