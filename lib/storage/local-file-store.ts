import { mkdir, open, readFile, realpath, unlink, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { TerminalError } from '../errors.ts';
import type { FileStore, Place, StoredFile } from '../ports.ts';
import { writeDurably } from './durable-write.ts';
import { isNotFound, toFileError } from './file-error.ts';
import { READ_NOT_LINKS, readFileVersion } from './file-version.ts';
import { freeName } from './free-name.ts';
import { type MoveSystem, moveFile, REAL_SYSTEM } from './move-file.ts';
import { assertSafePath } from './safe-path.ts';
import { walkFiles } from './walk-files.ts';

/** Where the three folders of one table are. */
export interface LocalFileStoreOptions {
  /** Absolute. */
  readonly root: string;
  /** The folder by which the engine knows `root`, where it sees it under another name. Absolute. @default `root` */
  readonly engineRoot?: string;
  /** Folders below the root, for instance `customer_incoming`; they need not exist yet. */
  readonly folders: Readonly<Record<Place, string>>;
  /** Stands in for the operating system in tests. */
  readonly system?: MoveSystem;
}

/**
 * A file store on a local disk. A version is size and SHA-256 of the content. Below a place no symbolic link is
 * followed: a link is not listed and not read, and a path through a linked folder is refused (UNSAFE_PATH); the root
 * and the three folders themselves may be links. Files are never changed in place, and emptied folders stay.
 */
export function createLocalFileStore(options: LocalFileStoreOptions): FileStore {
  assertAbsolute('Storage root', options.root);
  if (options.engineRoot !== undefined) assertAbsolute("The engine's storage root", options.engineRoot);
  return new LocalFileStore(options);
}

class LocalFileStore implements FileStore {
  private readonly folders: Readonly<Record<Place, string>>;
  private readonly engineFolders: Readonly<Record<Place, string>>;
  private readonly system: MoveSystem;

  constructor({ root, engineRoot = root, folders, system = REAL_SYSTEM }: LocalFileStoreOptions) {
    this.folders = foldersBelow(root, folders);
    this.engineFolders = foldersBelow(engineRoot, folders);
    this.system = system;
  }

  async *list(place: Place): AsyncGenerator<StoredFile> {
    try {
      yield* walkFiles(this.folders[place]);
    } catch (error) {
      throw toFileError(error, 'list', this.folders[place]);
    }
  }

  async identify(place: Place, file: StoredFile): Promise<StoredFile> {
    return this.attempt('read', place, file.path, async (path) => ({
      ...file,
      ...(await readFileVersion(path)),
    }));
  }

  async readRange(place: Place, path: string, start: number, end: number): Promise<Uint8Array> {
    return this.attempt('read', place, path, async (absolute) => {
      const handle = await open(absolute, READ_NOT_LINKS);
      try {
        const { size } = await handle.stat();
        const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    });
  }

  async move(from: Place, file: StoredFile, to: Place, toPath: string): Promise<string> {
    const target = await this.resolve(to, toPath).catch((error: unknown) => {
      throw toFileError(error, 'move to', this.absolutePath(to, toPath));
    });
    const move = async (source: string): Promise<string> => {
      const candidate = (n: number): string => freeName(target, n);
      const n = await moveFile({ source, version: file.version, candidate }, this.system);
      return freeName(toPath, n);
    };
    return this.attempt('move', from, file.path, move, ` to ${target}`);
  }

  async put(place: Place, path: string, content: string): Promise<void> {
    await this.attempt('write', place, path, async (absolute) => {
      await mkdir(dirname(absolute), { recursive: true });
      await writeDurably(absolute, (temporary) => writeFile(temporary, content));
    });
  }

  async read(place: Place, path: string): Promise<string | null> {
    return this.attempt('read', place, path, (absolute) =>
      readFile(absolute, { encoding: 'utf8', flag: READ_NOT_LINKS }).catch(nullIfNotFound),
    );
  }

  async remove(place: Place, path: string): Promise<void> {
    await this.attempt('remove', place, path, (absolute) => unlink(absolute).catch(nullIfNotFound));
  }

  enginePath(place: Place, path: string): string {
    return join(this.engineFolders[place], assertSafePath(path));
  }

  location(place: Place): string {
    return this.folders[place];
  }

  private absolutePath(place: Place, path: string): string {
    return join(this.folders[place], assertSafePath(path));
  }

  private async attempt<T>(
    action: string,
    place: Place,
    path: string,
    work: (absolute: string) => Promise<T>,
    whereTo = '',
  ): Promise<T> {
    const absolute = this.absolutePath(place, path);
    try {
      return await work(await this.resolve(place, path));
    } catch (error) {
      throw toFileError(error, action, `${absolute}${whereTo}`);
    }
  }

  /** The absolute path, after making sure that no link on the way leads elsewhere. */
  private async resolve(place: Place, path: string): Promise<string> {
    const absolute = this.absolutePath(place, path);
    const folder = await realpath(this.folders[place]).catch(nullIfNotFound);
    if (folder === null) return absolute;
    for (let above = dirname(absolute); above !== this.folders[place]; above = dirname(above)) {
      const real = await realpath(above).catch(nullIfNotFound);
      if (real === null) continue;
      if (real === join(folder, relative(this.folders[place], above))) break;
      throw new TerminalError(
        'UNSAFE_PATH',
        `Path ${absolute} goes through a symbolic link. Put the files themselves below ${this.folders[place]}.`,
        { context: { path } },
      );
    }
    return absolute;
  }
}

function assertAbsolute(what: string, path: string): void {
  if (isAbsolute(path)) return;
  throw new TerminalError('UNSAFE_PATH', `${what} ${path} is not absolute. Give an absolute path.`);
}

function foldersBelow(root: string, folders: Readonly<Record<Place, string>>): Record<Place, string> {
  const locate = (place: Place): string => join(root, assertSafePath(folders[place]));
  return { incoming: locate('incoming'), processed: locate('processed'), rejected: locate('rejected') };
}

function nullIfNotFound(error: unknown): null {
  if (isNotFound(error)) return null;
  throw error;
}
