import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../lib/operations/parse-instant.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000000Z'],
    ['2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00.123456Z'],
    ['2026-01-31T12:00:00.1Z', '2026-01-31T12:00:00.100000Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000000Z'],
    ['2026-01-31 12:00:00z', '2026-01-31T12:00:00.000000Z'],
    ['2026-01-31T12:00:00.000001+02:00', '2026-01-31T10:00:00.000001Z'],
    ['2026-01-31T12:00:00+0530', '2026-01-31T06:30:00.000000Z'],
    ['2026-01-31T12:00:00-08', '2026-01-31T20:00:00.000000Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    [' 2026-01-31 ', '2026-01-31T00:00:00.000000Z'],
  ])('reads %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['2026-01-31T12:00:00', 'has no zone'],
    ['2026-02-30', 'names a day that does not exist'],
    ['2025-02-29T00:00:00Z', 'names a day that does not exist'],
    ['2026-13-01', 'names a day that does not exist'],
    ['0000-01-01', 'names a day that does not exist'],
    ['2026-01-31T24:00:00Z', 'no such time of day'],
    ['2026-01-31T12:60:00Z', 'no such time of day'],
    ['2026-01-31T12:00:60Z', 'no such time of day'],
    ['2026-01-31T12:00:00.1234567Z', 'finer than a microsecond'],
    ['2026-01-31T12:00:00+19:00', 'no such zone'],
    ['0001-01-01T00:00:00+01:00', 'outside the years'],
    ['9999-12-31T23:59:59-01:00', 'outside the years'],
    ['2026-1-31', 'is not an ISO 8601 instant'],
    ['yesterday', 'is not an ISO 8601 instant'],
    ['1769860800', 'is not an ISO 8601 instant'],
    ['', 'is not an ISO 8601 instant'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseInstant(text)).toThrow(
      expect.objectContaining({ code: 'INSTANT_INVALID', message: expect.stringContaining(why) }),
    );
  });
});
