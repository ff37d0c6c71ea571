insert into `lake`.`main`.`customer` (`id`, `name`, `score`, `current`, `effective_date`, `end_date`, `effective_seq`, `end_seq`, `seen_date`, `seen_seq`, `batch_id`)
select s.`id`, s.`name`, s.`score`, s.`__end_date` is null, s.`__effective_date`, s.`__end_date`, s.`__effective_seq`, s.`__end_seq`, s.`__seen_date`, s.`__seen_seq`, cast(7 as bigint)
from (
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
  select `id`, `name`, `score`, `__time` as `__effective_date`, `__seq` as `__effective_seq`,
    cast(null as timestamp) as `__end_date`,
    cast(null as string) as `__end_seq`,
    `__time` as `__seen_date`, `__seq` as `__seen_seq`
  from (
    select *, row_number() over (
      partition by `id`
      order by `__time` desc, `__seq` desc, case when `__op` = 'D' then 0 else 1 end, `name` desc nulls last, `score` + 0 desc nulls last
    ) as `__rank`
    from changes
  ) ranked
  where `__rank` = 1
) as s
where not exists (select 1 from `lake`.`main`.`customer`);
