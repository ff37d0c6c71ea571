import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, type Program, startProgram } from '../helpers/program.ts';

/** The command, for `node`. */
export const PROGRAM = fileURLToPath(new URL('../../bin/tidemark.mjs', import.meta.url));

/** The change files other programs wrote. */
export const SAMPLES = fileURLToPath(new URL('../samples/', import.meta.url));

/** A folder with a configuration, where the real program runs. */
export interface Project {
  readonly dir: string;
  /** Runs the program to its end. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  /** Starts the program and leaves it running. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Program;
  /** Puts sample files, without their ending, into a folder below the project. */
  put(folder: string, ...samples: readonly string[]): Promise<void>;
  /** Every file below a folder, `/`-separated, sorted. */
  files(folder: string): Promise<string[]>;
  remove(): Promise<void>;
}

/** Makes a project in a folder of its own. A `config` of null makes none. */
export async function createProject(config: string | null): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), 'tidemark-cli-'));
  if (config !== null) await writeFile(join(dir, 'tidemark.yaml'), config);
  const start: Project['start'] = (args, env = {}) => {
    const { NO_COLOR: _no, FORCE_COLOR: _force, TIDEMARK_CONFIG: _config, ...inherited } = process.env;
    return startProgram(process.execPath, [PROGRAM, ...args], { cwd: dir, env: { ...inherited, ...env } });
  };
  return {
    dir,
    start,
    run: (args, env) => start(args, env).ended,
    async put(folder, ...samples) {
      await mkdir(join(dir, folder), { recursive: true });
      for (const name of samples) {
        await cp(join(SAMPLES, `${name}.parquet`), join(dir, folder, `${name}.parquet`));
      }
    },
    async files(folder) {
      const entries = await readdir(join(dir, folder), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => relative(join(dir, folder), join(entry.parentPath, entry.name)).split(sep).join('/'))
        .sort();
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Lines of ndjson as objects. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
