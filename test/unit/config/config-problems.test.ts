import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../lib/errors.ts';
import { complaints, parse, problemsOf, withConnection, withTable } from './parse.ts';

const URL_EXPORT = '{connection: "${env:PG_URL}"}';

describe('parseConfig refuses', () => {
  it('everything that is wrong at once, in the order of the file, each with place and remedy', () => {
    expect(
      problemsOf(`name: shop
regin: eu-central-1
tables:
  - name: customer
    keys: []
    histroy: every-change
  - name: Customer
    keys: [id, ID]
    history: every-chnge
exports:
  - connection: \${env:PG_URL}
    tables: [custmer]
    connections: 99
`),
    ).toEqual([
      { path: 'regin', line: 2, message: 'is not a known field', hint: 'Did you mean "region"?' },
      {
        path: 'tables[0].keys',
        line: 5,
        message: 'is an empty list',
        hint: 'Name the columns that identify a row, for instance `keys: [id]`.',
      },
      {
        path: 'tables[0].histroy',
        line: 6,
        message: 'is not a known field',
        hint: 'Did you mean "history"?',
      },
      {
        path: 'tables[1].name',
        line: 7,
        message: '"Customer" repeats "customer" of tables[0]',
        hint: 'Rename one: case does not tell tables apart.',
      },
      { path: 'tables[1].keys[1]', line: 8, message: 'key "ID" is listed twice', hint: 'List it once.' },
      {
        path: 'tables[1].history',
        line: 9,
        message: '"every-chnge" is not a valid choice',
        hint: 'Valid: last-change, every-change. Did you mean "every-change"?',
      },
      {
        path: 'exports[0].tables[0]',
        line: 12,
        message: '"custmer" is not a table',
        hint: 'Did you mean "customer"?',
      },
      { path: 'exports[0].connections', line: 13, message: 'is out of range', hint: 'Use at most 16.' },
    ]);
  });

  it('with one message that lists place, problem and remedy', () => {
    const read = () => parse(withTable('histroy: x'));

    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      'tidemark.yaml has 1 problem(s):\n  tables[0].histroy (line 5): is not a known field. Did you mean "history"?',
    );
  });

  it.each([
    ['', ': is empty'],
    ['# nothing\n', ': is empty'],
    ['[]', ': must be a map of fields'],
    ['shop', ': must be a map of fields'],
    ['name: shop\ntables: []', 'tables: is an empty list'],
    ['name: shop\ntables: {customer: {keys: [id]}}', 'tables: must be a list'],
    ['name: shop\ntables: [customer]', 'tables[0]: must be a map of fields'],
    ['name: shop\ntables: [{name: customer}]', 'tables[0].keys: is missing'],
    ['name: 123\ntables: [{name: a, keys: id}]', 'name: must be text, but YAML reads it as a number'],
    ['name: true\ntables: [{name: a, keys: id}]', 'name: must be text, but YAML reads it as a boolean'],
    ['name: ""\ntables: [{name: a, keys: id}]', 'name: is empty'],
    ['name:\ntables: [{name: a, keys: id}]', 'name: is empty'],
    ['name: a\nregion: mars\ntables: [{name: a, keys: id}]', 'region: is not the name of a region'],
    ['name: a\nbucket: My_Bucket\ntables: [{name: a, keys: id}]', 'bucket: is not a valid S3 bucket name'],
    ['name: a\nengine: {path: ":memory:"}\ntables: [{name: a, keys: id}]', 'engine.path: is not a file'],
    [
      'name: a\nengine: {kind: duckbd}\ntables: [{name: a, keys: id}]',
      'engine.kind: "duckbd" is not a valid choice',
    ],
    [
      'name: a\nschema: "${env:SCHEMA}"\ntables: [{name: a, keys: id}]',
      'schema: is plain text, but holds a ${env:...} reference',
    ],
  ])('%j', (yaml, complaint) => {
    expect(complaints(yaml)).toContain(complaint);
  });

  it.each([
    ['a/b', 'has "/", "\\" or ".." in it, but it becomes a folder name'],
    ['a\\b', 'has "/", "\\" or ".." in it, but it becomes a folder name'],
    ['..', 'has "/", "\\" or ".." in it, but it becomes a folder name'],
    ['a\u0000b', 'contains a control character'],
    ['a\nb', 'contains a control character'],
    ['a\u2028b', 'contains a control character'],
    ['a\ud800', 'contains a control character'],
    ['é'.repeat(101), 'has 202 bytes, but it becomes a folder name'],
    ['_Tidemark_files', 'begins with _tidemark_, which is reserved'],
    ['__tidemark_batch', 'begins with _tidemark_, which is reserved'],
  ])('the table name %j', (name, message) => {
    const yaml = JSON.stringify({ name: 'shop', tables: [{ name, keys: ['id'] }] });

    expect(complaints(yaml)).toEqual([`tables[0].name: ${message}`]);
  });

  it('a table that has the name of another table’s view', () => {
    expect(complaints('name: s\ntables: [{name: A_Versions, keys: id}, {name: a, keys: id}]')).toEqual([
      'tables[0].name: "A_Versions" is also the name of the view of table "a"',
    ]);
  });

  it('two tables whose folders are one on a disk that composes accents', () => {
    const tables = ['\u00e9', 'e\u0301'].map((name) => ({ name, keys: ['id'] }));

    expect(problemsOf(JSON.stringify({ name: 's', tables })).map(({ path }) => path)).toEqual([
      'tables[1].name',
    ]);
  });

  it.each([
    ['keys: [id, Current]', 'keys[1]: key "Current" is also the history column "current"'],
    ['keys: OP', 'keys: key "OP" is also the change column "op"'],
    ['keys: [id, BI_ID]', 'keys[1]: key "BI_ID" is also the before image of key "id"'],
    ['keys: [id, ""]', 'keys[1]: is empty'],
    ['keys: [id, 7]', 'keys[1]: must be text, but YAML reads it as a number'],
    ['keys: {id: 1}', 'keys: must be a column name, or a list of them'],
    ['keys: ["a\\tb"]', 'keys[0]: contains a control character'],
    ['beforeImagePrefix: ""', 'beforeImagePrefix: is empty'],
    ['changeSeq: op', 'changeSeq: "op" is also the change column "op"'],
    [
      'historyColumns: {current: END_DATE}',
      'historyColumns.endDate: "end_date" is also the history column "current"',
    ],
    ['historyColumns: {curent: x}', 'historyColumns.curent: is not a known field'],
    ['track: name', 'track: must be a list of columns, or {except: [...]}'],
    ['track: [name, id]', 'track[1]: "id" is a key'],
    ['track: {except: [a, A]}', 'track.except[1]: "A" is listed twice'],
    ['track: {except: [a], only: [b]}', 'track.only: is not a known field'],
    ['columns: {id: bigit}', 'columns.id: "bigit" is not a type'],
    ['columns: {id: "decimal(39,2)"}', 'columns.id: "decimal(39,2)" is not a decimal type'],
    ['columns: {id: [int]}', 'columns.id: must be the name of a type'],
    ['columns: [id]', 'columns: must map column names to types'],
    ['columns: {id: int, Name: text, name: text}', 'columns.name: column "name" repeats "Name"'],
    [
      'columns: {id: int, current: bool}',
      'columns.current: column "current" is also the history column "current"',
    ],
    ['columns: {id: int, Op: text}', 'columns.Op: column "Op" is also the change column "op"'],
    ['columns: {id: int, bi_id: int}', 'columns.bi_id: column "bi_id" is also the before image of key "id"'],
    ['batch: {maxBytes: 5XB}', 'batch.maxBytes: is not a size'],
    ['batch: {maxBytes: 1.5}', 'batch.maxBytes: must be a whole number of bytes, or a size such as 256MB'],
    ['batch: {maxBytes: 0}', 'batch.maxBytes: is out of range'],
    ['batch: {maxFiles: 0}', 'batch.maxFiles: is out of range'],
    ['batch: {maxFiles: 1e30}', 'batch.maxFiles: is out of range'],
    [
      'history: every-change\nsequence: commit-time',
      'sequence: `commit-time` cannot order the changes that `history: every-change` has to keep',
    ],
    ['__proto__: {history: x}', '__proto__: is not a known field'],
    ['constructor: x', 'constructor: is not a known field'],
  ])('the table setting %j', (lines, complaint) => {
    expect(complaints(withTable(lines))).toEqual([`tables[0].${complaint}`]);
  });

  it('a wrong default where it is written, once for all tables', () => {
    const yaml = `name: s
defaults: {history: every-change, sequence: commit-time, historyColumns: {endDate: current}}
tables: [{name: a, keys: id}, {name: b, keys: id}]`;

    expect(complaints(yaml)).toEqual([
      'defaults.historyColumns.endDate: "current" is also the history column "current"',
      'defaults.sequence: `commit-time` cannot order the changes that `history: every-change` has to keep',
    ]);
  });

  it('keys and columns among the defaults', () => {
    const yaml = 'name: s\ndefaults: {keys: [id], columns: {id: int}}\ntables: [{name: a, keys: id}]';

    expect(complaints(yaml)).toEqual([
      'defaults.keys: is not a known field',
      'defaults.columns: is not a known field',
    ]);
  });

  it('accepts a default track that names columns only some tables have', () => {
    const yaml = withTable('columns: {id: int}', 'defaults: {track: {except: [updated_at]}}');

    expect(parse(yaml).config.tables[0]?.track).toEqual({ kind: 'except', columns: ['updated_at'] });
  });

  it.each([
    [`[${URL_EXPORT}, ${URL_EXPORT}]`, 'exports[1].name: the name "postgres" is taken by another export'],
    ['[{connection: "${env:PG_URL}", tables: []}]', 'exports[0].tables: is an empty list'],
    [
      '[{connection: "${env:PG_URL}", tables: [customer, customer]}]',
      'exports[0].tables[1]: "customer" is listed twice',
    ],
    [
      '[{connection: "${env:PG_URL}", tables: [Customer]}]',
      'exports[0].tables[0]: "Customer" is not a table',
    ],
    ['[{tables: [customer]}]', 'exports[0].connection: is missing'],
    ['[{connection: "${env:PG_URL}", target: mysql}]', 'exports[0].target: "mysql" is not a valid choice'],
    [
      '[{connection: "${env:PG_URL}", removeMissing: yes}]',
      'exports[0].removeMissing: must be true or false',
    ],
    ['{connection: "${env:PG_URL}"}', 'exports: must be a list'],
  ])('the exports %j', (exports, complaint) => {
    expect(complaints(withTable('', `exports: ${exports}`))).toContain(complaint);
  });

  it('two exports that write one table of one database, whatever else differs', () => {
    const yaml = withTable(
      '',
      `exports:
  - {name: a, connection: "\${env:PG_URL}"}
  - {name: b, connection: {url: "\${env:PG_URL}", verifyTls: false}, tables: [customer], mode: incremental}
  - {name: c, connection: "\${env:PG_URL}", targetSchema: other}
  - {name: d, connection: "\${env:OTHER_URL}"}`,
    );

    expect(complaints(yaml)).toEqual([
      'exports[1]: table "customer" is written by exports[0] too, to the same place',
    ]);
  });

  it('an exported name that Postgres would cut', () => {
    const name = 'x'.repeat(64);
    const yaml = JSON.stringify({
      name: 's',
      tables: [{ name, keys: 'id' }],
      exports: [{ connection: '${env:PG_URL}', targetSchema: name }],
    });

    expect(complaints(yaml)).toEqual([
      `exports[0].tables: "${name}" has 64 bytes, more than Postgres keeps of a name`,
      `exports[0].targetSchema: "${name}" has 64 bytes, more than Postgres keeps of a name`,
    ]);
  });

  it('no part twice and no part for a reason that another problem only seems to give', () => {
    expect(complaints(withConnection('{embeded: ./pg}'))).toEqual([
      'exports[0].connection.embeded: is not a known field',
    ]);
    expect(
      complaints(withTable('keys: [is_current, current]\nhistoryColumns: {current: x, endDat: y}')),
    ).toEqual(['tables[0].historyColumns.endDat: is not a known field']);
  });
});
