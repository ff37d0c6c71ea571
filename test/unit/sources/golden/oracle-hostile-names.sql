-- A user for DMS that reads tables and the redo log
create user "D'MS" identified by "<password>";
grant create session to "D'MS";
grant select any transaction to "D'MS";
grant select on sys.V_$ARCHIVED_LOG to "D'MS";
grant select on sys.V_$LOG to "D'MS";
grant select on sys.V_$LOGFILE to "D'MS";
grant select on sys.V_$LOGMNR_LOGS to "D'MS";
grant select on sys.V_$LOGMNR_CONTENTS to "D'MS";
grant select on sys.V_$DATABASE to "D'MS";
grant select on sys.V_$THREAD to "D'MS";
grant select on sys.V_$PARAMETER to "D'MS";
grant select on sys.V_$NLS_PARAMETERS to "D'MS";
grant select on sys.V_$TIMEZONE_NAMES to "D'MS";
grant select on sys.V_$TRANSACTION to "D'MS";
grant select on sys.V_$CONTAINERS to "D'MS";
grant select on sys.ALL_INDEXES to "D'MS";
grant select on sys.ALL_OBJECTS to "D'MS";
grant select on sys.ALL_TABLES to "D'MS";
grant select on sys.ALL_USERS to "D'MS";
grant select on sys.ALL_CATALOG to "D'MS";
grant select on sys.ALL_CONSTRAINTS to "D'MS";
grant select on sys.ALL_CONS_COLUMNS to "D'MS";
grant select on sys.ALL_TAB_COLS to "D'MS";
grant select on sys.ALL_IND_COLUMNS to "D'MS";
grant select on sys.ALL_ENCRYPTED_COLUMNS to "D'MS";
grant select on sys.ALL_LOG_GROUPS to "D'MS";
grant select on sys.ALL_TAB_PARTITIONS to "D'MS";
grant select on sys.DBA_REGISTRY to "D'MS";
grant select on sys.OBJ$ to "D'MS";
grant select on sys.DBA_TABLESPACES to "D'MS";
grant select on sys.V_$DATABASE_INCARNATION to "D'MS";
grant execute on sys.DBMS_LOGMNR to "D'MS";
grant logmining to "D'MS";
grant select on "o'brien"."a.b; drop table x" to "D'MS";
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
) wanted
where not exists (
  select 1
  from dba_tab_privs p
  where p.table_name = wanted.name and p.grantee in ('D''MS', 'PUBLIC')
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
  select 'o''brien' as owner, 'a.b; drop table x' as table_name from dual
) wanted
order by 1, 2;

-- Redo logs that are archived
shutdown immediate
startup mount
alter database archivelog;
alter database open;
-- Check
select log_mode from v$database;

-- A database that DMS can read changes from
-- Check
select d.cdb, sys_context('userenv', 'con_name') as container, d.database_role from v$database d;

-- Supplemental logging of the database
alter database add supplemental log data;
-- Check
select supplemental_log_data_min from v$database;

-- Supplemental logging of every column of each table
alter table "o'brien"."a.b; drop table x" add supplemental log data (all) columns;
-- Check
select
  wanted.owner,
  wanted.table_name,
  (select count(*) from dba_log_groups g
    where g.owner = wanted.owner and g.table_name = wanted.table_name
      and g.log_group_type = 'ALL COLUMN LOGGING') as all_columns
from (
  select 'o''brien' as owner, 'a.b; drop table x' as table_name from dual
) wanted
order by 1, 2;
