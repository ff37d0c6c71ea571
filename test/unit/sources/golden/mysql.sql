-- A binary log of whole rows
-- Check
show global variables where variable_name in ('log_bin', 'server_id', 'binlog_format', 'binlog_row_image', 'binlog_row_value_options', 'binlog_transaction_compression', 'log_bin_compress', 'binlog_checksum', 'log_slave_updates', 'log_replica_updates', 'aurora_enhanced_binlog', 'require_secure_transport');

-- A binary log that is kept for a day
-- Check
show global variables where variable_name in ('binlog_expire_logs_seconds', 'expire_logs_days');

-- A user for DMS that reads tables and the log
create user if not exists 'tidemark_dms'@'%' identified by '<password>' require ssl;
grant replication client, replication slave on *.* to 'tidemark_dms'@'%';
grant select on `sales`.`customer` to 'tidemark_dms'@'%';
-- Check
show grants for 'tidemark_dms'@'%';

-- Tables that DMS can copy
-- Check
select
  wanted.db as table_schema,
  wanted.tab as table_name,
  t.table_type,
  t.engine,
  (select count(*) from information_schema.table_constraints as c
    where c.table_schema = t.table_schema and c.table_name = t.table_name and c.constraint_type = 'PRIMARY KEY') as primary_keys,
  (select count(*) from information_schema.referential_constraints as r
    where r.constraint_schema = t.table_schema and r.table_name = t.table_name
      and (r.delete_rule in ('CASCADE', 'SET NULL') or r.update_rule in ('CASCADE', 'SET NULL'))) as cascading_keys,
  (select count(*) from information_schema.columns as c
    where c.table_schema = t.table_schema and c.table_name = t.table_name and c.generation_expression <> '') as generated_columns
from (
  select 'sales' as db, 'customer' as tab
) as wanted
left join information_schema.tables as t on t.table_schema = wanted.db and t.table_name = wanted.tab
order by 1, 2;
