alter table `lake`.`main`.`customer` add columns (`score` double);

alter table `lake`.`main`.`customer` alter column `id` type bigint;

create view if not exists `lake`.`main`.`customer_versions` as
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

alter view `lake`.`main`.`customer_versions` as
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
