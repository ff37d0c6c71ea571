-- A login for DMS that reads tables
use [master];
if suser_id(N'tidemark_dms') is null
  create login [tidemark_dms] with password = N'<password>';
grant view server state to [tidemark_dms];
use [shop];
if database_principal_id(N'tidemark_dms') is null
  create user [tidemark_dms] for login [tidemark_dms];
alter role [db_datareader] add member [tidemark_dms];
grant view database state to [tidemark_dms];
grant view definition to [tidemark_dms];
-- Check
use [shop];
execute as login = N'tidemark_dms';
select
  is_rolemember(N'db_datareader') as reads_tables,
  has_perms_by_name(null, null, N'VIEW SERVER STATE') as view_server_state,
  has_perms_by_name(db_name(), N'DATABASE', N'VIEW DATABASE STATE') as view_database_state,
  has_perms_by_name(db_name(), N'DATABASE', N'VIEW DEFINITION') as view_definition;
revert;

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
