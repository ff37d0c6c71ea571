import { afterAll, beforeAll, describe } from 'vitest';
import { findMoto, MOTO_MISSING, type Moto, startMoto } from '../helpers/moto.ts';
import { describeWithWarehouse } from '../warehouse/bench/shared-warehouse.ts';
import { type CloudLab, type CloudLabOptions, openCloudLab } from './cloud-lab.ts';

const START_MS = 240_000;

/**
 * `describe` for tests of a pipeline as it runs in the cloud, over a server that stands for AWS and one that stands for
 * Databricks. Where one of them is not installed they are skipped, and that is said.
 */
export function describeWithCloud(
  name: string,
  options: Omit<CloudLabOptions, 'moto' | 'warehouse'>,
  suite: (lab: () => CloudLab) => void,
): void {
  if (findMoto() === null) {
    console.log(`Skipped: ${name}. ${MOTO_MISSING}`);
    describe.skip(name, () => suite(notThere));
    return;
  }
  describeWithWarehouse(name, (warehouse) => {
    let moto: Moto | undefined;
    let lab: CloudLab | undefined;
    beforeAll(async () => {
      moto = await startMoto();
      lab = await openCloudLab({ ...options, moto, warehouse: warehouse() });
    }, START_MS);
    afterAll(async () => {
      await lab?.close();
      await moto?.stop();
    }, START_MS);
    suite(() => lab ?? notThere());
  });
}

function notThere(): never {
  throw new Error('The pipeline is there once the tests run, not before.');
}
