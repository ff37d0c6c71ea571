insert into "main"."customer" ("id", "name", "score", "current", "effective_date", "end_date", "effective_seq", "end_seq", "seen_date", "seen_seq", "batch_id")
select s."id", s."name", s."score", s."__end_date" is null, s."__time", s."__end_date", s."__seq", s."__end_seq", s."__seen_date", case when s."__seen_date" = s."__time" then s."__seq" else '' end, cast(7 as bigint)
from (
  select "id", "name", "score", "__decision" as "__write", "__time", "__seq",
    case when "__decision" = 'insert' then null else "__time" end as "__match_date",
    case when "__decision" = 'insert' then null else "__seq" end as "__match_seq",
    case when "__kind" = 'D' then "__time" else "__end_date" end as "__end_date",
    case when "__kind" = 'D' then "__seq" else "__end_seq" end as "__end_seq",
    coalesce(greatest("__confirmed_at", "__stored_seen_date"), "__time") as "__seen_date"
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
  ),
  incoming as (
    select "id",
      case when "__op" = 'D' then null else "name" end as "name",
      case when "__op" = 'D' then null else "score" end as "score",
      case when "__op" = 'D' then 'D' else 'U' end as "__op", "__time", "__seq", "__reloaded"
    from (
      select *, row_number() over (
        partition by "id", "__time", "__seq"
        order by case when "__op" = 'D' then 0 else 1 end, "name" desc nulls last, "score" + 0 desc nulls last
      ) as "__rank"
      from changes
    ) ranked
    where "__rank" = 1
  ),
  events as (
    select "id", "name", "score", "__op" as "__kind", "__time", "__seq", "__reloaded",
      cast(null as varchar) as "__stored", cast(null as timestamptz) as "__stored_end_date", cast(null as varchar) as "__stored_end_seq",
      cast(null as timestamptz) as "__stored_seen_date", false as "__repeated"
    from incoming
  ),
  sequenced as (
    select *, lag("__kind") over (partition by "id" order by "__time", "__seq") as "__previous_kind",
      lead("__time") over (partition by "id" order by "__time", "__seq") as "__end_date", lead("__seq") over (partition by "id" order by "__time", "__seq") as "__end_seq"
      , cast(null as timestamptz) as "__confirmed_at"
    from events
  )
  select "id", "name", "score", "__kind", "__time", "__seq", "__stored", "__stored_end_date", "__confirmed_at", "__stored_seen_date", "__repeated",
    "__end_date", "__end_seq",
    case
      when "__kind" = 'U' and "__stored" is null then 'insert'
      when "__kind" = 'U' and ("__end_date" is distinct from "__stored_end_date" or "__end_seq" is distinct from "__stored_end_seq") then 'close'
      when "__kind" = 'U' and "__confirmed_at" > "__stored_seen_date" then 'touch'
      when "__kind" = 'U' then 'keep'
      when "__stored" = 'tombstone' and coalesce("__previous_kind", 'D') = 'U' then 'delete'
      when "__stored" = 'tombstone' or coalesce("__previous_kind", 'D') = 'U' then 'keep'
      else 'insert'
    end as "__decision"
  from sequenced
  ) "__decided"
  where "__decision" <> 'keep'
) as s
where not exists (select 1 from "main"."customer");
