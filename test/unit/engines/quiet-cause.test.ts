import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { quietCause } from '../../../lib/engines/quiet-cause.ts';

describe('the cause of an error', () => {
  it.each(['line one\nLINE 1: select secret\n    at secret (secret.ts:1:1)', 'Error', '', 'secret'])(
    'tells where it came from, not what it says (%#)',
    (message) => {
      const cause = quietCause(Object.assign(new RangeError(message), { code: 'X1', response: 'secret' }));

      expect(cause).toMatchObject({ name: 'RangeError', code: 'X1' });
      expect(cause.stack).toMatch(/\n {4}at .*quiet-cause\.test\.ts/);
      expect(inspect(cause)).not.toContain('secret');
    },
  );

  it.each([['secret'], [null], [undefined], [{ name: 'Status Error', message: 'secret', code: -1 }]])(
    'may be no error at all (%#)',
    (thrown) => {
      expect(inspect(quietCause(thrown))).not.toContain('secret');
    },
  );
});
