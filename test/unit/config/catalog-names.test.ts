import { describe, expect, it } from 'vitest';
import { complaints, parse, problemsOf, WAREHOUSE } from './parse.ts';

/** A configuration of a Databricks engine with these tables and top-level settings. */
function config(tables: readonly string[], top: object = {}, server = 'databricks'): string {
  const [kind, host, httpPath] = WAREHOUSE.split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  return JSON.stringify({
    name: 'shop',
    engine: { kind, host, httpPath, server },
    ...(server === 'databricks' ? { storage: { kind: 'volume' } } : {}),
    tables: tables.map((name) => ({ name, keys: ['id'] })),
    ...top,
  });
}

describe('names under Unity Catalog', () => {
  it('may be of any script and hold anything but a period, a space and a slash', () => {
    const { warnings } = parse(
      config(['日本-1`$\'"', 'ünï', '1', 'select'], { catalog: 'a-b', schema: '#x' }),
    );

    expect(warnings).toEqual([]);
  });

  it('are refused with what is wrong and what would do', () => {
    expect(
      problemsOf(config(['order lines', 'a.b c'], { catalog: 'my/lake', schema: 'v1.0' })),
    ).toMatchObject([
      {
        path: 'catalog',
        message: 'the name of the catalog has "/" in it, which Unity Catalog does not allow',
        hint: 'For instance "my_lake".',
      },
      {
        path: 'schema',
        message: 'the name of the schema has "." in it, which Unity Catalog does not allow',
        hint: 'For instance "v1_0".',
      },
      {
        path: 'tables[0].name',
        message:
          'the name of a table and of its volumes has a space in it, which Unity Catalog does not allow',
        hint: 'For instance "order_lines".',
      },
      {
        path: 'tables[1].name',
        message:
          'the name of a table and of its volumes has "." and a space in it, which Unity Catalog does not allow',
        hint: 'For instance "a_b_c".',
      },
    ]);
  });

  it('are refused for the catalog that the name stands in for', () => {
    expect(complaints(config(['a'], { name: 'My Shop' }))).toEqual([
      'catalog: the name of the catalog, taken from `name`, has a space in it, which Unity Catalog does not allow',
    ]);
    expect(parse(config(['a'], { name: 'My Shop', catalog: 'shop' })).warnings).toEqual([]);
  });

  it('are counted in characters', () => {
    const name = '日'.repeat(255);

    expect(parse(config(['a'], { catalog: name })).config.catalog).toBe(name);
    expect(complaints(config(['a'], { catalog: `${name}x` }))).toEqual([
      'catalog: the name of the catalog has 256 characters, more than Unity Catalog keeps',
    ]);
  });

  it('that differ in case only are one name', () => {
    expect(complaints(config(['orders', 'Orders']))).toEqual([
      'tables[1].name: "Orders" repeats "orders" of tables[0]',
    ]);
  });

  it('with upper case letters are kept otherwise, which is said', () => {
    const { warnings } = parse(config(['Orders', 'lines'], { catalog: 'Lake', schema: 'RAW' }));

    expect(warnings.map(({ path, hint }) => `${path}: ${hint}`).sort()).toEqual([
      'catalog: Write "lake", so that it is the same everywhere.',
      'schema: Write "raw", so that it is the same everywhere.',
      'tables[0].name: Write "orders", so that it is the same everywhere.',
    ]);
  });

  it('that are no names at all are refused once', () => {
    expect(complaints(config(['a/b .'], { schema: 5 }))).toEqual([
      'schema: must be text, but YAML reads it as a number',
      'tables[0].name: has "/", "\\" or ".." in it, but it becomes a folder name',
    ]);
  });
});

describe('names under open Spark', () => {
  const TOP = { catalog: 'spark_catalog' };

  it('are in the one catalog it has', () => {
    const message = 'must be spark_catalog with `server: open-spark`, which has no other';

    expect(parse(config(['Orders_1'], TOP, 'open-spark')).warnings).toEqual([]);
    for (const top of [{}, { catalog: 'lake' }]) {
      expect(problemsOf(config(['a'], top, 'open-spark'))).toMatchObject([
        { path: 'catalog', message, hint: 'Write `catalog: spark_catalog`.' },
      ]);
    }
  });

  it.each(['a-b', 'ünï', 'a b', 'a.b'])('are of Latin letters, digits and underscores, so not %j', (name) => {
    const yaml = config([name], { ...TOP, schema: name }, 'open-spark');

    expect(complaints(yaml).sort()).toEqual([
      'schema: the name of the schema has other characters in it than open Spark allows',
      'tables[0].name: the name of a table and of its volumes has other characters in it than open Spark allows',
    ]);
  });
});

describe('names under DuckDB', () => {
  it('are held to none of this', () => {
    const yaml = JSON.stringify({
      name: 'My Shop',
      schema: 'v1.0',
      tables: [{ name: 'Order Lines.x', keys: ['id'] }],
    });

    expect(parse(yaml).warnings).toEqual([]);
  });
});
