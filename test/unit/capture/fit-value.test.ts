import { describe, expect, it } from 'vitest';
import {
  type Fit,
  fitDate,
  fitDecimal,
  fitMoney,
  fitTime,
  fitTimestamp,
} from '../../../lib/capture/fit-value.ts';

/** The text in the file, and whether something was lost. */
function fitted(fit: Fit, text: string): [string | null, boolean] {
  let lost = false;
  const result = fit(text, () => {
    lost = true;
  });
  return [result, lost];
}

describe('fitDecimal', () => {
  it.each([
    ['12.34', '12.34', false],
    ['-0.5', '-0.5', false],
    ['0', '0', false],
    ['0001.5', '0001.5', false],
    ['1.200', '1.20', false],
    ['1.239', '1.23', true],
    ['-0.001', '-0.00', true],
    ['999.99', '999.99', false],
    ['1000', null, true],
    ['NaN', null, true],
    ['-Infinity', null, true],
  ])('makes %s a decimal(5,2): %s', (text, expected, lost) => {
    expect(fitted(fitDecimal(5, 2), text)).toEqual([expected, lost]);
  });
});

describe('fitMoney', () => {
  it('has no sign of a currency and no thousands', () => {
    expect(fitted(fitMoney, '-$1,234,567.80')).toEqual(['-1234567.80', false]);
  });
});

describe('fitDate, fitTime and fitTimestamp', () => {
  it.each<[string, Fit, string, string, boolean]>([
    ['date', fitDate, '2026-02-28', '2026-02-28', false],
    ['date', fitDate, 'infinity', '9999-12-31', true],
    ['date', fitDate, '-infinity', '0001-01-01', true],
    ['date', fitDate, '0044-03-15 BC', '0001-01-01', true],
    ['date', fitDate, '10000-01-01', '9999-12-31', true],
    ['time', fitTime, '23:59:59.999999', '23:59:59.999999', false],
    ['time', fitTime, '24:00:00', '23:59:59.999999', true],
    ['timestamp', fitTimestamp, '0001-01-01 00:00:00', '0001-01-01 00:00:00', false],
    ['timestamptz', fitTimestamp, '2026-02-28 23:59:59.999999+00', '2026-02-28 23:59:59.999999+00', false],
    ['timestamptz', fitTimestamp, '0044-03-15 12:00:00+00 BC', '0001-01-01 00:00:00', true],
    ['timestamp', fitTimestamp, '294276-12-31 23:59:59', '9999-12-31 23:59:59.999999', true],
  ])('keep a %s within the years 1 to 9999 and within a day (%#)', (_type, fit, text, expected, lost) => {
    expect(fitted(fit, text)).toEqual([expected, lost]);
  });
});
