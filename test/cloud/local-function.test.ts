import { afterEach, describe, expect, it } from 'vitest';
import { functionOf } from './echo-function.ts';
import type { LocalFunction } from './local-function.ts';

let made: LocalFunction | undefined;

async function run(code: string, options: Parameters<typeof functionOf>[1] = {}): Promise<LocalFunction> {
  made = await functionOf(code, options);
  return made;
}

const COUNTING = 'let calls = 0; export const handler = async () => ({ pid: process.pid, calls: ++calls });';

describe('a function in a process of its own', () => {
  afterEach(() => made?.stop());

  it('is told of its call and answers it', async () => {
    const echo = await run(
      'export const handler = async (event, { awsRequestId, functionName, getRemainingTimeInMillis }) => ({ event, functionName, id: awsRequestId.length, left: getRemainingTimeInMillis() > 8_000 });',
    );

    const outcome = await echo.invoke({ text: 'ü\n' });

    const payload = { event: { text: 'ü\n' }, functionName: 'echo', id: 36, left: true };
    expect(outcome).toEqual({ kind: 'answered', payload });
  });

  it('is kept for the next call, and is another one for a call at the same time', async () => {
    const counting = await run(COUNTING);

    const [one, other] = await Promise.all([counting.invoke({}), counting.invoke({})]);
    const next = await counting.invoke({});

    expect(one).toMatchObject({ payload: { calls: 1 } });
    expect(other).toMatchObject({ payload: { calls: 1 } });
    expect(next).toMatchObject({ payload: { calls: 2 } });
  });

  it('is ended at its deadline, and the next call gets a new process', async () => {
    const slow = await run(
      'let calls = 0; export const handler = ({ ms }) => { calls += 1; return new Promise((resolve) => setTimeout(() => resolve(calls), ms)); };',
      { timeoutMs: 1_000 },
    );

    expect(await slow.invoke({ ms: 60_000 })).toEqual({ kind: 'ended', how: 'timeout' });
    expect(await slow.invoke({ ms: 0 })).toEqual({ kind: 'answered', payload: 1 });
  });

  it('tells that it was killed', async () => {
    const killed = await run(
      "export const handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); };",
    );

    expect(await killed.invoke({})).toEqual({ kind: 'ended', how: 'SIGKILL' });
  });

  it('tells of an error of the handler and of one of its start', async () => {
    const throwing = await run("export const handler = async () => { throw new TypeError('no'); };");
    expect(await throwing.invoke({})).toEqual({
      kind: 'failed',
      errorType: 'TypeError',
      errorMessage: 'no',
    });
    await throwing.stop();

    const broken = await run("throw new RangeError('never'); export const handler = 1;");
    expect(await broken.invoke({})).toMatchObject({ kind: 'failed', errorType: 'RangeError' });
  });

  it('is frozen between calls', async () => {
    const ticking = await run(
      'let ticks = 0; setInterval(() => { ticks += 1; }, 10); export const handler = async () => ticks;',
    );
    await ticking.invoke({});

    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const after = await ticking.invoke({});

    expect(after.kind === 'answered' && Number(after.payload)).toBeLessThan(30);
  });

  it('has the variables that it was given and none of this process, and those of a fault once', async () => {
    const telling = await run(
      'export const handler = async () => [process.env.GIVEN, process.env.PATH, process.env.TIDEMARK_FAULT];',
      { env: { GIVEN: 'yes' } },
    );
    await telling.invoke({});
    await telling.arm({ TIDEMARK_FAULT: 'ingest.merged' });

    expect(await telling.invoke({})).toMatchObject({ payload: ['yes', null, 'ingest.merged'] });
    await telling.arm({});
    expect(await telling.invoke({})).toMatchObject({ payload: ['yes', null, null] });
  });

  it('keeps the lines that it wrote', async () => {
    const writing = await run(
      "export const handler = async () => { console.log(JSON.stringify({ level: 'INFO', message: 'done' })); console.error('plain'); };",
    );

    await writing.invoke({});

    await expect.poll(() => writing.lines.length).toBe(2);
    expect(writing.lines).toEqual(
      expect.arrayContaining([{ level: 'INFO', message: 'done' }, { message: 'plain' }]),
    );
  });
});
