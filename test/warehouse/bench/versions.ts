/** What the warehouse bench is made of. These versions go together; newer ones have no matching counterpart yet. */
export const SPARK_VERSION = '4.2.0';
export const DELTA_VERSION = '4.4.0';

/** Jars that Delta needs beside Spark's own, as `group:artifact:version`. Everything else comes with Spark. */
export const DELTA_JARS: readonly string[] = [
  `io.delta:delta-spark_4.2_2.13:${DELTA_VERSION}`,
  `io.delta:delta-storage:${DELTA_VERSION}`,
  `io.delta:delta-kernel-api:${DELTA_VERSION}`,
  `io.delta:delta-kernel-defaults:${DELTA_VERSION}`,
  `io.delta:delta-kernel-unitycatalog:${DELTA_VERSION}`,
  'io.unitycatalog:unitycatalog-client:0.6.0',
  'io.unitycatalog:unitycatalog-hadoop:0.6.0',
];
