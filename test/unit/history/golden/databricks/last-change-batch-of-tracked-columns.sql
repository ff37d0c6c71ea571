merge into `lake`.`main`.`customer` as h
using (
  select `id`, `name`, `score`, `__write`, `__time`, `__seq`,
    case when `__write` = 'insert' then null else `__latest_date` end as `__match_date`,
    case when `__write` = 'insert' then null else `__latest_seq` end as `__match_seq`,
    `__write` = 'close' or `__decision` = 'tombstone' as `__ends`,
    `__write` = 'close' and `__decision` = 'replace' as `__succeeded`
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
  ),
  deduplicated as (
    select `id`, `name`, `score`, `__op`, `__time`, `__seq`
    from (
      select *, row_number() over (
        partition by `id`
        order by `__time` desc, `__seq` desc, case when `__op` = 'D' then 0 else 1 end, `name` desc nulls last, `score` + 0 desc nulls last
      ) as `__rank`
      from changes
    ) ranked
    where `__rank` = 1
  ),
  compared as (
    select d.`id`, d.`name`, d.`score`, d.`__op`, d.`__time`, d.`__seq`,
      h.`effective_date` as `__latest_date`, h.`effective_seq` as `__latest_seq`,
      case
        when h.`current` is null and d.`__op` = 'D' then 'tombstone'
        when h.`current` is null then 'open'
        when (d.`__time` < h.`seen_date` or (d.`__time` = h.`seen_date` and d.`__seq` <= h.`seen_seq`)) then 'stale'
        when d.`__op` = 'D' and h.`current` then 'close'
        when d.`__op` = 'D' then 'seen'
        when not h.`current` then 'open'
        when (not (d.`name` <=> h.`name`)) then 'replace'
        when (not (d.`score` <=> h.`score`)) then 'update'
        else 'seen'
      end as `__decision`,
      row_number() over (partition by d.`id` order by h.`effective_date` desc nulls last, h.`effective_seq` desc nulls last) as `__rank`
    from deduplicated as d
    left join `lake`.`main`.`customer` as h on d.`id` = h.`id`
  )
  select `id`, `name`, `score`, `__op`, `__time`, `__seq`, `__latest_date`, `__latest_seq`, `__decision`
  from compared
  where `__rank` = 1
  ) `__decided` lateral view explode(case `__decision` when 'replace' then array('close', 'insert') when 'open' then array('insert') when 'tombstone' then array('insert') when 'close' then array('close') when 'update' then array('rewrite') else array('touch') end) __exploded as `__write`
  where `__decision` <> 'stale'
) as s
on h.`id` = s.`id`
  and h.`effective_date` = s.`__match_date`
  and h.`effective_seq` = s.`__match_seq`
when matched and s.`__write` = 'close' then update set
  `current` = not s.`__ends`,
  `end_date` = case when s.`__ends` then s.`__time` end,
  `end_seq` = case when s.`__ends` then s.`__seq` end,
  `seen_date` = coalesce(case when not s.`__succeeded` then s.`__time` end, h.`seen_date`),
  `seen_seq` = coalesce(case when not s.`__succeeded` then s.`__seq` end, h.`seen_seq`),
  `batch_id` = case when not (h.`end_date` <=> case when s.`__ends` then s.`__time` end) or s.`__write` = 'rewrite' then 7 else h.`batch_id` end
when matched and s.`__write` = 'rewrite' then update set
  `name` = s.`name`,
  `score` = s.`score`,
  `current` = not s.`__ends`,
  `end_date` = case when s.`__ends` then s.`__time` end,
  `end_seq` = case when s.`__ends` then s.`__seq` end,
  `seen_date` = coalesce(case when not s.`__succeeded` then s.`__time` end, h.`seen_date`),
  `seen_seq` = coalesce(case when not s.`__succeeded` then s.`__seq` end, h.`seen_seq`),
  `batch_id` = case when not (h.`end_date` <=> case when s.`__ends` then s.`__time` end) or s.`__write` = 'rewrite' then 7 else h.`batch_id` end
when matched and s.`__write` = 'touch' then update set
  `seen_date` = case when not s.`__succeeded` then s.`__time` end,
  `seen_seq` = case when not s.`__succeeded` then s.`__seq` end
when not matched and s.`__write` = 'insert' then insert (`id`, `name`, `score`, `current`, `effective_date`, `end_date`, `effective_seq`, `end_seq`, `seen_date`, `seen_seq`, `batch_id`)
values (s.`id`, s.`name`, s.`score`, not s.`__ends`, s.`__time`, case when s.`__ends` then s.`__time` end, s.`__seq`, case when s.`__ends` then s.`__seq` end, case when not s.`__succeeded` then s.`__time` end, case when not s.`__succeeded` then s.`__seq` end, 7);
