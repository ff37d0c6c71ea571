import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, it } from 'vitest';
import { isAlive, nameWorker, parseWorker } from '../../lib/worker.ts';

const NOW = '2026-01-31T18:00:00.000001Z';
const here = (pid: number) => ({ host: hostname(), pid, since: NOW });

it('a claim tells host, process and since when, and is like no other', () => {
  const one = nameWorker(NOW);

  expect(parseWorker(`a-process/${one}`)).toEqual(here(process.pid));
  expect(nameWorker(NOW)).not.toBe(one);
});

it.each(['another/worker', '', 'a/b/2026-01-31/7/host', `a/b/${NOW}/x/host`, `a/b/${NOW}/7`])(
  'a claim named otherwise tells nothing: %j',
  (owner) => {
    expect(parseWorker(owner)).toBeNull();
  },
);

it('a process of this machine is alive until it ends', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const worker = here(child.pid!);
  expect(isAlive(worker)).toBe(true);

  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(worker)).toBe(false);
});

it('a process of another machine is not looked for, and this one is no other', () => {
  expect(isAlive({ ...here(1), host: `not-${hostname()}` })).toBe(false);
  expect(isAlive(here(process.pid))).toBe(false);
});
