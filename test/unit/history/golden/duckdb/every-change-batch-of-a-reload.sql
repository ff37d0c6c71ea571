create or replace temp table "__tidemark_batch" as
with changes as (
  select
    "Op" as "__op",
    timestamptz '2026-02-01T00:00:00.000000Z' as "__time",
    '' as "__seq",
    true as "__reloaded",
    cast("id" as integer) as "id",
    "name",
    "score"
  from read_parquet([
    '/files/customer_incoming/LOAD00000001.parquet'
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
stored_events as (
  select "id",
    case when "__stored" = 'row' then "name" end as "name",
    case when "__stored" = 'row' then "score" end as "score",
    case when "__stored" = 'row' then 'U' else 'D' end as "__kind",
    case when "__stored" = 'end' then "end_date" else "effective_date" end as "__time",
    case when "__stored" = 'end' then "end_seq" else "effective_seq" end as "__seq",
    false as "__reloaded", "__stored",
    case when "__stored" = 'row' then "end_date" end as "__stored_end_date", case when "__stored" = 'row' then "end_seq" end as "__stored_end_seq",
    case when "__stored" = 'row' then "seen_date" end as "__stored_seen_date"
  from (
    select *, lead("effective_date") over (partition by "id" order by "effective_date", "effective_seq") as "__next_date",
      lead("effective_seq") over (partition by "id" order by "effective_date", "effective_seq") as "__next_seq"
    from "main"."customer" as h
    where exists (select 1 from changes as c where c."id" = h."id")
  ) "__linked" cross join unnest(case when "effective_date" = "end_date" and "effective_seq" = "end_seq" then ['tombstone'] when "end_date" is null or coalesce("end_date" = "__next_date" and "end_seq" = "__next_seq", false) then ['row'] else ['row', 'end'] end) as __exploded("__stored")
),
events as (
  select "id", "name", "score", "__kind", "__time", "__seq", "__reloaded", "__stored", "__stored_end_date", "__stored_end_seq", "__stored_seen_date", "__repeated"
  from (
    select *, row_number() over (partition by "id", "__time", "__seq" order by "__stored" nulls last) as "__rank",
      count(*) over (partition by "id", "__time", "__seq") > 1 as "__repeated"
    from (
      select "id", "name", "score", "__kind", "__time", "__seq", "__reloaded", "__stored", "__stored_end_date", "__stored_end_seq", "__stored_seen_date" from stored_events
      union all
      select "id", "name", "score", "__op" as "__kind", "__time", "__seq", "__reloaded",
        cast(null as varchar) as "__stored", cast(null as timestamptz) as "__stored_end_date", cast(null as varchar) as "__stored_end_seq",
        cast(null as timestamptz) as "__stored_seen_date"
      from incoming
    ) both_sides
  ) ranked
  where "__rank" = 1
),
confirmed as (
  select *
  from (
    select *, case when lead("__confirms") over (partition by "id" order by "__time", "__seq") then lead("__time") over (partition by "id" order by "__time", "__seq") end as "__confirmed_at"
    from (
      select *, "__reloaded" and "__stored" is null and coalesce(lag("__kind") over (partition by "id" order by "__time", "__seq") = 'U'
        and not ("name" is distinct from lag("name") over (partition by "id" order by "__time", "__seq"))
        and not ("score" is distinct from lag("score") over (partition by "id" order by "__time", "__seq")), false) as "__confirms"
      from events
    ) compared
  ) marked
  where not "__confirms"
),
sequenced as (
  select *, lag("__kind") over (partition by "id" order by "__time", "__seq") as "__previous_kind",
    lead("__time") over (partition by "id" order by "__time", "__seq") as "__end_date", lead("__seq") over (partition by "id" order by "__time", "__seq") as "__end_seq"
  from confirmed
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
from sequenced;

merge into "main"."customer" as h
using (
  select "id", "name", "score", "__decision" as "__write", "__time", "__seq",
    case when "__decision" = 'insert' then null else "__time" end as "__match_date",
    case when "__decision" = 'insert' then null else "__seq" end as "__match_seq",
    case when "__kind" = 'D' then "__time" else "__end_date" end as "__end_date",
    case when "__kind" = 'D' then "__seq" else "__end_seq" end as "__end_seq",
    coalesce(greatest("__confirmed_at", "__stored_seen_date"), "__time") as "__seen_date"
  from temp.main."__tidemark_batch" "__decided"
  where "__decision" <> 'keep'
) as s
on h."id" = s."id"
  and h."effective_date" = s."__match_date"
  and h."effective_seq" = s."__match_seq"
when matched and s."__write" = 'delete' then delete
when matched and s."__write" = 'close' then update set
  "current" = s."__end_date" is null,
  "end_date" = s."__end_date",
  "end_seq" = s."__end_seq",
  "seen_date" = coalesce(s."__seen_date", h."seen_date"),
  "seen_seq" = coalesce(case when s."__seen_date" = s."__time" then s."__seq" else '' end, h."seen_seq"),
  "batch_id" = case when h."end_date" is distinct from s."__end_date" or s."__write" = 'rewrite' then 7 else h."batch_id" end
when matched and s."__write" = 'touch' then update set
  "seen_date" = s."__seen_date",
  "seen_seq" = case when s."__seen_date" = s."__time" then s."__seq" else '' end
when not matched and s."__write" = 'insert' then insert ("id", "name", "score", "current", "effective_date", "end_date", "effective_seq", "end_seq", "seen_date", "seen_seq", "batch_id")
values (s."id", s."name", s."score", s."__end_date" is null, s."__time", s."__end_date", s."__seq", s."__end_seq", s."__seen_date", case when s."__seen_date" = s."__time" then s."__seq" else '' end, 7);

select 'opened', cast((select count(*) from temp.main."__tidemark_batch" where "__decision" = 'insert' and "__kind" = 'U') as varchar)
union all
select 'closed', cast((select count(*) from temp.main."__tidemark_batch" where "__decision" = 'close' and "__stored_end_date" is null and "__end_date" is not null) as varchar)
union all
select 'updated', cast((select count(*) from temp.main."__tidemark_batch" where "__decision" = 'close' and "__stored_end_date" is not null) as varchar)
union all
select 'tombstones', cast((select count(*) from temp.main."__tidemark_batch" where "__decision" = 'insert' and "__kind" = 'D') as varchar)
union all
select 'unchanged', cast((select count(*) from temp.main."__tidemark_batch" where "__repeated") + (select count(*) from temp.main."__tidemark_batch" where "__confirmed_at" is not null) as varchar)
union all
select 'stale', cast((select count(*) from temp.main."__tidemark_batch" where false) as varchar);

drop table if exists temp.main."__tidemark_batch";
