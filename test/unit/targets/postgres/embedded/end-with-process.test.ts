import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
const PROGRAM = `
const { endWithProcess } = await import('./lib/targets/postgres/embedded/end-with-process.ts');
endWithProcess(() => process.stdout.write('one '));
endWithProcess(() => process.stdout.write('two '));
process.stdout.write('ready ');
setInterval(() => {}, 1000);
`;

it('ends everything that a process uses, and the process, at a signal that nobody else listens to', async () => {
  const args = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (some: string) => {
    text += some;
    if (some.includes('ready')) child.kill('SIGINT');
  });
  const [, signal] = await once(child, 'close');

  expect({ text, signal }).toEqual({ text: 'ready one two ', signal: 'SIGINT' });
});
