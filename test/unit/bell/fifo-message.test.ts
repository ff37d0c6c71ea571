import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupId } from '../../../lib/bell/fifo-message.ts';

describe('groupId', () => {
  it('is the name where SQS takes it', () => {
    expect(['customer', 'Order_Lines', '"a"/b.c'].map(groupId)).toEqual([
      'customer',
      'Order_Lines',
      '"a"/b.c',
    ]);
  });

  it.each(['two words', 'Müller', '表', 'a\nb', 'x'.repeat(91), 'sha256:0'])('is a hash for %j', (name) => {
    expect(groupId(name)).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('is different for different names, also for one that looks like a hash', () => {
    const name = fc.string({ minLength: 1, unit: 'grapheme' });

    fc.assert(
      fc.property(name, name, (a, b) => {
        expect(groupId(a) === groupId(b)).toBe(a === b);
        expect(groupId(groupId(a)) === groupId(a)).toBe(groupId(a) === a);
      }),
    );
  });
});
