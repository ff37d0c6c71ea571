import { describe, expect, it } from 'vitest';
import { endOfLog, formatLsn, parseLsn } from '../../../lib/capture/lsn.ts';

describe('parseLsn', () => {
  it('reads what the server writes, with and without leading zeros', () => {
    expect([parseLsn('0/0'), parseLsn('16/B374D848'), parseLsn('00000000/0153A2B8')]).toEqual([
      0n,
      0x16_b374_d848n,
      0x0153_a2b8n,
    ]);
  });

  it('goes back and forth', () => {
    const texts = ['0/0', '0/FFFFFFFF', '1/0', 'FFFFFFFF/FFFFFFFF'];

    expect(texts.map((text) => formatLsn(parseLsn(text)))).toEqual(texts);
  });

  it.each(['', '0', '0/', '/0', '0/123456789', 'x/0', ' 0/0'])('refuses %j', (text) => {
    expect(() => parseLsn(text)).toThrow('not a position in the log');
  });
});

describe('endOfLog', () => {
  it('is where the next record begins, but not behind the header of a page', () => {
    expect([endOfLog(8192n + 24n), endOfLog(8192n * 2048n + 40n), endOfLog(8192n + 48n)]).toEqual([
      8192n,
      8192n * 2048n,
      8240n,
    ]);
  });
});
