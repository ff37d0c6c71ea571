-- A user for DMS that reads tables and the redo log
create user "TIDEMARK_DMS" identified by "<password>";
grant create session to "TIDEMARK_DMS";
grant select any transaction to "TIDEMARK_DMS";
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$ARCHIVED_LOG', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$LOG', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$LOGFILE', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$LOGMNR_LOGS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$LOGMNR_CONTENTS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$DATABASE', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$THREAD', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$PARAMETER', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$NLS_PARAMETERS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$TIMEZONE_NAMES', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$TRANSACTION', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('V_$CONTAINERS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_INDEXES', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_OBJECTS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_TABLES', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_USERS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_CATALOG', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_CONSTRAINTS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_CONS_COLUMNS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_TAB_COLS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_IND_COLUMNS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_ENCRYPTED_COLUMNS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_LOG_GROUPS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_TAB_PARTITIONS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('DBA_REGISTRY', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('OBJ$', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('DBA_TABLESPACES', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('ALL_VIEWS', 'TIDEMARK_DMS', 'SELECT'); end;
/
begin rdsadmin.rdsadmin_util.grant_sys_object('REGISTRY$SQLPATCH', 'TIDEMARK_DMS', 'SELECT'); end;
/
grant execute on rdsadmin.rdsadmin_util to "TIDEMARK_DMS";
begin rdsadmin.rdsadmin_util.grant_sys_object('DBMS_LOGMNR', 'TIDEMARK_DMS', 'EXECUTE'); end;
/
grant logmining to "TIDEMARK_DMS";
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
  union all select 'ALL_VIEWS' as name from dual
  union all select 'REGISTRY$SQLPATCH' as name from dual
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

-- Redo logs that are kept for a day
begin rdsadmin.rdsadmin_util.set_configuration('archivelog retention hours', 24); end;
/
commit;
-- Check
set serveroutput on
begin rdsadmin.rdsadmin_util.show_configuration; end;
/

-- A database that DMS can read changes from
-- Check
select d.cdb, sys_context('userenv', 'con_name') as container, d.database_role from v$database d;

-- Supplemental logging of the database
begin rdsadmin.rdsadmin_util.alter_supplemental_logging('ADD'); end;
/
-- Check
select supplemental_log_data_min from v$database;

-- Supplemental logging of every column of each table
alter table "sales"."customer" add supplemental log data (all) columns;
-- Check
select
  wanted.owner,
  wanted.table_name,
  (select count(*) from dba_log_groups g
    where g.owner = wanted.owner and g.table_name = wanted.table_name
      and g.log_group_type = 'ALL COLUMN LOGGING') as all_columns
from (
  select 'sales' as owner, 'customer' as table_name from dual
) wanted
order by 1, 2;
