import { describe, expect, it } from 'vitest';
import { createStores } from '../../lib/open-store.ts';
import { CLOUD_YAML, cloudConfig } from '../helpers/cloud-config.ts';

describe('createStores', () => {
  it('opens the bucket, with the folders that DMS writes to and the volumes by which the warehouse sees them', () => {
    const config = cloudConfig();

    const store = createStores(config, {})(config.tables[0]!);

    expect(store.location('incoming')).toBe(`s3://${config.bucket}/landing/dbo/customer_incoming`);
    expect(store.enginePath('processed', '17/a b.parquet')).toBe(
      '/Volumes/lake/sales/customer_processed/17/a b.parquet',
    );
  });

  it('finds the folders of a bucket in the one volume that is named', () => {
    const engine = { ...CLOUD_YAML.engine, volumes: '/Volumes/lake/landing/files' };
    const config = cloudConfig({ engine });

    const store = createStores(config, {})(config.tables[0]!);

    expect(store.enginePath('incoming', 'a')).toBe('/Volumes/lake/landing/files/dbo/customer_incoming/a');
  });

  it('refuses a bucket under an engine that has no volumes over it', () => {
    const config = { ...cloudConfig(), engine: { kind: 'duckdb', path: '/tmp/x.duckdb' } } as const;

    expect(() => createStores(config, {})(config.tables[0]!)).toThrow(
      expect.objectContaining({ code: 'STORAGE_UNKNOWN' }),
    );
  });
});
