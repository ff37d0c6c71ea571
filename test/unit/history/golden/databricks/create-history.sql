create table if not exists `lake`.`main`.`customer` (
  `id` int,
  `name` string,
  `score` double,
  `current` boolean comment 'True while this version has no end',
  `effective_date` timestamp comment 'When this version began, inclusive',
  `end_date` timestamp comment 'When this version ended, exclusive; null while it is current',
  `effective_seq` string comment 'Order of its begin among changes of one commit',
  `end_seq` string comment 'Order of its end among changes of one commit',
  `seen_date` timestamp comment 'Newest change known of this version, if it said anything or not',
  `seen_seq` string comment 'Order of that change among changes of one commit',
  `batch_id` bigint comment 'Last batch that changed what this row shows'
)
using delta
cluster by (`id`)
comment 'History of dbo.customer (SCD type 2), kept by Tidemark'
tblproperties (
  'delta.enableDeletionVectors' = 'true',
  'delta.enableChangeDataFeed' = 'true',
  'delta.enableTypeWidening' = 'true',
  'delta.feature.timestampNtz' = 'supported'
);

create or replace view `lake`.`main`.`customer_versions` as
with visible as (
  select *
  from `lake`.`main`.`customer`
  where `end_date` is null or `end_date` > `effective_date`
),
marked as (
  select *, case when lag(`end_date`) over (partition by `id` order by `effective_date`, `effective_seq`) = `effective_date`
    and not (not (`name` <=> lag(`name`) over (partition by `id` order by `effective_date`, `effective_seq`)))
    and not (not (`score` <=> lag(`score`) over (partition by `id` order by `effective_date`, `effective_seq`))) then 0 else 1 end as `__starts`
  from visible
),
runs as (
  select *, sum(`__starts`) over (partition by `id` order by `effective_date`, `effective_seq` rows between unbounded preceding and current row) as `__run`
  from marked
),
merged as (
  select *, min(`effective_date`) over (partition by `id`, `__run`) as `__first_effective_date`,
    row_number() over (partition by `id`, `__run` order by `effective_date` desc, `effective_seq` desc) as `__rank`
  from runs
)
select `id`, `name`, `score`, `current`, `__first_effective_date` as `effective_date`, `end_date`
from merged
where `__rank` = 1;
