select cast(count(*) as string),
  max(sha2(cast(`Op` as string), 256)),
  max(sha2(cast(`ID` as string), 256)),
  max(sha2(cast(`name` as string), 256)),
  max(sha2(cast(`tx_commit_time` as string), 256)),
  max(sha2(cast(`change_seq` as string), 256))
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
);
