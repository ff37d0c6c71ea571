import { describe, expect, it } from 'vitest';
import { initConfigText } from '../../../lib/config/init-template.ts';
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
