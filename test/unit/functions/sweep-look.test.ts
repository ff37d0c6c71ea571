import { describe, expect, it } from 'vitest';
import { lookAtIncoming, OVERDUE_KEPT } from '../../../lib/functions/sweep-look.ts';
import { addSeconds } from '../../../lib/instant.ts';
import type { FileStore, StoredFile } from '../../../lib/ports.ts';

const START = '2026-05-01T12:00:00.000000Z';

/** As many files, one a second, made while they are listed. */
function folderOf(files: number): Pick<FileStore, 'list'> & { listed: () => number } {
  let listed = 0;
  return {
    listed: () => listed,
    async *list() {
      for (; listed < files; listed += 1) {
        const path = `${String(listed).padStart(7, '0')}.parquet`;
        yield { path, size: 1, version: '1', arrivedAt: addSeconds(START, listed) } satisfies StoredFile;
      }
    },
  };
}

describe('lookAtIncoming', () => {
  it('counts ten thousand files and remembers the names of few', async () => {
    const bounds = { overdueBefore: addSeconds(START, 9000), mayGoOn: () => true };

    const look = await lookAtIncoming('t', folderOf(10_000), bounds);

    expect({ ...look, overdue: look.overdue.length }).toEqual({
      table: 't',
      files: 10_000,
      oldestAt: START,
      overdueFiles: 9000,
      overdue: OVERDUE_KEPT,
      newestOverdueAt: addSeconds(START, 8999),
      isWhole: true,
    });
  });

  it('ends after fifty thousand, and says so', async () => {
    const folder = folderOf(1_000_000);

    const look = await lookAtIncoming('t', folder, { overdueBefore: START, mayGoOn: () => true });

    expect(look).toMatchObject({ files: 50_000, overdueFiles: 0, isWhole: false });
    expect(folder.listed()).toBeLessThan(50_010);
  });

  it('ends when there is no time left, and has then seen some', async () => {
    const look = await lookAtIncoming('t', folderOf(5000), { overdueBefore: START, mayGoOn: () => false });

    expect(look).toMatchObject({ files: 1000, oldestAt: START, isWhole: false });
  });
});
