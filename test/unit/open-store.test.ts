import { describe, expect, it } from 'vitest';
import { createStores } from '../../lib/open-store.ts';
import { cloudConfig } from '../helpers/cloud-config.ts';

describe('createStores', () => {
  it('refuses a bucket, which only the functions of a deployment reach', () => {
    const config = cloudConfig();

    expect(() => createStores(config, {})(config.tables[0]!)).toThrow(
      expect.objectContaining({ code: 'STORAGE_REFUSED', message: expect.stringContaining('kind: s3') }),
    );
  });
});
