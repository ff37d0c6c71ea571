import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, worseCode } from '../../bin/exit-code.ts';
import { csvLine } from '../../bin/output/csv.ts';
import { describeHolder } from '../../bin/output/holder.ts';
import { humanBytes, humanCount, humanDuration, humanInstant } from '../../bin/output/human.ts';
import { toJson } from '../../bin/output/json.ts';
import { ndjsonLine } from '../../bin/output/ndjson.ts';
import { PLAIN } from '../../bin/output/paint.ts';
import { createRowTable } from '../../bin/output/row-table.ts';
import { drawTimeline } from '../../bin/output/timeline.ts';
import { visible, visibleLines } from '../../bin/output/visible.ts';
import { parseKey } from '../../bin/parse-key.ts';
import { UsageError } from '../../bin/usage-error.ts';
import { type Column, parseColumnType } from '../../lib/config/column-type.ts';
import { ConfigError, TerminalError, TransientError } from '../../lib/errors.ts';
import type { Holder } from '../../lib/operations/unlock.ts';
import type { TextRow } from '../../lib/ports.ts';

function columns(fields: Readonly<Record<string, string>>): Column[] {
  return Object.entries(fields).map(([name, type]) => ({ name, type: parseColumnType(type)! }));
}

describe('describeHolder', () => {
  const holder: Holder = {
    claim: '12',
    host: 'build-7',
    pid: 4711,
    since: '2026-01-31T18:00:00.250000Z',
    until: '2026-01-31T18:31:00.000000Z',
    alive: false,
  };

  it.each<[Holder | null, boolean, string]>([
    [null, false, 'nobody has it'],
    [
      holder,
      false,
      'process 4711 on build-7 has it by claim 12, since 2026-01-31 18:00:00.250000, until 2026-01-31 18:31:00',
    ],
    [
      holder,
      true,
      'taken from process 4711 on build-7, which had it by claim 12, since 2026-01-31 18:00:00.250000',
    ],
    [
      { ...holder, host: null, pid: null, since: null },
      false,
      'an unknown process has it by claim 12, until 2026-01-31 18:31:00',
    ],
  ])('%j (%s)', (who, unlocked, text) => {
    expect(describeHolder(who, unlocked)).toBe(text);
  });
});

describe('ndjsonLine', () => {
  it('prints each type as the contract says', () => {
    const types = [
      'int8',
      'int16',
      'int32',
      'int64',
      'decimal(38,0)',
      'double',
      'boolean',
      'binary',
      'time',
      'json',
    ];
    const line = ndjsonLine(types.map((type) => ({ name: type, type: parseColumnType(type)! })));
    const values = [
      '-128',
      '32767',
      '-2147483648',
      '9007199254740993',
      '12345678901234567890123456789012345678',
    ];

    expect(line([...values, '1e+300', 'false', '00ff', '23:59:59.000001', '{"a":1}'])).toBe(
      '{"int8":-128,"int16":32767,"int32":-2147483648,"int64":"9007199254740993",' +
        '"decimal(38,0)":"12345678901234567890123456789012345678","double":1e+300,"boolean":false,' +
        '"binary":"00ff","time":"23:59:59.000001","json":"{\\"a\\":1}"}\n',
    );
  });

  it.each([
    ['NaN', '"NaN"'],
    ['Infinity', '"Infinity"'],
    ['-Infinity', '"-Infinity"'],
    ['-0.0', '-0.0'],
    ['0.1', '0.1'],
    ['1e-05', '1e-05'],
  ])('prints the double %s as %s', (text, printed) => {
    expect(ndjsonLine(columns({ x: 'double' }))([text])).toBe(`{"x":${printed}}\n`);
  });

  it('keeps the order of columns, whatever their names', () => {
    const named = ['b', '1', '__proto__', 'a"\n', '0'].map((name) => ({
      name,
      type: parseColumnType('text')!,
    }));

    expect(ndjsonLine(named)(['v', null, '', '\u0000🌊', '\ud800'])).toBe(
      '{"b":"v","1":null,"__proto__":"","a\\"\\n":"\\u0000🌊","0":"\\ud800"}\n',
    );
  });
});

describe('csvLine', () => {
  it('quotes what would end a field, tells an empty text from null, keeps the rest', () => {
    expect(csvLine(['a', null, '', 'x,y', 'say "hi"', 'two\nlines', ' lead', '\\N'])).toBe(
      'a,,"","x,y","say ""hi""","two\nlines", lead,\\N\n',
    );
  });
});

describe('createRowTable', () => {
  const print = (fields: Record<string, string>, rows: readonly TextRow[], width: number | null): string => {
    const table = createRowTable(columns(fields), { width, paint: PLAIN });
    return table.block(rows) + table.end();
  };

  it('aligns wide characters, shows what cannot be seen, and tells null from an empty text', () => {
    const rows = [
      ['7', '日本', 'a\tb'],
      ['1234', '🌊', null],
      ['-1', '\u001b[31mred\u202e', ''],
    ];

    expect(print({ id: 'bigint', name: 'text', note: 'text' }, rows, 80)).toBe(
      [
        '  id  name              note',
        '────  ────────────────  ────',
        '   7  日本              a␉b',
        '1234  🌊                ∅',
        '  -1  ␛[31mred\\u{202e}',
        '',
      ].join('\n'),
    );
  });

  it('cuts text, never a number, to stay within the terminal', () => {
    const rows = [['12345678901234567890', 'x'.repeat(50)]];

    expect(print({ id: 'decimal(20,0)', text: 'text' }, rows, 40)).toBe(
      [
        '                  id  text',
        `${'─'.repeat(20)}  ${'─'.repeat(18)}`,
        `12345678901234567890  ${'x'.repeat(17)}…`,
        '',
      ].join('\n'),
    );
  });

  it('prints one value a line where columns do not fit side by side', () => {
    const rows = [['12345678901234567890', '2026-01-01T00:00:00.000001Z']];

    expect(print({ id: 'decimal(20,0)', effective_date: 'timestamptz' }, rows, 44)).toBe(
      [
        '── 1 ──',
        'id              12345678901234567890',
        'effective_date  2026-01-01T00:00:00.000001Z',
        '',
      ].join('\n'),
    );
  });

  it('prints the head of a table without rows', () => {
    expect(print({ id: 'int', name: 'text' }, [], 80)).toBe('id  name\n──  ────\n');
  });
});

