import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFunction, type LocalFunction } from './local-function.ts';

/** A function of these lines, which export `handler`, in a folder of its own that is gone once it is stopped. */
export async function functionOf(
  code: string,
  { timeoutMs = 10_000, env = {} }: { timeoutMs?: number; env?: Record<string, string> } = {},
): Promise<LocalFunction> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-function-'));
  await writeFile(join(folder, 'index.mjs'), code);
  const made = createLocalFunction({
    name: 'echo',
    folder,
    handler: 'index.handler',
    memoryMb: 128,
    timeoutMs,
    env: { AWS_REGION: 'eu-central-1', ...env },
  });
  return {
    ...made,
    async stop() {
      await made.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
