import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** What one file takes from elsewhere. */
export interface ImportLine {
  /** Path from the root of the repository. */
  readonly file: string;
  /** A path from the root of the repository, or the name of a package or of a part of Node. */
  readonly to: string;
  /** True when `to` is a path. */
  readonly inside: boolean;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
}

const STATIC = /^\s*(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s+'([^']+)'/gm;
const BARE = /^\s*import\s+'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;

/** The import lines of a source text. */
export function readImports(file: string, text: string): ImportLine[] {
  const line = (name: string, typeOnly: boolean): ImportLine => {
    const inside = name.startsWith('.');
    return { file, to: inside ? posix.join(posix.dirname(file), name) : name, inside, typeOnly };
  };
  return [
    ...[...text.matchAll(STATIC)].map(([, type, name]) => line(name!, type !== undefined)),
    ...[...text.matchAll(BARE)].map(([, name]) => line(name!, false)),
    ...[...text.matchAll(DYNAMIC)].map(([, name]) => line(name!, false)),
  ];
}

/** The import lines of every source file below these folders. */
export function readAllImports(root: string, folders: readonly string[]): ImportLine[] {
  return sourceFiles(root, folders).flatMap((file) =>
    readImports(file, readFileSync(join(root, file), 'utf8')),
  );
}

/** Every source file below these folders, as paths from the root. A folder that is not there has none. */
export function sourceFiles(root: string, folders: readonly string[]): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        posix.join(folder, path.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .sort();
}
