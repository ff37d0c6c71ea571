select cast(count(*) as varchar),
  max(sha256(cast("Op" as varchar))),
  max(sha256(cast("ID" as varchar))),
  max(sha256(cast("name" as varchar))),
  max(sha256(cast("tx_commit_time" as varchar))),
  max(sha256(cast("change_seq" as varchar)))
from read_parquet([
  '/files/customer_incoming/20260101-110000000.parquet'
], hive_partitioning = false);