describe('drawTimeline', () => {
  it('shows inserts whole, changes as old and new, deletions and what comes after them', () => {
    const fields = {
      id: 'int',
      name: 'text',
      city: 'text',
      current: 'boolean',
      from: 'timestamptz',
      to: 'timestamptz',
    };
    const at = (day: string, micros = '000000'): string => `2026-01-${day}T00:00:00.${micros}Z`;
    const rows = [
      ['7', 'Ann', 'Oslo', 'false', at('01'), at('03', '000012')],
      ['7', 'Ann', null, 'false', at('03', '000012'), at('05')],
      ['7', '', 'x'.repeat(60), 'true', at('06'), null],
    ];
    const style = { effectiveDate: 'from', endDate: 'to', current: 'current', width: 40, paint: PLAIN };

    expect(drawTimeline(rows, { columns: columns(fields), keys: ['ID'], ...style })).toBe(
      [
        '●  2026-01-01 00:00:00  inserted',
        '│    name  Ann',
        '│    city  Oslo',
        '│  2 d',
        '●  2026-01-03 00:00:00.000012  changed',
        '│    city  Oslo → ∅',
        '│  1 d 23 h',
        '✕  2026-01-05 00:00:00  deleted',
        '┊  gone for 1 d',
        '●  2026-01-06 00:00:00  inserted again',
        '│    name  Ann → ""',
        `│    city  ∅ → ${'x'.repeat(24)}…`,
        '▼  now',
        '',
      ].join('\n'),
    );
  });
});

describe('parseKey', () => {
  it('splits at the first =, but knows key columns whose name has one', () => {
    expect(parseKey(['a=b=c', 'k=v=1=2', '__proto__=x'], ['a', 'k=v', '__proto__'])).toEqual(
      Object.fromEntries([
        ['a', 'b=c'],
        ['k=v', '1=2'],
        ['__proto__', 'x'],
      ]),
    );
  });

  it.each([[['secret']], [['id=1', 'id=secret']]])('refuses %j without repeating a value', (args) => {
    expect(() => parseKey(args, ['id'])).toThrowError(/^--key: (?!.*secret)/);
  });
});

describe('words for people', () => {
  it.each([
    [0, '0 µs'],
    [0.000012, '12 µs'],
    [0.37, '370 ms'],
    [59.9, '59 s'],
    [125, '2 min 5 s'],
    [86_400, '1 d'],
    [31_536_000, '365 d'],
    [90_000, '1 d 1 h'],
  ])('a duration of %d seconds is %s', (seconds, text) => {
    expect(humanDuration(seconds)).toBe(text);
  });

  it('sizes, counts and instants are short', () => {
    expect([999, 1000, 1234, 999_600, 12_345_678].map(humanBytes)).toEqual([
      ...['999 B', '1.0 KB', '1.2 KB', '1.0 MB', '12 MB'],
    ]);
    expect([1234567, 12n, null].map(humanCount)).toEqual(['1,234,567', '12', '?']);
    expect(['2026-01-31T00:00:00.000000Z', '2026-01-31T18:00:00.120000Z'].map(humanInstant)).toEqual([
      ...['2026-01-31 00:00:00', '2026-01-31 18:00:00.120000'],
    ]);
  });

  it('nothing that a terminal would obey comes through', () => {
    expect(visible('a\u0000\n\u001b\u007f\u0085\u2066\ud800')).toBe('a␀␊␛␡\\u{85}\\u{2066}\\u{d800}');
    expect(visibleLines('a\nb\u001b')).toBe('a\nb␛');
  });
});

describe('exit codes', () => {
  it.each([
    [new Error('bug'), EXIT.unexpected],
    [new TerminalError('UNEXPECTED', ''), EXIT.unexpected],
    [new ConfigError([]), EXIT.refused],
    [new UsageError('X', ''), EXIT.refused],
    [new TerminalError('SECRET_MISSING', ''), EXIT.refused],
    [new TerminalError('X', ''), EXIT.failed],
    [new TransientError('X', ''), EXIT.tryAgain],
  ])('%s ends with its own', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('the worst one wins', () => {
    const worst = [130, 1, 2, 6, 4, 5, 3, 0] as const;
    const pairs = worst.flatMap((a, at) => worst.slice(at).map((b) => [a, b] as const));

    expect(pairs.map(([a, b]) => [worseCode(a, b), worseCode(b, a)])).toEqual(pairs.map(([a]) => [a, a]));
  });
});

describe('toJson', () => {
  it('keeps a bigint exact and tells of an error only what is safe', () => {
    const error = new TransientError('BUSY', 'Try later.', {
      context: { secret: 1 },
      cause: new Error('secret'),
    });

    expect(JSON.parse(toJson({ id: 9007199254740993n, error }))).toEqual({
      id: '9007199254740993',
      error: { code: 'BUSY', message: 'Try later.', transient: true },
    });
  });
});
