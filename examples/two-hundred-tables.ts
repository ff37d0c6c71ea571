import { writeFileSync } from 'node:fs';

/** What businesses keep tables of, and what there is of each. */
const THINGS = [
  'customer',
  'supplier',
  'item',
  'order',
  'invoice',
  'payment',
  'shipment',
  'return',
  'contract',
  'ticket',
];
const PARTS = ['', 'address', 'contact', 'document', 'event', 'history', 'label', 'line', 'note', 'price'];
const SCHEMAS = ['sales', 'archive'];

/** `two-hundred-tables.yaml`: as many tables of one database as make a pipeline large. */
export function twoHundredTables(): string {
  const tables = SCHEMAS.flatMap((schema) =>
    THINGS.flatMap((thing) =>
      PARTS.map((part) => renderTable(schema, part === '' ? [thing] : [thing, part])),
    ),
  );
  return `${HEAD}${tables.join('')}`;
}

function renderTable(schema: string, words: readonly string[]): string {
  const name = [...(schema === 'sales' ? [] : [schema]), ...words].join('_');
  const capital = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1));
  const keys = words.length > 1 ? `[${words[0]}_id, no]` : `[${words[0]}_id]`;
  return `  - {name: ${name}, source: ${schema}.${capital.join('')}, keys: ${keys}}\n`;
}

const HEAD = `# yaml-language-server: $schema=../tidemark.schema.json
# Two hundred tables of one database, through one replication. Written by two-hundred-tables.ts.
# ARNs, ids and addresses are made up.

name: erp
company: acme
region: eu-west-1
catalog: lake
schema: erp

engine:
  kind: databricks
  host: dbc-a1b2c3d4-e5f6.cloud.databricks.com
  httpPath: /sql/1.0/warehouses/0123456789abcdef
  auth:
    clientId: 8f2c1d3e-0000-4000-8000-5a6b7c8d9e0f
    clientSecret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:databricks-AbCdEf

storage:
  kind: s3

replications:
  - name: main
    source:
      engine: sqlserver
      database: Erp
      secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:erp-GhIjKl
    serverless: {minUnits: 4, maxUnits: 64}
    parallelTables: 24

defaults:
  columnNames: lower

cloud:
  network:
    kind: existing
    vpcId: vpc-0123456789abcdef0
    subnetIds: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    availabilityZones: [eu-west-1a, eu-west-1b]
    wayOut: nat
  ingest:
    concurrency: 40

tables:
`;

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('two-hundred-tables.yaml', import.meta.url), twoHundredTables());
}
