import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../../lib/config/column-type.ts';
import { canWiden, equality, fits, postgresType } from '../../../../lib/targets/postgres/types.ts';

const typeOf = (text: string) => parseColumnType(text)!;

describe('postgresType', () => {
  it.each([
    ['int8', 'smallint'],
    ['int16', 'smallint'],
    ['int32', 'integer'],
    ['int64', 'bigint'],
    ['decimal(38,18)', 'numeric(38,18)'],
    ['float', 'real'],
    ['double', 'double precision'],
    ['boolean', 'boolean'],
    ['date', 'date'],
    ['time', 'text'],
    ['timestamp', 'timestamp without time zone'],
    ['timestamptz', 'timestamp with time zone'],
    ['string', 'text'],
    ['uuid', 'uuid'],
    ['json', 'jsonb'],
    ['binary', 'bytea'],
  ])('stores %s as %s, which fits itself', (ours, theirs) => {
    expect(postgresType(typeOf(ours))).toBe(theirs);
    expect(fits({ text: theirs, isEnum: false }, typeOf(ours))).toBe(true);
  });
});

describe('fits', () => {
  it.each([
    [
      'int32',
      ['bigint', 'numeric', 'numeric(10,0)', 'numeric(12,2)'],
      ['smallint', 'numeric(9,0)', 'real', 'text', 'double precision'],
    ],
    ['int64', ['numeric(19,0)'], ['integer', 'numeric(18,0)', 'numeric(19,1)']],
    ['int8', ['integer', 'numeric(5,0)'], ['boolean']],
    [
      'decimal(10,2)',
      ['numeric', 'numeric(12,4)', 'numeric(10,2)'],
      ['numeric(10,4)', 'numeric(10,1)', 'money', 'bigint'],
    ],
    ['decimal(9,0)', ['integer', 'bigint'], ['smallint']],
    ['float', ['double precision'], ['numeric', 'text']],
    ['double', [], ['real', 'numeric']],
    [
      'string',
      [
        'character varying',
        'character varying(20)',
        'character(5)',
        'uuid',
        'json',
        'jsonb',
        'citext',
        'public.citext',
      ],
      ['integer', 'bytea', 'text[]', 'timestamp with time zone'],
    ],
    ['uuid', ['text', 'character varying(36)'], ['bytea']],
    ['json', ['json', 'text'], ['bytea']],
    ['time', ['time without time zone'], ['time(0) without time zone', 'interval']],
    [
      'timestamp',
      ['timestamp(6) without time zone'],
      ['timestamp(3) without time zone', 'timestamp with time zone', 'date'],
    ],
    [
      'timestamptz',
      ['timestamp(6) with time zone'],
      ['timestamp without time zone', 'timestamp(0) with time zone'],
    ],
    ['date', [], ['text', 'timestamp without time zone']],
    ['binary', [], ['text']],
    ['boolean', [], ['integer', 'text']],
  ])('lets %s into %o, and not into %o', (ours, good, bad) => {
    const accepted = [...good, ...bad].filter((text) => fits({ text, isEnum: false }, typeOf(ours)));

    expect(accepted).toEqual(good);
  });

  it('lets text into an enum, which refuses what it does not know', () => {
    expect(fits({ text: 'shop.mood', isEnum: true }, typeOf('string'))).toBe(true);
    expect(fits({ text: 'shop.mood', isEnum: false }, typeOf('string'))).toBe(false);
  });
});

describe('canWiden', () => {
  it.each([
    ['smallint', 'int32', true],
    ['integer', 'int64', true],
    ['bigint', 'int32', false],
    ['real', 'double', true],
    ['integer', 'double', false],
    ['numeric(10,2)', 'decimal(12,2)', true],
    ['numeric(10,2)', 'decimal(12,4)', true],
    ['numeric(10,2)', 'decimal(10,4)', false],
    ['integer', 'decimal(20,0)', true],
    ['bigint', 'decimal(18,0)', false],
    ['numeric', 'decimal(38,18)', false],
    ['text', 'int32', false],
    ['timestamp(3) without time zone', 'timestamp', false],
  ] as const)('of %s to %s is %s', (existing, wanted, expected) => {
    expect(canWiden(existing, typeOf(wanted))).toBe(expected);
  });
});

describe('equality', () => {
  it('is exact only for types whose equal values read the same', () => {
    const types = [
      'bigint',
      'text',
      'numeric(10,2)',
      'timestamp with time zone',
      'bytea',
      'uuid',
      'real',
      'double precision',
    ];
    const others = ['numeric', 'jsonb', 'json', 'xml', 'point', 'character(3)', 'public.citext', 'integer[]'];

    expect(types.map(equality)).toEqual([
      'exact',
      'exact',
      'exact',
      'exact',
      'exact',
      'exact',
      'float',
      'float',
    ]);
    expect(new Set(others.map(equality))).toEqual(new Set(['text']));
  });
});
