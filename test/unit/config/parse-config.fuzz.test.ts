import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/errors.ts';
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { configSchema } from '../../../lib/config/schema.ts';
import { cloudSchema } from '../../../lib/config/schema-cloud.ts';
import { engineSchema } from '../../../lib/config/schema-engine.ts';
import { networkSchema } from '../../../lib/config/schema-network.ts';
import { replicationSchema, sourceSchema } from '../../../lib/config/schema-replication.ts';

const FIELDS = [
  ...Object.keys(configSchema.shape),
  ...Object.keys(engineSchema.shape),
  ...Object.keys(replicationSchema.shape),
  ...Object.keys(sourceSchema.shape),
  ...Object.keys(cloudSchema.shape),
  ...Object.keys(networkSchema.shape),
  ...[
    'keys',
    'track',
    'except',
    'columns',
    'historyColumns',
    'current',
    'batch',
    'maxBytes',
    'connection',
    'url',
  ],
  ...['embedded', 'host', 'password', '__proto__', 'constructor', 'toString', '<<', '', 'a.b'],
];

const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    0,
    -1,
    1.5,
    1e300,
    '',
    '${env:A}',
    '${',
    '..',
    'a',
    'A',
    'every-change',
    'postgres://',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...FIELDS), tie('value'), { maxKeys: 6 }),
  ),
})).value;

const table = fc.record(
  {
    name: fc.oneof(scalar, fc.constantFrom('a', 'a_versions')),
    keys: anything,
    columns: anything,
    track: anything,
    historyColumns: anything,
    batch: anything,
    source: fc.oneof(anything, fc.constantFrom('a', '.', 'a.', '../b.c', 'a_incoming.b')),
    replication: fc.oneof(scalar, fc.constantFrom('none', 'r')),
    excludeColumns: anything,
    columnNames: fc.constantFrom('keep', 'lower'),
  },
  { requiredKeys: [] },
);

const replication = fc.record(
  {
    name: fc.oneof(scalar, fc.constantFrom('r', 's')),
    source: fc.oneof(
      anything,
      fc.record({ engine: fc.constantFrom('oracle', 'x'), secret: scalar, settings: anything }),
    ),
    serverless: anything,
    standard: anything,
    taskSettings: anything,
  },
  { requiredKeys: [] },
);

const cloud = fc.record(
  {
    bucket: anything,
    network: anything,
    ingest: anything,
    alarms: anything,
    lakehouse: anything,
    tags: anything,
  },
  { requiredKeys: [] },
);

const engine = fc.record(
  {
    kind: fc.oneof(scalar, fc.constantFrom('duckdb', 'databricks')),
    host: fc.oneof(scalar, fc.constantFrom('https://a.b/c', 'a:1', '${env:H}')),
    httpPath: fc.oneof(scalar, fc.constantFrom('/sql/1.0/warehouses/a', '${env:P}')),
    auth: fc.oneof(anything, fc.record({ token: scalar, clientId: scalar }, { requiredKeys: [] })),
    server: fc.constantFrom('databricks', 'open-spark'),
    volumes: fc.oneof(scalar, fc.constantFrom('/Volumes/a/b', '/', 'a/')),
    grants: anything,
    maintenance: anything,
  },
  { requiredKeys: [] },
);

const config = fc.record(
  {
    name: scalar,
    catalog: scalar,
    engine: fc.oneof(anything, engine),
    storage: fc.oneof(
      anything,
      fc.constantFrom({ kind: 'volume' }, { kind: 's3' }, { kind: 'local', root: 'x' }),
    ),
    tables: fc.oneof(anything, fc.array(table, { maxLength: 3 })),
    defaults: fc.oneof(anything, table),
    exports: fc.oneof(
      anything,
      fc.array(fc.record({ connection: anything, tables: anything }, { requiredKeys: [] })),
    ),
    bucket: scalar,
    region: scalar,
    replications: fc.oneof(anything, fc.array(replication, { maxLength: 3 })),
    cloud: fc.oneof(anything, cloud),
  },
  { requiredKeys: [] },
);

/** A configuration, or a `ConfigError` with problems: anything else fails the test. */
function parseOrRefuse(yaml: string): void {
  try {
    expect(parseConfig(yaml, { baseDir: '/base' }).config.tables.length).toBeGreaterThan(0);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
  }
}

describe('parseConfig', () => {
  it('answers any value with a configuration or its problems', () => {
    fc.assert(
      fc.property(fc.oneof(anything, config), (value) => parseOrRefuse(JSON.stringify(value))),
      { numRuns: 600 },
    );
  });

  it('answers any text with a configuration or its problems', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'name: a',
        'tables:',
        '- ',
        '\n',
        '  ',
        '&a ',
        '*a',
        '<<: ',
        '? ',
        ': ',
        '[',
        '{',
        '!',
        '|',
        '"',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const text = fc.array(piece, { maxLength: 15 }).map((pieces) => pieces.join(''));

    fc.assert(fc.property(text, parseOrRefuse), { numRuns: 600 });
  });
});
