with changes as (
  select
    `Op` as `__op`,
    cast(`tx_commit_time` as timestamp) as `__time`,
    case when `change_seq` is null or `change_seq` = '' then '' else lpad(`change_seq`, 50, '0') end as `__seq`,
    false as `__reloaded`,
    cast(`id` as int) as `id`,
    `name`,
    `score`
  from read_files(
    '/files/customer_incoming/20260101-120000000.parquet',
    format => 'parquet',
    schemaEvolutionMode => 'none',
    mergeSchema => false,
    readerCaseSensitive => false,
    partitionColumns => '',
    useStrictGlobber => true,
    ignoreMissingFiles => false,
    ignoreCorruptFiles => false,
    datetimeRebaseMode => 'CORRECTED',
    int96RebaseMode => 'CORRECTED'
  )
)
select cast(coalesce(sum(`__repeats`), 0) as string), cast(count(*) as string), cast(coalesce(sum(`__rows`), 0) as string)
from (
  select `id`, sum(`__repeats`) as `__repeats`, sum(`__rows`) as `__rows`
  from (
    select `id`, case when count(*) > 1 then 1 else 0 end as `__repeats`, count(*) as `__rows`
    from changes
    group by `id`, `__time`, `__seq`
  ) claims
  group by `id`
) per_key;

with changes as (
  select
    `Op` as `__op`,
    cast(`tx_commit_time` as timestamp) as `__time`,
    case when `change_seq` is null or `change_seq` = '' then '' else lpad(`change_seq`, 50, '0') end as `__seq`,
    false as `__reloaded`,
    cast(`id` as int) as `id`,
    `name`,
    `score`
  from read_files(
    '/files/customer_incoming/20260101-120000000.parquet',
    format => 'parquet',
    schemaEvolutionMode => 'none',
    mergeSchema => false,
    readerCaseSensitive => false,
    partitionColumns => '',
    useStrictGlobber => true,
    ignoreMissingFiles => false,
    ignoreCorruptFiles => false,
    datetimeRebaseMode => 'CORRECTED',
    int96RebaseMode => 'CORRECTED'
  )
)
select cast(coalesce(sum(`__losers`), 0) as string)
from (
  select count(*) - 1 as `__losers`
  from (
    select distinct case when `__op` = 'D' then 'D' else 'U' end as `__op`, `id`, `__time`, `__seq`, `name`, `score`
    from changes
  ) different
  group by `id`, `__time`, `__seq`
  having count(*) > 1
) ambiguous;
