import { describe, expect, it } from 'vitest';
import { dmsNames } from '../../../lib/dms/names.ts';

/** What DMS takes of all: https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationInstance.html */
const TAKEN = /^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

describe('dmsNames', () => {
  it('names everything after pipeline and replication', () => {
    expect(dmsNames('shop', 'crm')).toEqual({
      replication: 'shop-crm',
      sourceEndpoint: 'shop-crm-source',
      targetEndpoint: 'shop-crm-target',
      instance: 'shop-crm-instance',
      subnetGroup: 'shop-crm-subnets',
    });
  });

  it.each([
    ['my-shop', 'crm'],
    ['my', 'shop-crm'],
    ['Shop_Größe', 'crm'],
    ['9lives', 'crm'],
    ['!!!', 'crm'],
    ['日本', 'crm'],
    ['shop', 'x'.repeat(200)],
    [`${'long-'.repeat(12)}name`, 'crm'],
  ])('gives %s and %s names that DMS takes', (pipeline, replication) => {
    const names = Object.values(dmsNames(pipeline, replication));

    expect(names.filter((name) => !TAKEN.test(name))).toEqual([]);
  });

  it('tells pairs apart whose names look alike', () => {
    const pairs = [
      ['a-b', 'c'],
      ['a', 'b-c'],
      ['A', 'b-c'],
      ['a_b', 'c'],
      ['a', 'x'.repeat(70)],
      ['a', 'x'.repeat(71)],
      ['', 'a-b-c'],
    ] as const;

    const names = pairs.map(([pipeline, replication]) => dmsNames(pipeline, replication).replication);

    expect(new Set(names).size).toBe(pairs.length);
  });

  it('gives the same names again', () => {
    expect(dmsNames('my-shop', 'crm')).toEqual(dmsNames('my-shop', 'crm'));
    expect(dmsNames('my-shop', 'crm').replication).toBe('my-shop-crm-19cc3a4d');
  });
});
