insert into "main"."customer" ("id", "name", "score", "current", "effective_date", "end_date", "effective_seq", "end_seq", "seen_date", "seen_seq", "batch_id")
select s."id", s."name", s."score", true, s."__time", cast(null as timestamptz), s."__seq", cast(null as varchar), s."__time", s."__seq", cast(7 as bigint)
from (
  with changes as (
    select
      "Op" as "__op",
      cast("tx_commit_time" as timestamptz) as "__time",
      case when "change_seq" is null or "change_seq" = '' then '' else lpad("change_seq", 50, '0') end as "__seq",
      false as "__reloaded",
      cast("id" as integer) as "id",
      "name",
      "score"
    from read_parquet([
      '/files/customer_incoming/20260101-120000000.parquet'
    ], hive_partitioning = false)
  )
  select "id", "name", "score", "__time", "__seq"
  from (
    select *, row_number() over (
      partition by "id"
      order by "__time" desc, "__seq" desc, case when "__op" = 'D' then 0 else 1 end, "name" desc nulls last, "score" + 0 desc nulls last
    ) as "__rank"
    from changes
  ) ranked
  where "__rank" = 1
) as s
where not exists (select 1 from "main"."customer");
