import { isAbsolute, join, relative, resolve } from 'node:path';

/** How to get at the shop from the folder that the demo was run in. */
export interface Shell {
  /** What to type first, or null where commands name the configuration themselves. */
  readonly enter: string | null;
  /** A command line of tidemark's. */
  command(args: string): string;
  /** How to write the path of something in the shop's folder. */
  path(name: string): string;
}

/**
 * Inside the current folder one walks into the shop, and commands are short. `npx` does not find tidemark from anywhere
 * else, so a shop elsewhere is named in each command.
 */
export function createShell(dir: string, cwd = process.cwd()): Shell {
  const path = relative(cwd, resolve(cwd, dir));
  const inside = path !== '' && !path.startsWith('..') && !isAbsolute(path);
  if (inside) {
    return { enter: `cd ${quote(path)}`, command: (args) => `npx tidemark ${args}`, path: quote };
  }
  const below = (name: string): string => quote(join(dir, name));
  return {
    enter: null,
    command: (args) => `npx tidemark ${args} -c ${below('tidemark.yaml')}`,
    path: below,
  };
}

const quote = (path: string): string => (/^[\w./@:+\\-]+$/.test(path) ? path : JSON.stringify(path));
