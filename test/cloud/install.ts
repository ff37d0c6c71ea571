import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runProgram } from '../warehouse/bench/run-program.ts';

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

const SCRIPTS = process.platform === 'win32' ? 'Scripts' : 'bin';

/** Version of moto that the tests were written against. */
export function motoVersion(): string {
  return /^moto\[server\]==(\S+)$/m.exec(readFileSync(REQUIREMENTS, 'utf8'))?.[1] ?? '';
}

/** Folder of the installation: `TIDEMARK_CLOUD_DIR`, or one in the user's cache named after the version. */
export function installDir(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return process.env.TIDEMARK_CLOUD_DIR || join(cache, 'tidemark', `cloud-moto-${motoVersion()}`);
}

/** The installed `moto_server`, or null. A killed `install` leaves none. */
export function installedMoto(dir = installDir()): string | null {
  return existsSync(join(dir, COMPLETE)) ? join(dir, SCRIPTS, 'moto_server') : null;
}

/**
 * Fetches moto (by pip, about 100 MB to fetch) into a Python environment of its own. One already there is left alone.
 * Throws when Python 3 is missing or pip fails, with what it said.
 */
export async function install(dir = installDir(), log: (line: string) => void = () => {}): Promise<void> {
  if (installedMoto(dir) !== null) return;
  // Programs of an environment know their folder, so it is made where it stays and marked when it is whole.
  await rm(dir, { recursive: true, force: true });
  await mkdir(dirname(dir), { recursive: true });
  await makeEnvironment(dir);
  log(`Fetching moto ${motoVersion()} ...`);
  const flags = ['--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS];
  await must(join(dir, SCRIPTS, 'python'), ['-m', 'pip', 'install', ...flags], 'fetch moto');
  await writeFile(join(dir, COMPLETE), '');
}

const COMPLETE = 'complete';

async function makeEnvironment(dir: string): Promise<void> {
  for (const python of ['python3', 'python']) {
    const { status, output } = await runProgram(python, ['-m', 'venv', dir]);
    if (status === 0) return;
    if (status !== null) throw new Error(`Could not make a Python environment in ${dir}:\n${output}`);
  }
  throw new Error(
    'Installing moto needs Python 3 with venv: neither python3 nor python did run. Install it.',
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
