import { describe, expect, it } from 'vitest';
import { ringDelaySeconds, secondsToWindowEnd, windowIndex } from '../../../lib/bell/window.ts';
import { MAX_WINDOW_SECONDS as LONGEST_IN_CONFIG } from '../../../lib/config/schema-cloud.ts';

const NOON = Date.UTC(2026, 5, 1, 12);

describe('ringDelaySeconds', () => {
  it('is the window and five seconds, and fits a queue at the longest window the configuration takes', () => {
    expect([1, 60, LONGEST_IN_CONFIG].map(ringDelaySeconds)).toEqual([6, 65, 900]);
  });

  it.each([0, -1, 0.5, LONGEST_IN_CONFIG + 1, Number.NaN])('refuses a window of %d seconds', (seconds) => {
    expect(() => ringDelaySeconds(seconds)).toThrow(expect.objectContaining({ code: 'BELL_WINDOW_INVALID' }));
  });
});

describe('secondsToWindowEnd', () => {
  it('counts to the end of the window and the margin, never less and less than a second more', () => {
    const at = (ms: number): number => secondsToWindowEnd(NOON + ms, 60);

    expect([at(0), at(1), at(30_000), at(59_000), at(59_999), at(60_000)]).toEqual([65, 65, 35, 6, 6, 65]);
  });
});

describe('windowIndex', () => {
  it('counts windows from 1970', () => {
    expect([windowIndex(0, 60), windowIndex(59_999, 60), windowIndex(60_000, 60)]).toEqual([0, 0, 1]);
  });
});
