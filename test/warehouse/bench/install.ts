import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findJava } from './java.ts';
import { runProgram } from './run-program.ts';
import { DELTA_JARS, DELTA_VERSION, SPARK_VERSION } from './versions.ts';

/** Where the parts of an installation are. */
export interface Installation {
  readonly sparkHome: string;
  /** Folder of Delta's jars. */
  readonly deltaJars: string;
}

/** Folder of the installation: `TIDEMARK_WAREHOUSE_DIR`, or one in the user's cache named after the versions. */
export function installDir(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const versions = `warehouse-spark-${SPARK_VERSION}-delta-${DELTA_VERSION}`;
  return process.env.TIDEMARK_WAREHOUSE_DIR || join(cache, 'tidemark', versions);
}

/** The parts of the installation, whether or not it is there. */
export function installation(dir = installDir()): Installation {
  return { sparkHome: join(dir, 'python', 'pyspark'), deltaJars: join(dir, 'delta') };
}

/** True when a whole installation of these versions is there. A killed `install` leaves none. */
export function isInstalled(dir = installDir()): boolean {
  return existsSync(join(dir, COMPLETE));
}

/** What keeps the bench from starting here, in words for a person; empty when nothing does. */
export async function missingParts(dir = installDir()): Promise<string[]> {
  const missing: string[] = [];
  if ((await findJava()) === null) missing.push('Java 17 or 21 (on the PATH or in JAVA_HOME)');
  if (!isInstalled(dir)) missing.push(`Spark ${SPARK_VERSION} with Delta ${DELTA_VERSION} in ${dir}`);
  return missing;
}

/**
 * Fetches Spark (by pip) and Delta (by mvn), about 500 MB, into `dir`. An installation already there is left alone.
 * Throws when a program is missing or fails, naming it; the folder is then as it was.
 */
export async function install(dir = installDir(), log: (line: string) => void = () => {}): Promise<void> {
  if (isInstalled(dir)) return;
  const python = await needProgram(['python3', 'python'], ['-m', 'pip', '--version'], 'Python 3 with pip');
  const maven = await needProgram(['mvn'], ['--version'], 'Maven (mvn)');
  if ((await findJava()) === null) throw new Error('The warehouse bench needs Java 17 or 21. Install one.');

  await removeLeftDrafts(dir);
  const draft = `${dir}.draft-${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    log(`Fetching Spark ${SPARK_VERSION} ...`);
    await fetchSpark(python, join(draft, 'python'));
    log(`Fetching Delta ${DELTA_VERSION} ...`);
    await fetchDelta(maven, draft);
    await writeFile(join(draft, COMPLETE), '');
    await publish(draft, dir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

const COMPLETE = 'complete';

async function fetchSpark(python: string, target: string): Promise<void> {
  const flags = ['--no-deps', '--no-compile', '--quiet', '--disable-pip-version-check'];
  const args = ['-m', 'pip', 'install', ...flags, '--target', target, `pyspark==${SPARK_VERSION}`];
  await must(python, args, `fetch pyspark ${SPARK_VERSION}`);
}

async function fetchDelta(maven: string, draft: string): Promise<void> {
  const pom = join(draft, 'pom.xml');
  await writeFile(pom, pomXml());
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const flags = ['-DexcludeTransitive=true', `-DoutputDirectory=${join(draft, 'delta')}`];
  await must(maven, ['-q', '-B', '-f', pom, goal, ...flags], 'fetch the Delta jars');
}

function pomXml(): string {
  const dependencies = DELTA_JARS.map((jar) => {
    const [group, artifact, version] = jar.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    '<groupId>tidemark</groupId><artifactId>warehouse-bench</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}

async function publish(draft: string, dir: string): Promise<void> {
  // An incomplete folder of this name was not made by us in one step, so it holds nothing worth keeping.
  if (!isInstalled(dir)) await rm(dir, { recursive: true, force: true });
  await rename(draft, dir).catch((error) => {
    // Somebody else installed the same versions meanwhile.
    if (!isInstalled(dir)) throw error;
  });
}

async function removeLeftDrafts(dir: string): Promise<void> {
  const parent = dirname(dir);
  const names = await readdir(parent).catch(() => []);
  for (const name of names) {
    const pid = name.startsWith(`${basename(dir)}.draft-`) ? Number(name.split('-').at(-1)) : Number.NaN;
    if (Number.isInteger(pid) && !isRunning(pid))
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function needProgram(
  names: readonly string[],
  probe: readonly string[],
  title: string,
): Promise<string> {
  for (const name of names) {
    if ((await runProgram(name, probe)).status === 0) return name;
  }
  throw new Error(
    `Installing the warehouse bench needs ${title}: ${names.join(' or ')} did not run. Install it.`,
  );
}

async function must(file: string, args: readonly string[], what: string): Promise<void> {
  const { status, output } = await runProgram(file, args);
  if (status !== 0) throw new Error(`Could not ${what}: ${file} ended with ${status}.\n${output}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await install(installDir(), (line) => console.log(line));
  console.log(`Installed in ${installDir()}`);
}
