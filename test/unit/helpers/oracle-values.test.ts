import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../lib/config/column-type.ts';
import { canonicalInstant, canonicalSeq, canonicalText, compareValues } from '../../helpers/oracle-values.ts';

describe('compareValues', () => {
  it.each([
    ['int64', '9007199254740992', '9007199254740993'],
    ['int64', '-10', '9'],
    ['decimal(38,10)', '1.0000000000', '1.0000000001'],
    ['decimal(10,2)', '-2.00', '-1.99'],
    ['decimal(10,2)', '9', '10'],
    ['double', 'Infinity', 'NaN'],
    ['double', '-Infinity', '-1e300'],
    ['double', '9', '1e1'],
    ['boolean', 'false', 'true'],
    ['string', 'Z', 'a'],
    ['string', 'a', 'a '],
    ['string', '～', '🌊'],
    ['date', '0001-01-01', '1969-12-31'],
    ['timestamp', '1969-12-31 23:59:59.999999', '1970-01-01 00:00:00'],
    ['timestamptz', '2024-05-01T12:00:00+02:00', '2024-05-01T10:00:00.000001Z'],
    ['binary', '00', '00FF'],
  ])('%s: %s comes before %s', (name, smaller, larger) => {
    const type = parseColumnType(name)!;

    expect(compareValues(type, smaller, larger)).toBeLessThan(0);
    expect(compareValues(type, larger, smaller)).toBeGreaterThan(0);
    expect(compareValues(type, null, smaller)).toBeLessThan(0);
    expect(compareValues(type, null, null)).toBe(0);
  });

  it.each([
    ['int', '7', '+7', '7'],
    ['decimal(6,2)', '-0.5', '-.500', '-0.50'],
    ['decimal(3,0)', '0', '-0', '0'],
    ['double', 'NaN', 'nan', 'NaN'],
    ['double', '1e+20', '100000000000000000000', '100000000000000000000'],
    ['double', '-0.0', '0', '0'],
    ['float', '0.1', '0.10000000149011612', '0.10000000149011612'],
    ['time', '01:02:03.5', '01:02:03.500000', '01:02:03.500000'],
    ['timestamp', '2024-05-01T10:00:00.5', '2024-05-01 10:00:00.500000', '2024-05-01 10:00:00.500000'],
    ['timestamptz', '2024-05-01 00:30:00+02', '2024-04-30T22:30:00Z', '2024-04-30T22:30:00.000000Z'],
    ['binary', '00FF', '00ff', '00ff'],
  ])('%s: %s equals %s, both spelled %s', (name, a, b, canonical) => {
    const type = parseColumnType(name)!;

    expect([canonicalText(type, a), canonicalText(type, b)]).toEqual([canonical, canonical]);
    expect(compareValues(type, a, b)).toBe(0);
  });
});

describe('canonicalInstant', () => {
  it('takes a date as its midnight UTC and a time without a zone as UTC', () => {
    expect(canonicalInstant('2024-02-29')).toBe('2024-02-29T00:00:00.000000Z');
    expect(canonicalInstant('2024-02-29 10:00:00.123456')).toBe('2024-02-29T10:00:00.123456Z');
  });

  it('refuses what is no instant', () => {
    expect(() => canonicalInstant('yesterday')).toThrow('not an instant: yesterday');
  });
});

describe('canonicalSeq', () => {
  it('pads to fifty, keeps empty empty, takes null for empty and refuses more than fifty', () => {
    expect(canonicalSeq('12')).toBe(`${'0'.repeat(48)}12`);
    expect([canonicalSeq(''), canonicalSeq(null)]).toEqual(['', '']);
    expect(() => canonicalSeq('1'.repeat(51))).toThrow('longer than 50');
  });
});
