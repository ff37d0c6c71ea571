select cast(`__file` as string) as `file`,
  cast(count(*) as string) as `rows`,
  cast(coalesce(sum(case when `Op` = 'I' then 1 else 0 end), 0) as string) as `inserts`,
  cast(coalesce(sum(case when `Op` = 'U' then 1 else 0 end), 0) as string) as `updates`,
  cast(coalesce(sum(case when `Op` = 'D' then 1 else 0 end), 0) as string) as `deletes`,
  cast(coalesce(sum(case when `id` is null then 1 else 0 end), 0) as string) as `nullKeys`,
  cast(coalesce(sum(case when `Op` is null or `Op` not in ('I', 'U', 'D') then 1 else 0 end), 0) as string) as `badOps`,
  cast(coalesce(sum(case when `tx_commit_time` is null then 1 else 0 end), 0) as string) as `nullTimes`,
  cast(coalesce(sum(case when `__time` is null then 1 else 0 end), 0) as string) as `badTimes`,
  cast(coalesce(sum(case when length(`change_seq`) > 50 then 1 else 0 end), 0) as string) as `longSequences`,
  case when min(`__time`) >= timestamp '0001-01-01T00:00:00Z' then trim(leading '+' from date_format(min(`__time`), 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')) else format_string('%04d', 1 - year(min(`__time`))) || date_format(min(`__time`), '-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'') || ' BC' end as `firstCommit`,
  case when max(`__time`) >= timestamp '0001-01-01T00:00:00Z' then trim(leading '+' from date_format(max(`__time`), 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')) else format_string('%04d', 1 - year(max(`__time`))) || date_format(max(`__time`), '-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'') || ' BC' end as `lastCommit`,
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as string) as `keyChanges`,
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as string) as `uncastable13`
from (
  select *, case when `__any_time` between timestamp '0001-01-01T00:00:00.000000Z' and timestamp '9999-12-31T23:59:59.999999Z' then `__any_time` end as `__time`
  from (
    select *, case when `tx_commit_time` rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?\\z' then try_cast(`tx_commit_time` as timestamp) end as `__any_time`
    from (
      select *, regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^[a-z]+:/+', '/') as `__file`
      from read_files(
        '/files/customer_incoming/20260101-110000000.parquet',
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
  ) as read_rows
) as timed
group by `__file`
union all
select cast(`__file` as string) as `file`,
  cast(count(*) as string) as `rows`,
  cast(coalesce(sum(case when `Op` = 'I' then 1 else 0 end), 0) as string) as `inserts`,
  cast(coalesce(sum(case when `Op` = 'U' then 1 else 0 end), 0) as string) as `updates`,
  cast(coalesce(sum(case when `Op` = 'D' then 1 else 0 end), 0) as string) as `deletes`,
  cast(coalesce(sum(case when `id` is null then 1 else 0 end), 0) as string) as `nullKeys`,
  cast(coalesce(sum(case when `Op` is null or `Op` not in ('I', 'U', 'D') then 1 else 0 end), 0) as string) as `badOps`,
  cast(coalesce(sum(case when `tx_commit_time` is null then 1 else 0 end), 0) as string) as `nullTimes`,
  cast(coalesce(sum(case when `__time` is null then 1 else 0 end), 0) as string) as `badTimes`,
  cast(coalesce(sum(case when length(`change_seq`) > 50 then 1 else 0 end), 0) as string) as `longSequences`,
  case when min(`__time`) >= timestamp '0001-01-01T00:00:00Z' then trim(leading '+' from date_format(min(`__time`), 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')) else format_string('%04d', 1 - year(min(`__time`))) || date_format(min(`__time`), '-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'') || ' BC' end as `firstCommit`,
  case when max(`__time`) >= timestamp '0001-01-01T00:00:00Z' then trim(leading '+' from date_format(max(`__time`), 'yyyy-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'')) else format_string('%04d', 1 - year(max(`__time`))) || date_format(max(`__time`), '-MM-dd\'T\'HH:mm:ss.SSSSSS\'Z\'') || ' BC' end as `lastCommit`,
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as string) as `keyChanges`,
  cast(coalesce(sum(case when (`score` is not null and (not `score` rlike '^(?:[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?|[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?|[+-]?[nN][aA][nN])\\z' or (coalesce(abs(try_cast(`score` as double)) = double('Infinity'), false) and not `score` rlike '^(?:[+-]?[iI][nN][fF]([iI][nN][iI][tT][yY])?)\\z') or try_cast(`score` as double) is null)) then 1 else 0 end), 0) as string) as `uncastable13`
from (
  select *, case when `__any_time` between timestamp '0001-01-01T00:00:00.000000Z' and timestamp '9999-12-31T23:59:59.999999Z' then `__any_time` end as `__time`
  from (
    select *, case when `tx_commit_time` rlike '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?\\z' then try_cast(`tx_commit_time` as timestamp) end as `__any_time`
    from (
      select *, regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^[a-z]+:/+', '/') as `__file`
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
  ) as read_rows
) as timed
group by `__file`;
