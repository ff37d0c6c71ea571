merge into `lake`.`main`.`it's_"hostile"_[*]?` as h
using (
  select `it's "hostile" [*]?`, `__op`, `select`, `__write`, `__time`, `__seq`,
    case when `__write` = 'insert' then null else `__latest_date` end as `__match_date`,
    case when `__write` = 'insert' then null else `__latest_seq` end as `__match_seq`,
    `__write` = 'close' or `__decision` = 'tombstone' as `__ends`,
    `__write` = 'close' and `__decision` = 'replace' as `__succeeded`
  from (
  with changes as (
    select
      `Op` as `___op`,
      cast(`tx_commit_time` as timestamp) as `__time`,
      case when `change_seq` is null or `change_seq` = '' then '' else lpad(`change_seq`, 50, '0') end as `__seq`,
      false as `__reloaded`,
      `it's "hostile" [*]?`,
      `__op`,
      `select`
    from read_files(
      '/files/it\'s "hostile" \\[\\*\\]\\?_incoming/it\'s "hostile" \\[\\*\\]\\?.parquet',
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
    select `it's "hostile" [*]?`, `__op`, `select`, `___op`, `__time`, `__seq`
    from (
      select *, row_number() over (
        partition by `it's "hostile" [*]?`
        order by `__time` desc, `__seq` desc, case when `___op` = 'D' then 0 else 1 end, `__op` desc nulls last, `select` desc nulls last
      ) as `__rank`
      from changes
    ) ranked
    where `__rank` = 1
  ),
  compared as (
    select d.`it's "hostile" [*]?`, d.`__op`, d.`select`, d.`___op`, d.`__time`, d.`__seq`,
      h.`effective_date` as `__latest_date`, h.`effective_seq` as `__latest_seq`,
      case
        when h.`current` is null and d.`___op` = 'D' then 'tombstone'
        when h.`current` is null then 'open'
        when (d.`__time` < h.`seen_date` or (d.`__time` = h.`seen_date` and d.`__seq` <= h.`seen_seq`)) then 'stale'
        when d.`___op` = 'D' and h.`current` then 'close'
        when d.`___op` = 'D' then 'seen'
        when not h.`current` then 'open'
        when (not (d.`__op` <=> h.`__op`)
        or not (d.`select` <=> h.`select`)) then 'replace'
        else 'seen'
      end as `__decision`,
      row_number() over (partition by d.`it's "hostile" [*]?` order by h.`effective_date` desc nulls last, h.`effective_seq` desc nulls last) as `__rank`
    from deduplicated as d
    left join `lake`.`main`.`it's_"hostile"_[*]?` as h on d.`it's "hostile" [*]?` = h.`it's "hostile" [*]?`
  )
  select `it's "hostile" [*]?`, `__op`, `select`, `___op`, `__time`, `__seq`, `__latest_date`, `__latest_seq`, `__decision`
  from compared
  where `__rank` = 1
  ) `__decided` lateral view explode(case `__decision` when 'replace' then array('close', 'insert') when 'open' then array('insert') when 'tombstone' then array('insert') when 'close' then array('close') when 'update' then array('rewrite') else array('touch') end) __exploded as `__write`
  where `__decision` <> 'stale'
) as s
on h.`it's "hostile" [*]?` = s.`it's "hostile" [*]?`
  and h.`effective_date` = s.`__match_date`
  and h.`effective_seq` = s.`__match_seq`
when matched and s.`__write` = 'close' then update set
  `current` = not s.`__ends`,
  `end_date` = case when s.`__ends` then s.`__time` end,
  `end_seq` = case when s.`__ends` then s.`__seq` end,
  `seen_date` = coalesce(case when not s.`__succeeded` then s.`__time` end, h.`seen_date`),
  `seen_seq` = coalesce(case when not s.`__succeeded` then s.`__seq` end, h.`seen_seq`),
  `batch_id` = case when not (h.`end_date` <=> case when s.`__ends` then s.`__time` end) or s.`__write` = 'rewrite' then 7 else h.`batch_id` end
when matched and s.`__write` = 'touch' then update set
  `seen_date` = case when not s.`__succeeded` then s.`__time` end,
  `seen_seq` = case when not s.`__succeeded` then s.`__seq` end
when not matched and s.`__write` = 'insert' then insert (`it's "hostile" [*]?`, `__op`, `select`, `current`, `effective_date`, `end_date`, `effective_seq`, `end_seq`, `seen_date`, `seen_seq`, `batch_id`)
values (s.`it's "hostile" [*]?`, s.`__op`, s.`select`, not s.`__ends`, s.`__time`, case when s.`__ends` then s.`__time` end, s.`__seq`, case when s.`__ends` then s.`__seq` end, case when not s.`__succeeded` then s.`__time` end, case when not s.`__succeeded` then s.`__seq` end, 7);
