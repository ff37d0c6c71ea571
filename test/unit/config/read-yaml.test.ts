import { describe, expect, it } from 'vitest';
import { problemsOf, withTable } from './parse.ts';

describe('YAML that cannot be read', () => {
  it.each([
    ['name: shop\nname: other\n', 2, 1, 'a name is given twice'],
    ['name: shop\ntables:\n  - name: a\n    keys: [id\n', 5, 1, 'the indentation does not fit'],
    ['name: shop\n\ttables: []\n', 2, 1, 'a tab is used to indent'],
    ['name: "shop\n', 2, 1, 'a character is missing'],
    ['name: a: b\n', 1, 7, 'a ":" is too many on this line'],
    ['name: @shop\n', 1, 7, 'text begins with a character that has a meaning in YAML'],
    ['name: "\\q"\n', 1, 8, 'a backslash in double quotes is not an escape'],
    ['name: a\n---\nname: b\n', 2, 1, 'a second document begins'],
    ['name: *shop\n', 1, 7, 'an alias has no anchor before it'],
    ['name: !secret x\n', 1, 7, 'a "!tag" is not known'],
    ['name: x\n1: y\n', 2, 1, 'a name is not text'],
    ['name: x\n{a: b}: y\n', 2, 1, 'a name is not text'],
  ])('%j is refused at line %i, column %i', (yaml, line, column, message) => {
    expect(problemsOf(yaml)).toEqual([{ path: '', message, hint: expect.any(String), line, column }]);
  });

  it('names a duplicate column of a contract, too', () => {
    const [problem] = problemsOf(withTable('columns:\n  id: int\n  id: text'));

    expect(problem).toMatchObject({ message: 'a name is given twice', line: 7, column: 7 });
  });

  it.each([
    ['a bomb of aliases', bomb()],
    ['a merge of what is no map', '<<: 5\nname: x'],
  ])('%s is refused', (_, yaml) => {
    expect(problemsOf(yaml).map(({ message }) => message)).toEqual(['is YAML that cannot be unfolded']);
  });

  it('a value that contains itself is refused like any other wrong value', () => {
    expect(problemsOf('name: x\ntables: &t [*t]').map(({ message }) => message)).toEqual([
      'must be a map of fields',
    ]);
  });

  it('endless nesting is refused', () => {
    expect(problemsOf(`name: ${'['.repeat(20_000)}`)).not.toEqual([]);
  });
});

function bomb(): string {
  const levels = Array.from(
    { length: 12 },
    (_, i) => `x${i + 1}: &x${i + 1} [${Array(10).fill(`*x${i}`).join(', ')}]`,
  );
  return ['x0: &x0 lol', ...levels].join('\n');
}
