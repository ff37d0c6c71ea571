import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterIngestCall, type Call, callBody, inCalls, parseCall } from '../../../lib/bell/call.ts';
import { MAX_WINDOW_SECONDS, windowIndex } from '../../../lib/bell/window.ts';

const NOON = Date.UTC(2026, 5, 1, 12);

describe('parseCall', () => {
  const calls: Call[] = [
    { ring: 'all' },
    { ring: ['customer', 'Order Lines'] },
    { export: 'all' },
    { export: ['crm'] },
    { export: ['crm'], after: { windowSeconds: 300, window: 5_934_384 } },
  ];

  it.each(calls)('reads %j back', (call) => {
    expect(parseCall(callBody(call))).toEqual(call);
  });

  it('reads what a person types', () => {
    expect(parseCall(' { "ring" : "all" } ')).toEqual({ ring: 'all' });
  });

  it.each([
    '',
    'ring',
    'null',
    '[]',
    '{}',
    '{"Records":[]}',
    '{"detail-type":"Object Created","detail":{"object":{"key":"a/t_incoming/ring"}}}',
  ])('takes %j for no call', (body) => {
    expect(parseCall(body)).toBeNull();
  });

  it.each([
    '{"ring":null}',
    '{"ring":"customer"}',
    '{"ring":[]}',
    '{"ring":[""]}',
    '{"ring":[7]}',
    '{"ring":"all","table":"customer"}',
    '{"ring":"all","export":"all"}',
    '{"ring":"all","after":{"windowSeconds":60,"window":1}}',
    '{"export":["crm"],"after":null}',
    '{"export":["crm"],"after":{"windowSeconds":0,"window":1}}',
    '{"export":["crm"],"after":{"windowSeconds":60,"window":1.5}}',
  ])('refuses the call %j', (body) => {
    expect(() => parseCall(body)).toThrow(expect.objectContaining({ code: 'CALL_UNREADABLE' }));
  });
});

describe('inCalls', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `table ${n}`);

  it('keeps every name, in order, a hundred to a call; all is one call, and nothing is none', () => {
    expect(inCalls(names(250))).toEqual([
      names(250).slice(0, 100),
      names(250).slice(100, 200),
      names(250).slice(200),
    ]);
    expect([inCalls('all'), inCalls([]), inCalls(names(100))]).toEqual([['all'], [], [names(100)]]);
  });

  it('makes calls that a message can hold, however long the names', () => {
    const longest = names(1000).map((name) => name.padEnd(255, 'ü'));
    const sizes = inCalls(longest).map((ring) => Buffer.byteLength(callBody({ ring })));
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
  });
});

describe('afterIngestCall', () => {
  it('comes when the window is over, with what makes all calls of the window one', () => {
    expect(afterIngestCall({ export: 'crm' }, NOON + 100_500, 300)).toEqual({
      body: '{"export":["crm"],"after":{"windowSeconds":300,"window":5934384}}',
      delaySeconds: 205,
    });
  });

  it('comes after every batch of its window, whatever two clocks less than five seconds apart say', () => {
    const clock = fc.integer({ min: -2499, max: 2499 });
    const moment = fc.nat(2_000_000).map((ms) => NOON + ms);
    const windows = fc.integer({ min: 1, max: MAX_WINDOW_SECONDS });

    fc.assert(
      fc.property(windows, moment, clock, moment, clock, (window, first, ahead, second, otherAhead) => {
        fc.pre(windowIndex(first + ahead, window) === windowIndex(second + otherAhead, window));
        const { delaySeconds } = afterIngestCall({ export: 'crm' }, first + ahead, window);

        expect(first + delaySeconds * 1000).toBeGreaterThan(second);
        expect(delaySeconds).toBeLessThanOrEqual(900);
      }),
    );
  });
});
