import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLocalFileStore } from '../../lib/storage/local-file-store.ts';
import { fileStoreContract } from './file-store-contract.ts';

const FOLDERS = {
  incoming: 'customer_incoming',
  processed: 'customer_processed',
  rejected: 'customer_rejected',
};

/** The system call that another file system refuses. */
const refuseRename = async (): Promise<void> => {
  throw Object.assign(new Error('EXDEV: cross-device link not permitted'), { code: 'EXDEV' });
};

for (const [name, system] of [
  ['local folder', undefined],
  ['local folders on different file systems', { rename: refuseRename }],
] as const) {
  fileStoreContract(name, async () => {
    const root = await mkdtemp(join(tmpdir(), "tidemark store's [*] "));
    const store = createLocalFileStore({ root, folders: FOLDERS, system });
    return {
      store,
      seed: async (place, path, content) => {
        const absolute = join(root, FOLDERS[place], path);
        await mkdir(dirname(absolute), { recursive: true });
        await writeFile(absolute, content);
      },
      peek: (place, path) => readFile(join(root, FOLDERS[place], path), 'utf8').catch(() => null),
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  });
}
