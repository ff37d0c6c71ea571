import { describe, expect, it } from 'vitest';
import {
  bucketName,
  isBucketName,
  isShortenedBucketName,
  sourceSchema,
  sourceTable,
  tableFolders,
  tableLocations,
  warehouseFolders,
} from '../../../lib/config/paths.ts';
import { CLOUD_YAML, cloudConfig } from '../../helpers/cloud-config.ts';
import { parse, WAREHOUSE, withEngine, withTable } from './parse.ts';

const PARTS = { company: 'acme', catalog: 'lake', schema: 'main', region: 'us-east-1' };

describe('tableFolders', () => {
  it('gives a table one folder for each place', () => {
    const config = { storage: { kind: 'local', root: '/files' } } as const;

    expect(tableFolders(config, { name: 'Order Lines', source: 'dbo.lines' })).toEqual({
      incoming: 'Order Lines_incoming',
      processed: 'Order Lines_processed',
      rejected: 'Order Lines_rejected',
    });
  });

  it.each([
    ['', 'dbo.Customer', 'dbo/customer_incoming'],
    ['landing', 'dbo.Customer', 'landing/dbo/customer_incoming'],
    ['teams/sales', 'Sales Data.Customer', 'teams/sales/Sales Data/customer_incoming'],
    ['landing', 'erp.dbo.Customer', 'landing/erp.dbo/customer_incoming'],
    ['', 'Customer', 'customer_incoming'],
  ])('with prefix %j puts table customer, %j at the source, where DMS writes', (prefix, source, incoming) => {
    const config = { storage: { kind: 's3', prefix } } as const;

    expect(tableFolders(config, { name: 'customer', source })).toEqual({
      incoming,
      processed: incoming.replace('incoming', 'processed'),
      rejected: incoming.replace('incoming', 'rejected'),
    });
  });
});

describe('sourceSchema and sourceTable', () => {
  it.each([
    ['dbo.customer', 'dbo', 'customer'],
    ['a.b.c', 'a.b', 'c'],
    ['customer', '', 'customer'],
    ['.customer', '', 'customer'],
    ['dbo.', 'dbo', ''],
  ])('part %s at its last dot', (source, schema, table) => {
    expect([sourceSchema(source), sourceTable(source)]).toEqual([schema, table]);
  });
});

describe('the folders of a table in a bucket', () => {
  const bucket = 's3://acme-lake-sales-eu-central-1/landing/dbo';

  it('are seen by the warehouse as volumes named after table and place', () => {
    const config = cloudConfig();
    const [table] = config.tables;

    expect(tableLocations(config, table!)).toEqual({
      incoming: `${bucket}/customer_incoming`,
      processed: `${bucket}/customer_processed`,
      rejected: `${bucket}/customer_rejected`,
    });
    expect(warehouseFolders(config, table!)).toEqual({
      incoming: '/Volumes/lake/sales/customer_incoming',
      processed: '/Volumes/lake/sales/customer_processed',
      rejected: '/Volumes/lake/sales/customer_rejected',
    });
  });

  it('are folders of the one volume over the prefix where `volumes` names it', () => {
    const config = cloudConfig({
      engine: { ...CLOUD_YAML.engine, volumes: '/Volumes/lake/sales/landing' },
    });

    expect(warehouseFolders(config, config.tables[0]!)).toEqual({
      incoming: '/Volumes/lake/sales/landing/dbo/customer_incoming',
      processed: '/Volumes/lake/sales/landing/dbo/customer_processed',
      rejected: '/Volumes/lake/sales/landing/dbo/customer_rejected',
    });
  });

  it('are seen by no engine that is no warehouse', () => {
    const { config } = parse(withTable(''));

    expect(() => warehouseFolders(config, config.tables[0]!)).toThrow(
      expect.objectContaining({ code: 'STORAGE_UNKNOWN' }),
    );
  });
});

describe('tableLocations', () => {
  const locations = (yaml: string) => {
    const { config } = parse(yaml);
    return tableLocations(config, config.tables[0]!);
  };

  it('are folders of one volume where `volumes` names one', () => {
    const landing = '/Volumes/lake/main/landing';

    expect(locations(withEngine(`${WAREHOUSE}\nvolumes: ${landing}`, 'storage: {kind: volume}'))).toEqual({
      incoming: `${landing}/customer_incoming`,
      processed: `${landing}/customer_processed`,
      rejected: `${landing}/customer_rejected`,
    });
  });

  it('are folders of this machine', () => {
    const expected = {
      incoming: '/base/files/customer_incoming',
      processed: '/base/files/customer_processed',
      rejected: '/base/files/customer_rejected',
    };

    expect(locations(withTable(''))).toEqual(expected);
    expect(locations(withEngine(WAREHOUSE, 'storage: {kind: local}'))).toEqual(expected);
  });

  it('are volumes of the workspace where files wait there', () => {
    expect(locations(withEngine(WAREHOUSE, 'catalog: lake\nstorage: {kind: volume}'))).toEqual({
      incoming: '/Volumes/lake/main/customer_incoming',
      processed: '/Volumes/lake/main/customer_processed',
      rejected: '/Volumes/lake/main/customer_rejected',
    });
  });
});

describe('bucketName', () => {
  it.each([
    [{}, 'acme-lake-main-us-east-1'],
    [{ company: 'Acme_Inc', catalog: 'data_lake' }, 'acme-inc-data-lake-main-us-east-1'],
    [{ company: 'Ünïon & Söhne ' }, 'union-sohne-lake-main-us-east-1'],
    [{ company: '--a--' }, 'a-lake-main-us-east-1'],
  ])('makes %j %s', (changed, name) => {
    expect(bucketName({ ...PARTS, ...changed })).toBe(name);
    expect(isShortenedBucketName({ ...PARTS, ...changed })).toBe(false);
  });

  it.each([
    { company: 'x'.repeat(63) },
    { company: '株式会社' },
    { company: '_', catalog: '!', schema: '?' },
    { company: 'sthree' },
    { company: 'amzn-s3-demo', catalog: 'y'.repeat(60) },
  ])('finds a valid name of its own for %j, and says that it did', (changed) => {
    const parts = { ...PARTS, ...changed };
    const name = bucketName(parts);

    expect(isBucketName(name)).toBe(true);
    expect(name).toMatch(/-[0-9a-f]{8}$/);
    expect(name).toBe(bucketName({ ...parts }));
    expect(name).not.toBe(bucketName({ ...parts, schema: `${parts.schema}2` }));
    expect(isShortenedBucketName(parts)).toBe(true);
  });
});

describe('isBucketName', () => {
  it.each(['abc', 'a.b-c', '0-9', 'x'.repeat(63)])('accepts %s', (name) => {
    expect(isBucketName(name)).toBe(true);
  });

  it.each([
    'ab',
    'x'.repeat(64),
    'Abc',
    'a_b',
    '-ab',
    'ab-',
    '.ab',
    'a..b',
    '192.168.1.1',
    'xn--abc',
    'sthree-a',
    'abc-s3alias',
    'abc--ol-s3',
    'abc.mrap',
    'a b',
    'abc\n',
    '',
  ])('refuses %j', (name) => {
    expect(isBucketName(name)).toBe(false);
  });
});
