import { join } from 'node:path';

/** What the command line of the Spark Thrift server depends on. */
export interface SparkArguments {
  readonly dir: string;
  readonly deltaJars: string;
  readonly port: number;
  readonly httpPath: string;
  readonly durable: boolean;
  readonly memoryMb: number;
  /** Set for many rows and long runs, rather than to start soon. */
  readonly optimised: boolean;
}

/** Arguments of `spark-submit`. Pure. */
export function sparkArguments(options: SparkArguments): string[] {
  const settings = Object.entries(sparkSettings(options)).flatMap(([key, value]) => [
    '--conf',
    `${key}=${value}`,
  ]);
  const server = Object.entries(serverSettings(options)).flatMap(([key, value]) => [
    '--hiveconf',
    `${key}=${value}`,
  ]);
  const main = 'org.apache.spark.sql.hive.thriftserver.HiveThriftServer2';
  const memory = ['--driver-memory', `${options.memoryMb}m`];
  return ['--class', main, '--master', 'local[2]', ...memory, ...settings, 'spark-internal', ...server];
}

function sparkSettings({ dir, deltaJars, durable, optimised }: SparkArguments): Record<string, string> {
  return {
    'spark.driver.extraClassPath': join(deltaJars, '*'),
    'spark.driver.extraJavaOptions': javaOptions(dir),
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.sql.catalogImplementation': durable ? 'hive' : 'in-memory',
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.hadoop.javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${join(dir, 'catalog')};create=true`,
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.sql.session.timeZone': 'UTC',
    'spark.databricks.delta.snapshotPartitions': '1',
    // Without it parameters in a statement that Delta's own parser handles are not replaced (delta-io/delta#7640).
    'spark.sql.legacy.parameterSubstitution.constantsOnly': 'true',
    ...PARQUET_TYPES,
    ...(optimised ? LARGE_DATA : SMALL_DATA),
    ...PLAIN_FILES,
    ...NO_MEMORIES,
  };
}

/** Parquet types that Spark reads only where it is asked to. */
export const PARQUET_TYPES: Readonly<Record<string, string>> = {
  'spark.sql.timeType.enabled': 'true',
  'spark.sql.legacy.parquet.nanosAsLong': 'true',
};

/** Tests have few rows and many statements: what pays off only for many rows costs most of the time here. */
const SMALL_DATA: Readonly<Record<string, string>> = {
  'spark.sql.shuffle.partitions': '1',
  'spark.sql.adaptive.enabled': 'false',
  // Checks of Spark's own optimizer, after each of its rules.
  'spark.sql.lightweightPlanChangeValidation': 'false',
  // A class made, compiled and loaded for every expression of every statement is used for a handful of rows.
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
};

/**
 * Hadoop's usual ways with local files start a process for every mode they set and every link they look for: six for a
 * commit, two for a data file. These do not, and are safe within one server.
 */
const PLAIN_FILES: Readonly<Record<string, string>> = {
  'spark.hadoop.fs.file.impl': 'org.apache.hadoop.fs.RawLocalFileSystem',
  'spark.hadoop.fs.AbstractFileSystem.file.impl': 'org.apache.hadoop.fs.local.RawLocalFs',
  'spark.delta.logStore.file.impl': 'io.delta.storage.LocalLogStore',
  'spark.sql.streaming.checkpointFileManagerClass':
    'org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager',
};

/** Spark as it comes, with as many parts of a shuffle as there are cores. */
const LARGE_DATA: Readonly<Record<string, string>> = { 'spark.sql.shuffle.partitions': '2' };

/** Nobody looks at what is kept of statements that have ended. */
const NO_MEMORIES: Readonly<Record<string, string>> = {
  'spark.ui.retainedJobs': '1',
  'spark.ui.retainedStages': '1',
  'spark.ui.retainedTasks': '1',
  'spark.sql.ui.retainedExecutions': '1',
  'spark.sql.thriftserver.ui.retainedSessions': '1',
  'spark.sql.thriftserver.ui.retainedStatements': '1',
};

function javaOptions(dir: string): string {
  return [
    // Marking alongside takes a core away from two.
    '-XX:+UseParallelGC',
    `-Djava.io.tmpdir=${join(dir, 'tmp')}`,
    `-Dderby.system.home=${dir}`,
    // A killed server loses nothing by it, only a killed machine would.
    '-Dderby.system.durability=test',
    '-Duser.timezone=UTC',
  ].join(' ');
}

function serverSettings({ port, httpPath }: SparkArguments): Record<string, string> {
  return {
    'hive.server2.transport.mode': 'http',
    'hive.server2.thrift.bind.host': '127.0.0.1',
    'hive.server2.thrift.http.port': String(port),
    'hive.server2.thrift.http.path': httpPath.slice(1),
    'hive.server2.authentication': 'NOSASL',
  };
}
