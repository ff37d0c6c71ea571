import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRing, ringMessage } from '../../../lib/bell/ring.ts';
import { CLOCK_MARGIN_SECONDS, MAX_WINDOW_SECONDS, ringDelaySeconds } from '../../../lib/bell/window.ts';
import { type Arrival, deliveries, missed } from './fifo-model.ts';

const NOON = Date.UTC(2026, 5, 1, 12);
const MARGIN_MS = CLOCK_MARGIN_SECONDS * 1000;

function arrival(part: Partial<Arrival>): Arrival {
  return { table: 'customer', at: NOON, eventDelay: 0, sendDelay: 0, clockAhead: 0, ...part };
}

describe('ringMessage', () => {
  it('names the table, its group, and an id of length, window and group', () => {
    expect(ringMessage({ table: 'customer' }, NOON + 59_999, 60)).toEqual({
      body: '{"table":"customer"}',
      groupId: 'customer',
      deduplicationId: '60/29671920/customer',
    });
  });

  it('begins another id with the first millisecond of the next window', () => {
    const id = (ms: number): string => ringMessage({ table: 't' }, ms, 60).deduplicationId;

    expect([id(NOON - 1), id(NOON), id(NOON + 59_999), id(NOON + 60_000)]).toEqual([
      '60/29671919/t',
      '60/29671920/t',
      '60/29671920/t',
      '60/29671921/t',
    ]);
  });

  it('gives two window lengths no id in common', () => {
    const id = (seconds: number): string => ringMessage({ table: 't' }, 0, seconds).deduplicationId;

    expect(id(30)).not.toBe(id(60));
  });

  it('is read back whatever the table is called', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (table) => {
        expect(parseRing(ringMessage({ table }, NOON, 60).body)).toEqual({ table });
      }),
    );
  });

  it('keeps to the ids that SQS takes', () => {
    const allowed = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

    fc.assert(
      fc.property(
        fc.oneof(fc.string({ minLength: 1, unit: 'grapheme' }), fc.string({ minLength: 80, maxLength: 140 })),
        fc.integer({ min: 1, max: MAX_WINDOW_SECONDS }),
        (table, window) => {
          const message = ringMessage({ table }, 8.64e15, window);

          expect(message.groupId).toMatch(allowed);
          expect(message.deduplicationId).toMatch(allowed);
        },
      ),
    );
  });
});

describe('parseRing', () => {
  it.each(['', 'customer', 'null', '[]', '{}', '{"table":7}', '{"table":""}'])('refuses %j', (body) => {
    expect(() => parseRing(body)).toThrow(expect.objectContaining({ code: 'RING_UNREADABLE' }));
  });
});

describe('rings and the delay of their queue', () => {
  const windows = fc.integer({ min: 1, max: MAX_WINDOW_SECONDS });
  const delays = fc.oneof(fc.constant(0), fc.nat(2000), fc.nat(400_000));
  const arrivals = (windowSeconds: number) =>
    fc.array(
      fc.record({
        table: fc.constantFrom('customer', 'order'),
        // Around the ends of windows as well as anywhere in a quarter of an hour.
        at: fc.oneof(
          fc.nat(900_000).map((ms) => NOON + ms),
          fc
            .tuple(fc.nat(5), fc.integer({ min: -6000, max: 6000 }))
            .map(([n, ms]) => NOON + n * windowSeconds * 1000 + ms),
        ),
        eventDelay: delays,
        sendDelay: delays,
        // Any two clocks are less than the margin apart.
        clockAhead: fc.integer({ min: -MARGIN_MS / 2 + 1, max: MARGIN_MS / 2 - 1 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
  const stories = windows.chain((window) =>
    fc.record({ window: fc.constant(window), files: arrivals(window) }),
  );

  it('never miss a file, whenever it arrives and however its event is held up', () => {
    fc.assert(
      fc.property(stories, ({ window, files }) => {
        expect(missed(files, deliveries(files, window, ringDelaySeconds(window)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('see a file no later than one delay after its ring was sent', () => {
    fc.assert(
      fc.property(stories, ({ window, files }) => {
        const delay = ringDelaySeconds(window);
        const rung = deliveries(files, window, delay);
        const late = files.filter(({ table, at, eventDelay, sendDelay }) => {
          const latest = at + eventDelay + sendDelay + delay * 1000;
          return !rung.some((one) => one.table === table && one.listed >= at && one.listed <= latest);
        });

        expect(late).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('hear a table that rings for itself after its turn, however soon', () => {
    fc.assert(
      fc.property(
        windows,
        fc.nat(60_000),
        fc.integer({ min: 1 - MARGIN_MS, max: 0 }),
        (window, first, clockAhead) => {
          const delay = ringDelaySeconds(window);
          const files = [
            arrival({ at: NOON + first }),
            arrival({ at: NOON + first + delay * 1000, clockAhead }),
          ];

          expect(deliveries(files, window, delay)).toHaveLength(2);
        },
      ),
    );
  });

  it('wake one consumer for a thousand files of one window', () => {
    const burst = Array.from({ length: 1000 }, (_, n) => arrival({ at: NOON + n * 59 }));

    expect(deliveries(burst, 60, ringDelaySeconds(60))).toEqual([
      { table: 'customer', taken: NOON, listed: NOON + 65_000 },
    ]);
  });

  it('wake one consumer a window while files keep coming', () => {
    const hour = Array.from({ length: 3600 }, (_, n) => arrival({ at: NOON + n * 1000 }));

    expect(deliveries(hour, 60, ringDelaySeconds(60))).toHaveLength(60);
  });

  it('would miss a file without the margin: two clocks apart are enough', () => {
    const files = [arrival({ at: NOON, clockAhead: 0 }), arrival({ at: NOON + 62_000, clockAhead: -3000 })];

    expect(missed(files, deliveries(files, 60, 60))).toEqual([files[1]]);
    expect(missed(files, deliveries(files, 60, ringDelaySeconds(60)))).toEqual([]);
  });

  it('leave a file to the schedule when clocks are further apart than the margin', () => {
    const files = [arrival({ at: NOON }), arrival({ at: NOON + 66_000, clockAhead: -7000 })];

    expect(missed(files, deliveries(files, 60, ringDelaySeconds(60)))).toEqual([files[1]]);
  });
});
