-- A login for DMS that reads tables and the log
use [master];
if suser_id(N'tidemark_dms') is null
  create login [tidemark_dms] with password = N'<password>';
if database_principal_id(N'tidemark_dms') is null
  create user [tidemark_dms] for login [tidemark_dms];
grant view server state to [tidemark_dms];
grant view any definition to [tidemark_dms];
grant select on sys.fn_dblog to [tidemark_dms];
grant execute on sys.sp_replincrementlsn to [tidemark_dms];
grant execute on sys.sp_repldone to [tidemark_dms];
grant execute on sys.sp_addpublication to [tidemark_dms];
grant execute on sys.sp_addarticle to [tidemark_dms];
grant execute on sys.sp_articlefilter to [tidemark_dms];
use [msdb];
if database_principal_id(N'tidemark_dms') is null
  create user [tidemark_dms] for login [tidemark_dms];
grant select on dbo.backupset to [tidemark_dms];
grant select on dbo.backupmediafamily to [tidemark_dms];
grant select on dbo.backupfile to [tidemark_dms];
use [shop];
if database_principal_id(N'tidemark_dms') is null
  create user [tidemark_dms] for login [tidemark_dms];
alter role [db_owner] add member [tidemark_dms];
grant view definition to [tidemark_dms];
-- Check
use [shop];
execute as login = N'tidemark_dms';
select
  is_rolemember(N'db_owner') as db_owner,
  has_perms_by_name(null, null, N'VIEW SERVER STATE') as view_server_state,
  has_perms_by_name(null, null, N'VIEW ANY DEFINITION') as view_any_definition,
  has_perms_by_name(N'master.sys.fn_dblog', N'OBJECT', N'SELECT') as fn_dblog,
  has_perms_by_name(N'msdb.dbo.backupset', N'OBJECT', N'SELECT') as backupset;
revert;

-- Signed procedures that read log backups
use [master];
grant select on awsdms.split_partition_list to [tidemark_dms];
grant execute on awsdms.rtm_dump_dblog to [tidemark_dms];
grant execute on awsdms.rtm_position_1st_timestamp to [tidemark_dms];
-- Check
select o.name, count(c.thumbprint) as signatures
from master.sys.objects as o
join master.sys.schemas as s on s.schema_id = o.schema_id
left join master.sys.crypt_properties as c on c.major_id = o.object_id
where s.name = N'awsdms'
group by o.name;

-- DMS told to use the signed procedures
-- Check
select is_srvrolemember(N'sysadmin', N'tidemark_dms') as sysadmin;

-- Tables that DMS can copy
-- Check
use [shop];
select
  wanted.schema_name,
  wanted.table_name,
  t.object_id,
  objectproperty(t.object_id, N'TableHasPrimaryKey') as primary_key,
  t.is_published as published,
  t.is_tracked_by_cdc as tracked_by_cdc,
  objectproperty(t.object_id, N'TableIsMemoryOptimized') as memory_optimized,
  objectproperty(t.object_id, N'TableTemporalType') as temporal,
  (select count(*) from sys.indexes as i where i.object_id = t.object_id and i.type in (5, 6)) as columnstore_indexes,
  (select count(*) from sys.columns as c where c.object_id = t.object_id and c.is_sparse = 1) as sparse_columns,
  (select count(*) from sys.columns as c where c.object_id = t.object_id and c.is_computed = 1) as computed_columns
from (values
    (N'sales', N'customer')
  ) as wanted (schema_name, table_name)
left join sys.schemas as s on s.name = wanted.schema_name
left join sys.tables as t on t.schema_id = s.schema_id and t.name = wanted.table_name
order by wanted.schema_name, wanted.table_name;

-- Full recovery model and a full backup
use [master];
alter database [shop] set recovery full;
backup database [shop] to disk = N'<path of the backup file>';
-- Check
select d.recovery_model_desc, r.last_log_backup_lsn
from sys.databases as d
left join sys.database_recovery_status as r on r.database_id = d.database_id
where d.name = N'shop';

-- No feature of the database that DMS cannot follow
use [master];
alter database [shop] set accelerated_database_recovery = off;
alter database [shop] set delayed_durability = disabled;
-- Check
select d.is_accelerated_database_recovery_on, d.delayed_durability_desc
from sys.databases as d
where d.name = N'shop';

-- Large values that applications can still write
exec sys.sp_configure N'max text repl size', -1;
reconfigure;
-- Check
select value_in_use from sys.configurations where name = N'max text repl size (B)';

-- A distributor
use [master];
if not exists (select 1 from sys.servers where is_distributor = 1)
begin
  declare @server sysname = @@servername;
  exec sp_adddistributor @distributor = @server;
  exec sp_adddistributiondb @database = N'distribution', @security_mode = 1;
  exec sp_adddistpublisher @publisher = @server, @distribution_db = N'distribution', @security_mode = 1;
end;
-- Check
exec sp_get_distributor;

-- The database may be published
use [master];
exec sp_replicationdboption @dbname = N'shop', @optname = N'publish', @value = N'true';
-- Check
select name, is_published from sys.databases where name = N'shop';

-- SQL Server Agent running
-- Check
select servicename, startup_type_desc, status_desc
from sys.dm_server_services
where servicename like N'SQL Server Agent%';

-- MS-CDC for tables without a primary key
use [shop];
if exists (
  select 1
  from sys.tables as t
  where t.object_id in (
    object_id(N'[sales].[customer]')
  )
    and objectproperty(t.object_id, N'TableHasPrimaryKey') = 0
) and (select is_cdc_enabled from sys.databases where database_id = db_id()) = 0
  exec sys.sp_cdc_enable_db;
if exists (select 1 from sys.tables where object_id = object_id(N'[sales].[customer]') and is_tracked_by_cdc = 0 and objectproperty(object_id, N'TableHasPrimaryKey') = 0)
  exec sys.sp_cdc_enable_table @source_schema = N'sales', @source_name = N'customer', @role_name = null;
-- Check
use [shop];
select schema_name(t.schema_id) as schema_name, t.name as table_name, t.is_tracked_by_cdc
from sys.tables as t
where t.object_id in (
  object_id(N'[sales].[customer]')
)
  and objectproperty(t.object_id, N'TableHasPrimaryKey') = 0;
