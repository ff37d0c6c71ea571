import { describe, expect, it } from 'vitest';
import { initConfigText } from '../../../lib/config/init-template.ts';
import { DATABRICKS_FIELDS } from '../../../lib/config/schema-engine.ts';
import { parse } from './parse.ts';
import { uncomment } from './uncomment.ts';

describe('initConfigText', () => {
  it('begins with the schema that editors complete it by', () => {
    const [first] = initConfigText('shop', '../schema/tidemark.schema.json').split('\n');

    expect(first).toBe('# yaml-language-server: $schema=../schema/tidemark.schema.json');
  });

  it('works at once', () => {
    const { config, warnings } = parse(initConfigText('shop'));

    expect(warnings).toEqual([]);
    expect(config.tables.map(({ name, keys }) => ({ name, keys }))).toEqual([
      { name: 'customer', keys: ['id'] },
    ]);
    expect(config.exports).toEqual([]);
  });

  it('hides only defaults behind its comments, and one export', () => {
    const { config, warnings } = parse(uncomment(initConfigText('shop')));

    expect(warnings).toEqual([]);
    expect(config).toEqual({
      ...parse(initConfigText('shop')).config,
      exports: parse(`${initConfigText('shop')}\nexports: [{connection: "\${env:PG_URL}"}]`).config.exports,
    });
  });

  it('shows every table setting', () => {
    const text = uncomment(initConfigText('shop'));

    for (const field of [
      'history',
      'track',
      'sequence',
      'schemaEvolution',
      'reload',
      'op',
      'historyColumns',
      'batch',
    ]) {
      expect(text).toMatch(new RegExp(`^ *${field}:`, 'm'));
    }
  });

  it.each(['true', 'Null', '1e3', 'a: b # c', '"quoted"', '- x', "it's", '日本', '*a', '__proto__', '~'])(
    'keeps the name %j',
    (name) => {
      expect(parse(initConfigText(name)).config.name).toBe(name);
      expect(parse(uncomment(initConfigText(name))).config.company).toBe(name);
    },
  );
});

describe('initConfigText for Databricks', () => {
  const text = (name: string) => initConfigText(name, undefined, 'databricks');

  it('needs only environment variables to work', () => {
    const { config, warnings } = parse(text('shop'));

    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      catalog: 'shop',
      engine: {
        kind: 'databricks',
        host: { template: '${env:DATABRICKS_HOST}' },
        httpPath: { template: '${env:DATABRICKS_HTTP_PATH}' },
        auth: { kind: 'oauth' },
      },
      storage: { kind: 'volume' },
    });
  });

  it('hides only defaults behind its comments, and one export', () => {
    const { config, warnings } = parse(uncomment(text('shop')));

    expect(warnings).toEqual([]);
    expect({ ...config, exports: [] }).toEqual(parse(text('shop')).config);
    expect(config.exports).toHaveLength(1);
  });

  it('shows every setting of the engine that has a default', () => {
    const shown = uncomment(text('shop'));

    for (const field of DATABRICKS_FIELDS.filter((name) => name !== 'caFile')) {
      expect(shown).toMatch(new RegExp(`^ {2}${field}:`, 'm'));
    }
  });

  it.each([
    ['My Shop v1.2', 'my_shop_v1_2'],
    ['a/b', 'a_b'],
    ['日本', '日本'],
    ['...', 'tidemark'],
    ['x'.repeat(300), 'x'.repeat(255)],
    ['*a: b # c', '*a:_b_#_c'],
    ['"quoted"', '"quoted"'],
    ['true', 'true'],
  ])('gives %j the catalog %j', (name, catalog) => {
    const { config, warnings } = parse(uncomment(text(name)));

    expect([config.name, config.catalog]).toEqual([name, catalog]);
    expect(config.engine).toMatchObject({ volumes: `/Volumes/${catalog}/main` });
    expect(warnings).toEqual([]);
  });
});
