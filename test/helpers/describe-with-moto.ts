import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { findMoto, MOTO_MISSING, MOTO_START_MS, type Moto, startMoto } from './moto.ts';

/**
 * `describe` for tests that need moto: where it is not installed they are skipped, and that is said. `moto()` is the
 * suite's own server, which has forgotten everything before each test.
 */
export function describeWithMoto(name: string, suite: (moto: () => Moto) => void): void {
  const program = findMoto();
  if (program === null) console.log(`Skipped: ${name}. ${MOTO_MISSING}`);
  describe.runIf(program !== null)(name, () => {
    let moto: Moto | undefined;
    beforeAll(async () => {
      moto = await startMoto(program);
    }, MOTO_START_MS);
    beforeEach(() => moto?.reset());
    afterAll(() => moto?.stop());
    suite(() => {
      if (moto === undefined) throw new Error('The server is there once the tests run, not before.');
      return moto;
    });
  });
}
