select cast("__file" as varchar) as "file",
  cast(count(*) as varchar) as "rows",
  cast(coalesce(sum(case when "Op" = 'I' then 1 else 0 end), 0) as varchar) as "inserts",
  cast(coalesce(sum(case when "Op" = 'U' then 1 else 0 end), 0) as varchar) as "updates",
  cast(coalesce(sum(case when "Op" = 'D' then 1 else 0 end), 0) as varchar) as "deletes",
  cast(coalesce(sum(case when "id" is null then 1 else 0 end), 0) as varchar) as "nullKeys",
  cast(coalesce(sum(case when "Op" is null or "Op" not in ('I', 'U', 'D') then 1 else 0 end), 0) as varchar) as "badOps",
  cast(coalesce(sum(case when "tx_commit_time" is null then 1 else 0 end), 0) as varchar) as "nullTimes",
  cast(coalesce(sum(case when "__time" is null then 1 else 0 end), 0) as varchar) as "badTimes",
  cast(coalesce(sum(case when length("change_seq") > 50 then 1 else 0 end), 0) as varchar) as "longSequences",
  case when not isfinite(min("__time")) then cast(min("__time") as varchar) when min("__time") >= timestamptz '0001-01-01' then strftime(make_timestamp(epoch_us(min("__time"))), '%Y-%m-%dT%H:%M:%S.%fZ') else format('{:04d}', 1 - year(make_timestamp(epoch_us(min("__time"))))) || strftime(make_timestamp(epoch_us(min("__time"))), '-%m-%dT%H:%M:%S.%fZ BC') end as "firstCommit",
  case when not isfinite(max("__time")) then cast(max("__time") as varchar) when max("__time") >= timestamptz '0001-01-01' then strftime(make_timestamp(epoch_us(max("__time"))), '%Y-%m-%dT%H:%M:%S.%fZ') else format('{:04d}', 1 - year(make_timestamp(epoch_us(max("__time"))))) || strftime(make_timestamp(epoch_us(max("__time"))), '-%m-%dT%H:%M:%S.%fZ BC') end as "lastCommit",
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as varchar) as "keyChanges",
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as varchar) as "uncastable13"
from (
  select *, case when "__any_time" between timestamptz '0001-01-01T00:00:00.000000Z' and timestamptz '9999-12-31T23:59:59.999999Z' then "__any_time" end as "__time"
  from (
    select *, case when regexp_matches("tx_commit_time", '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$') then try_cast("tx_commit_time" as timestamptz) end as "__any_time"
    from read_parquet([
      '/files/customer_incoming/20260101-110000000.parquet'
    ], filename = '__file', hive_partitioning = false)
  ) as read_rows
) as timed
group by "__file"
union all
select cast("__file" as varchar) as "file",
  cast(count(*) as varchar) as "rows",
  cast(coalesce(sum(case when "Op" = 'I' then 1 else 0 end), 0) as varchar) as "inserts",
  cast(coalesce(sum(case when "Op" = 'U' then 1 else 0 end), 0) as varchar) as "updates",
  cast(coalesce(sum(case when "Op" = 'D' then 1 else 0 end), 0) as varchar) as "deletes",
  cast(coalesce(sum(case when "id" is null then 1 else 0 end), 0) as varchar) as "nullKeys",
  cast(coalesce(sum(case when "Op" is null or "Op" not in ('I', 'U', 'D') then 1 else 0 end), 0) as varchar) as "badOps",
  cast(coalesce(sum(case when "tx_commit_time" is null then 1 else 0 end), 0) as varchar) as "nullTimes",
  cast(coalesce(sum(case when "__time" is null then 1 else 0 end), 0) as varchar) as "badTimes",
  cast(coalesce(sum(case when length("change_seq") > 50 then 1 else 0 end), 0) as varchar) as "longSequences",
  case when not isfinite(min("__time")) then cast(min("__time") as varchar) when min("__time") >= timestamptz '0001-01-01' then strftime(make_timestamp(epoch_us(min("__time"))), '%Y-%m-%dT%H:%M:%S.%fZ') else format('{:04d}', 1 - year(make_timestamp(epoch_us(min("__time"))))) || strftime(make_timestamp(epoch_us(min("__time"))), '-%m-%dT%H:%M:%S.%fZ BC') end as "firstCommit",
  case when not isfinite(max("__time")) then cast(max("__time") as varchar) when max("__time") >= timestamptz '0001-01-01' then strftime(make_timestamp(epoch_us(max("__time"))), '%Y-%m-%dT%H:%M:%S.%fZ') else format('{:04d}', 1 - year(make_timestamp(epoch_us(max("__time"))))) || strftime(make_timestamp(epoch_us(max("__time"))), '-%m-%dT%H:%M:%S.%fZ BC') end as "lastCommit",
  cast(coalesce(sum(case when false then 1 else 0 end), 0) as varchar) as "keyChanges",
  cast(coalesce(sum(case when ("score" is not null and ((coalesce(isinf(try_cast("score" as double)), false) and not regexp_matches("score", '[iI][nN][fF]')) or try_cast("score" as double) is null)) then 1 else 0 end), 0) as varchar) as "uncastable13"
from (
  select *, case when "__any_time" between timestamptz '0001-01-01T00:00:00.000000Z' and timestamptz '9999-12-31T23:59:59.999999Z' then "__any_time" end as "__time"
  from (
    select *, case when regexp_matches("tx_commit_time", '^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?$') then try_cast("tx_commit_time" as timestamptz) end as "__any_time"
    from read_parquet([
      '/files/customer_incoming/20260101-120000000.parquet'
    ], filename = '__file', hive_partitioning = false)
  ) as read_rows
) as timed
group by "__file";
