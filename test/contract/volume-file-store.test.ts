import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createVolumeFileStore } from '../../lib/storage/volume/volume-file-store.ts';
import { plainRestClient } from '../helpers/plain-rest-client.ts';
import { startFilesServer } from '../warehouse/bench/files-server.ts';
import { fileStoreContract } from './file-store-contract.ts';

const FOLDERS = {
  incoming: 'customer_incoming',
  processed: 'customer_processed',
  rejected: 'customer_rejected',
};

for (const [name, blockBytes, maxPageSize] of [
  ['volumes of a workspace', undefined, undefined],
  ['volumes of a workspace, files in blocks of three bytes, folders in pages of a hundred', 3, 100],
] as const) {
  fileStoreContract(name, async () => {
    const root = await mkdtemp(join(tmpdir(), "tidemark store's [*] "));
    const server = await startFilesServer({ maxPageSize });
    const volumes = '/Volumes/ma%in/cr m';
    server.files.mount(volumes, root);
    const rest = plainRestClient({ url: server.url, token: server.access.token });
    const store = createVolumeFileStore({ rest, volumes, folders: FOLDERS, blockBytes });
    return {
      store,
      seed: async (place, path, content) => {
        const absolute = join(root, FOLDERS[place], path);
        await mkdir(dirname(absolute), { recursive: true });
        await writeFile(absolute, content);
      },
      peek: (place, path) => readFile(join(root, FOLDERS[place], path), 'utf8').catch(() => null),
      dispose: async () => {
        await server.close();
        await rm(root, { recursive: true, force: true });
      },
    };
  });
}
