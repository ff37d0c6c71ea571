import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { eachFile } from '../../../lib/ingest/each-file.ts';
import { FILE_CONCURRENCY } from '../../../lib/ingest/ingest-deps.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

it('gives the results in the order of the files, whichever ends first', async () => {
  const results = await eachFile({}, numbers(20), async (n) => {
    await sleep((n * 7) % 5);
    return n * n;
  });
  expect(results).toEqual(numbers(20).map((n) => n * n));
});

it('keeps undefined results, and does nothing for no file', async () => {
  expect(await eachFile({}, numbers(3), async () => undefined)).toEqual([undefined, undefined, undefined]);
  expect(await eachFile({}, [], async () => 1)).toEqual([]);
});

it.each([
  [{}, FILE_CONCURRENCY],
  [{ filesAtOnce: 32 }, 32],
])('has no more files under way than the store %j allows', async (store, allowed) => {
  let open = 0;
  let most = 0;
  await eachFile(store, numbers(50), async () => {
    open += 1;
    most = Math.max(most, open);
    await sleep(1);
    open -= 1;
  });
  expect(most).toBe(allowed);
});

it('throws the first error only when nothing is under way any more, and begins no other file', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const work = eachFile({}, numbers(30), async (n) => {
    begun.push(n);
    if (n === 2) throw new Error('file 2');
    await sleep(5);
    ended.push(n);
  });
  await expect(work).rejects.toThrow('file 2');
  expect(ended.sort()).toEqual(begun.filter((n) => n !== 2).sort());
  expect(begun.length).toBeLessThanOrEqual(FILE_CONCURRENCY + 1);
});
