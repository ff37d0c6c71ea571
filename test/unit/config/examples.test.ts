import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import { twoHundredTables } from '../../../examples/two-hundred-tables.ts';
import { checkDeployable } from '../../../lib/config/check-deployable.ts';
import { renderJsonSchema } from '../../../lib/config/json-schema.ts';
import { configSchema } from '../../../lib/config/schema.ts';
import { parse } from './parse.ts';
import { uncomment } from './uncomment.ts';

interface SchemaNode {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

type Leaves = ReadonlyMap<string, unknown>;

const folder = new URL('../../../examples/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const full = read('full.yaml');

describe('examples', () => {
  it.each(files)('%s can be deployed, without a warning', (file) => {
    const { config, warnings } = parse(read(file));

    expect(warnings).toEqual([]);
    expect(checkDeployable(config)).toEqual([]);
  });

  it('two-hundred-tables.yaml is what its script writes (else run: npx tsx examples/two-hundred-tables.ts)', () => {
    const text = read('two-hundred-tables.yaml');

    expect(text).toBe(twoHundredTables());
    expect(parse(text).config.tables).toHaveLength(200);
  });
});

describe('full.yaml', () => {
  it('shows every setting of the schema, and no other', () => {
    const shown = parseYaml(uncomment(full));

    expect(configSchema.safeParse(shown).error).toBeUndefined();
    expect([...leavesOf(shown).keys()].sort()).toEqual(
      [...defaults(JSON.parse(renderJsonSchema())).keys()].sort(),
    );
  });

  it('shows the default that the schema tells of, in force or behind a "#"', () => {
    const shown = leavesOf(parseYaml(uncomment(full)));
    const given = yours();
    const told = [...defaults(JSON.parse(renderJsonSchema()))].filter(
      ([path, value]) => value !== undefined && !given.has(path),
    );

    expect(told.length).toBeGreaterThan(60);
    expect(told.map(([path]) => [path, shown.get(path)])).toEqual(told);
  });

  it('means the same with only those lines that are "yours"', () => {
    const least = keep(parseYaml(full), yours());

    expect(least).toMatchObject({ name: 'shop', tables: [{ name: 'customer', keys: ['id'] }] });
    expect(least).not.toHaveProperty('region');
    expect(parse(stringify(least)).config).toEqual(parse(full).config);
  });
});

/** The paths of the fields whose line says that they have no default. */
function yours(): ReadonlySet<string> {
  const above: { indent: number; field: string }[] = [];
  const paths = full.split('\n').flatMap((line) => {
    const [, blanks = '', dash = '', field] = /^( *)(- )?(\w+):/.exec(line) ?? [];
    if (field === undefined) return [];
    const indent = blanks.length + dash.length;
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    above.push({ indent, field });
    return / # yours(:|$)/.test(line) ? [above.map((one) => one.field).join('.')] : [];
  });
  return new Set(paths);
}

/** The value without the scalars and lists of scalars that are not wanted, nor what is empty without them. */
function keep(value: unknown, wanted: ReadonlySet<string>, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => keep(item, wanted, path));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([field, inner]): [string, unknown][] => {
    const below = [...path, field];
    if (!holdsFields(inner)) return wanted.has(below.join('.')) ? [[field, inner]] : [];
    const rest = keep(inner, wanted, below);
    return JSON.stringify(rest).replace(/[^\w]/g, '') === '' ? [] : [[field, rest]];
  });
  return Object.fromEntries(entries);
}

function holdsFields(value: unknown): boolean {
  const inner = Array.isArray(value) ? value[0] : value;
  return typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0;
}

/** Every field that holds no others, by its path without positions in lists, with its value. */
function leavesOf(value: unknown, path = ''): Leaves {
  if (Array.isArray(value) && holdsFields(value)) return leavesOf(value[0], path);
  if (!holdsFields(value)) return new Map([[path, value]]);
  return new Map(
    Object.entries(value as object).flatMap(([field, inner]) => [
      ...leavesOf(inner, path === '' ? field : `${path}.${field}`),
    ]),
  );
}

/** The same of the schema, each with the default that editors show. */
function defaults(node: SchemaNode, path = ''): Leaves {
  const nodes = [node, node.items, ...(node.anyOf ?? [])];
  const properties = nodes.find((one) => one?.properties)?.properties;
  if (!properties) return new Map([[path, node.default]]);
  return new Map(
    Object.entries(properties).flatMap(([field, inner]) => [
      ...defaults(inner, path === '' ? field : `${path}.${field}`),
    ]),
  );
}
