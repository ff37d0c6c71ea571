import { describe, expect, it } from 'vitest';
import { judgeVolume, volumesOf } from '../../../lib/catalog/volume-object.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';

const BUCKET = 's3://acme-lake-sales-eu-central-1';

describe('volumes over the bucket that DMS writes to', () => {
  it('lie where the folders of the table are', () => {
    const config = cloudConfig();

    expect(volumesOf(config, config.tables[0]!)).toEqual(
      ['incoming', 'processed', 'rejected'].map((place) => ({
        name: `customer_${place}`,
        location: `${BUCKET}/landing/dbo/customer_${place}`,
        mayBeManaged: false,
      })),
    );
  });

  it('are one over the prefix where `volumes` names it', () => {
    const engine = { ...CLOUD_YAML.engine, volumes: '/Volumes/lake/sales/landing' };
    const inPrefix = cloudConfig({ engine });
    const inBucket = cloudConfig({ engine, storage: { kind: 's3' } });

    expect(volumesOf(inPrefix, inPrefix.tables[0]!)).toEqual([
      { name: 'landing', location: `${BUCKET}/landing`, mayBeManaged: false },
    ]);
    expect(volumesOf(inBucket, inBucket.tables[0]!)).toEqual([
      { name: 'landing', location: BUCKET, mayBeManaged: false },
    ]);
  });

  it('are no managed ones, which nobody outside of the workspace writes to', () => {
    const config = cloudConfig();
    const [volume] = volumesOf(config, config.tables[0]!);
    const found = { name: 'customer_incoming', type: 'MANAGED', location: 's3://managed/1' };

    expect(judgeVolume('create', volume!, found).state).toBe('differs');
  });
});
