import { describe, expect, it } from 'vitest';
import { parseByteSize } from '../../../lib/config/byte-size.ts';

describe('parseByteSize', () => {
  it.each([
    [1, 1],
    ['1', 1],
    ['512B', 512],
    ['256MB', 256_000_000],
    ['256 mb', 256_000_000],
    ['1GiB', 1_073_741_824],
    ['1.5KiB', 1536],
    ['0.3B1', null],
    ['1TB', 1e12],
    ['8192TiB', null],
    ['0', null],
    ['0.1', null],
    [0, null],
    [-1, null],
    [Number.NaN, null],
    ['1e3', null],
    ['', null],
    ['MB', null],
    ['1 PB', null],
    ['1 constructor', null],
  ])('reads %j as %j bytes', (size, bytes) => {
    expect(parseByteSize(size)).toBe(bytes);
  });
});
