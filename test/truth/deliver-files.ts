import { copyFile, mkdir, readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { cdcFileName, loadFileName } from '../../lib/dms-files/file-names.ts';
import { addSeconds } from '../../lib/instant.ts';
import type { Random } from './random.ts';

/** How files come to where they are ingested from. */
export interface DeliveryTrouble {
  /** One file in so many waits for a later delivery. */
  readonly keepOneIn: number;
  /** One in so many comes again, under a later name, by then or in a later delivery. */
  readonly repeatOneIn: number;
  /** Load files come again as well; not once a table is reloaded, when every load file is taken for a part of that. */
  readonly repeatLoads: boolean;
}

/** Brings the files that capture wrote to the folders that are ingested from. */
export interface Delivery {
  /** All that wait, in the order of their names. */
  deliver(): Promise<void>;
  /** Those of a load. What arrives of one after a reload has begun is taken for a part of that. */
  deliverLoads(): Promise<void>;
  /** Some, in any order. */
  deliverSome(trouble: DeliveryTrouble): Promise<void>;
}

const nameOf = (path: string): string => path.split('/')[1] ?? '';
const isLoad = (name: string): boolean => name.startsWith('LOAD');

/** @param folders names of the incoming folders, which are below both roots */
export function createDelivery(
  from: string,
  to: string,
  folders: readonly string[],
  random: Random,
): Delivery {
  let repeated = 0;
  const waiting = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const folder of folders) {
      const names = await readdir(join(from, folder)).catch(() => []);
      found.push(...names.filter((name) => !name.startsWith('.')).map((name) => join(folder, name)));
    }
    return found.sort();
  };
  const place = async (path: string): Promise<void> => {
    // What arrived when is told by the time of the file.
    await utimes(join(from, path), new Date(), new Date());
    await rename(join(from, path), join(to, path));
  };
  const repeat = async (path: string): Promise<void> => {
    repeated += 1;
    const [folder = '', name = ''] = path.split('/');
    const later = addSeconds('2100-01-01T00:00:00.000000Z', repeated);
    const again = isLoad(name) ? loadFileName(4096 + repeated) : cdcFileName(later);
    await copyFile(join(from, path), join(from, folder, again));
  };
  return {
    async deliver() {
      for (const folder of folders) await mkdir(join(to, folder), { recursive: true });
      for (const path of await waiting()) await place(path);
    },
    async deliverLoads() {
      for (const folder of folders) await mkdir(join(to, folder), { recursive: true });
      for (const path of await waiting()) if (isLoad(nameOf(path))) await place(path);
    },
    async deliverSome({ keepOneIn, repeatOneIn, repeatLoads }) {
      for (const folder of folders) await mkdir(join(to, folder), { recursive: true });
      for (const path of random.shuffled(await waiting())) {
        if (random.oneIn(keepOneIn)) continue;
        const mayRepeat = repeatLoads || !isLoad(nameOf(path));
        if (mayRepeat && random.oneIn(repeatOneIn)) await repeat(path);
        await place(path);
      }
    },
  };
}
