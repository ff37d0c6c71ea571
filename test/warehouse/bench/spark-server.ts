import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installation } from './install.ts';
import { sparkArguments } from './spark-arguments.ts';

/** The path at which Spark and the bridge answer Thrift; its last part is the warehouse's id. */
export const WAREHOUSE_ID = 'local';
export const HTTP_PATH = `/sql/1.0/warehouses/${WAREHOUSE_ID}`;

/** A running Spark Thrift server. */
export interface SparkServer {
  readonly port: number;
  readonly dir: string;
  readonly logFile: string;
  /** Process id of the group's leader while the server runs. */
  readonly pid: () => number;
  /** Kills it, statements under way and all. Safe to call twice. */
  stop(): Promise<void>;
  /** Kills it and starts it again on the same port and folder. Tables are found again only where `durable`. */
  restart(): Promise<void>;
}

export interface SparkServerOptions {
  /** Folder for data, logs and temporary files. Made if need be, never removed here. */
  readonly dir: string;
  /** Keep the catalog on disk (Derby), so that a restart finds the tables again. @default false */
  readonly durable?: boolean;
  /** Largest heap of the server, in MB. @default 3072 */
  readonly memoryMb?: number;
  /** Set for measurements: many rows, long runs, a late start, instead of for tests. @default false */
  readonly optimised?: boolean;
}

const START_TIMEOUT_MS = 180_000;
const POLL_MS = 100;

/** Starts Spark with Delta behind its Thrift server on loopback and waits until it answers. */
export async function startSparkServer(options: SparkServerOptions): Promise<SparkServer> {
  const { dir } = options;
  const port = await freePort();
  const logFile = join(dir, 'spark.log');
  for (const name of ['warehouse', 'local', 'tmp']) await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, 'log4j2.properties'), LOG_SETTINGS);

  const launch = () => launchSpark(options, port, logFile);
  let child = await launch();
  const stop = () => killGroup(child);
  const restart = async () => {
    await stop();
    child = await launch();
  };
  return { port, dir, logFile, pid: () => child.pid ?? 0, stop, restart };
}

async function launchSpark(
  options: SparkServerOptions,
  port: number,
  logFile: string,
): Promise<ChildProcess> {
  const { sparkHome, deltaJars } = installation();
  const args = sparkArguments({
    dir: options.dir,
    deltaJars,
    port,
    httpPath: HTTP_PATH,
    durable: options.durable ?? false,
    memoryMb: options.memoryMb ?? 3072,
    optimised: options.optimised ?? false,
  });
  const log = openSync(logFile, 'a');
  const child = spawn('sh', ['-c', END_WITH_PARENT, 'sh', join(sparkHome, 'bin', 'spark-submit'), ...args], {
    cwd: options.dir,
    detached: true,
    stdio: ['pipe', log, log],
    env: {
      ...process.env,
      SPARK_HOME: sparkHome,
      SPARK_LOCAL_IP: '127.0.0.1',
      SPARK_LOCAL_DIRS: join(options.dir, 'local'),
      SPARK_CONF_DIR: options.dir,
    },
  });
  closeSync(log);
  child.stdin?.on('error', () => {});
  await once(child, 'spawn');
  await waitUntilAnswers(child, port, logFile);
  return child;
}

/**
 * Runs Spark until it ends, or until the pipe to us closes: also a killed test run leaves no server behind. (A
 * background job of a plain shell has no stdin of its own, hence the third descriptor.)
 */
const END_WITH_PARENT = `exec 3<&0
"$@" </dev/null &
server=$!
(cat <&3 >/dev/null; kill -9 $server 2>/dev/null) &
watcher=$!
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status`;

async function waitUntilAnswers(child: ChildProcess, port: number, logFile: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`Spark ended while starting. The end of ${logFile}:\n${await endOf(logFile)}`);
    }
    const answered = await fetch(`http://127.0.0.1:${port}${HTTP_PATH}`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await sleep(POLL_MS);
  }
  await killGroup(child);
  throw new Error(
    `Spark did not answer in ${START_TIMEOUT_MS} ms. The end of ${logFile}:\n${await endOf(logFile)}`,
  );
}

async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    return;
  }
  await ended;
}

async function endOf(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.slice(-3_000);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port on loopback.');
  return address.port;
}

const LOG_SETTINGS = `rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss.SSS} %p %c{1}: %m%n%ex{20}
`;
