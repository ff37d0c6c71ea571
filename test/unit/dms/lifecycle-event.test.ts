import { describe, expect, it } from 'vitest';
import {
  addedTables,
  LIFECYCLE_TAGS,
  lifecycleProperties,
  lifecycleTags,
  marksOf,
  parseLifecycleProperties,
  rememberedMarks,
  type ReplicationDefinition,
  stopId,
} from '../../../lib/dms/lifecycle-event.ts';
import { identityChanges } from '../../../lib/dms/replacement.ts';

const definition: ReplicationDefinition = {
  replication: 'crm',
  identity: {
    kind: 'serverless',
    identifier: 'shop-crm',
    migration: 'full-load-and-cdc',
    others: { database: 'crm' },
  },
  running: true,
  tables: ['dbo.orders', 'dbo.customer'],
  definition: { mappings: [1, 2], settings: { a: 1, b: 2 } },
};

describe('lifecycleProperties', () => {
  it('are texts, lists and maps of texts, so that CloudFormation sends back what it got', () => {
    const properties = lifecycleProperties('stop', definition);

    expect(parseLifecycleProperties(JSON.parse(JSON.stringify(properties)))).toEqual(properties);
    expect(properties).toEqual({
      Role: 'stop',
      Replication: 'crm',
      Kind: 'serverless',
      Identifier: 'shop-crm',
      Migration: 'full-load-and-cdc',
      Running: 'true',
      Tables: ['dbo.customer', 'dbo.orders'],
      Identity: { database: 'crm' },
      Definition: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
  });

  it('have another definition when anything that DMS gets to know changes, and the same when only an order does', () => {
    const hash = (change: Partial<ReplicationDefinition>) =>
      lifecycleProperties('stop', { ...definition, ...change }).Definition;

    expect(hash({ definition: { settings: { b: 2, a: 1 }, mappings: [1, 2] } })).toBe(hash({}));
    expect(hash({ tables: ['dbo.customer', 'dbo.orders'] })).toBe(hash({}));
    const others = [
      hash({ definition: { mappings: [2, 1], settings: { a: 1, b: 2 } } }),
      hash({ running: false }),
      hash({ tables: ['dbo.customer'] }),
      hash({ startFrom: 'lsn:1' }),
      hash({ identity: { ...definition.identity, others: { database: 'crm2' } } }),
    ];
    expect(new Set([...others, hash({})]).size).toBe(6);
  });

  it.each([
    [{ Role: 'pause' }, 'property Role is none of stop, start'],
    [{ Kind: undefined }, 'property Kind is missing'],
    [{ Identifier: 7 }, 'property Identifier is 7'],
    [{ Running: true }, 'property Running is true'],
  ])('refuse an event of something else: %o', (change, reason) => {
    expect(() => parseLifecycleProperties({ ...lifecycleProperties('stop', definition), ...change })).toThrow(
      reason,
    );
    expect(() => parseLifecycleProperties(null)).toThrow('property Role is missing');
  });

  it('tell which tables a change adds', () => {
    const before = lifecycleProperties('start', definition);
    const after = lifecycleProperties('start', { ...definition, tables: ['dbo.customer', 'a.b.invoice'] });

    expect(addedTables(before, after)).toEqual([{ schema: 'a.b', table: 'invoice' }]);
    expect(addedTables(null, after)).toEqual([]);
  });
});

describe('lifecycleTags', () => {
  it('are what the handlers look for', () => {
    const { Definition } = lifecycleProperties('start', definition);

    expect(lifecycleTags({ ...definition, running: true })).toEqual({
      [LIFECYCLE_TAGS.running]: 'true',
      [LIFECYCLE_TAGS.definition]: Definition,
    });
    // Keys that DMS takes: letters, digits, blanks and _ . / = + - only.
    expect(Object.values(LIFECYCLE_TAGS).every((key) => /^[\w./=+ -]{1,128}$/.test(key))).toBe(true);
  });
});

describe('stopId', () => {
  it('remembers identity and definition, and differs from event to event', () => {
    const properties = lifecycleProperties('stop', definition);
    const [one, two] = [stopId(properties, 'request-1'), stopId(properties, 'request-2')];

    expect(one).not.toBe(two);
    expect(rememberedMarks(one)).toEqual(marksOf(properties));
    expect(rememberedMarks(two)).toEqual(marksOf(properties));
  });

  it.each(['', 'something', 'a.b.c.d.e', 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED'])(
    'knows that "%s" is none of its own',
    (id) => {
      expect(rememberedMarks(id)).toBeNull();
    },
  );
});

describe('identityChanges', () => {
  it('names what changes, comes and goes', () => {
    const before = definition.identity;

    expect(identityChanges(before, before)).toEqual([]);
    expect(
      identityChanges(before, {
        kind: 'standard',
        identifier: 'shop-erp',
        migration: 'cdc',
        others: { host: 'h' },
      }),
    ).toEqual([
      'kind serverless → standard',
      'identifier shop-crm → shop-erp',
      'migration full-load-and-cdc → cdc',
      'database crm → (none)',
      'host (none) → h',
    ]);
  });
});
