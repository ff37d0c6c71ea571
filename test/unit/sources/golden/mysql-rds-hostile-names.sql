-- A binary log of whole rows
-- Check
show global variables where variable_name in ('log_bin', 'server_id', 'binlog_format', 'binlog_row_image', 'binlog_row_value_options', 'binlog_transaction_compression', 'log_bin_compress', 'binlog_checksum', 'log_slave_updates', 'log_replica_updates', 'aurora_enhanced_binlog', 'require_secure_transport');

-- A binary log that is kept for a day
call mysql.rds_set_configuration('binlog retention hours', 24);
-- Check
call mysql.rds_show_configuration;

-- A user for DMS that reads tables and the log
create user if not exists 'd`m''s'@'%' identified by '<password>';
grant replication client, replication slave on *.* to 'd`m''s'@'%';
grant select on `o'brien"s`.`cust]omer"; drop table x; --` to 'd`m''s'@'%';
grant select on `a.b`.`select` to 'd`m''s'@'%';
grant select on `Größe $sql$`.`back\slash ``tick`` $1 %s` to 'd`m''s'@'%';
-- Check
show grants for 'd`m''s'@'%';

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
  select 'o''brien"s' as db, 'cust]omer"; drop table x; --' as tab
  union all select 'a.b' as db, 'select' as tab
  union all select 'Größe $sql$' as db, 'back\\slash `tick` $1 %s' as tab
) as wanted
left join information_schema.tables as t on t.table_schema = wanted.db and t.table_name = wanted.tab
order by 1, 2;
