import { describe, expect, it } from 'vitest';
import { createDatabricksDialect } from '../../../lib/engines/databricks/dialect.ts';
import { duckdbDialect } from '../../../lib/engines/duckdb/dialect.ts';
import { renderSchemaChange } from '../../../lib/history/schema-change.ts';
import type { Dialect } from '../../../lib/ports.ts';
import {
  HOSTILE,
  historyStatements,
  type StatementPlace,
  statementTable,
} from '../../helpers/history-statements.ts';

const PLACE = { catalog: 'lake', schema: 'main', files: '/files', hostileTable: HOSTILE };
/** No catalog of Databricks holds a table name with a blank in it. */
const BLANKLESS = { ...PLACE, hostileTable: HOSTILE.replaceAll(' ', '_') };

/** A new dialect is one line here; its golden files are written by `vitest run -u` and then read by a person. */
const DIALECTS: readonly (readonly [dialect: Dialect, place: StatementPlace])[] = [
  [duckdbDialect, PLACE],
  [createDatabricksDialect('databricks'), BLANKLESS],
];

const NAMES = Object.keys(historyStatements(duckdbDialect, PLACE));

/** Every statement, one after the other. */
const texts = (dialect: Dialect, place: StatementPlace): Record<string, string> =>
  Object.fromEntries(
    Object.entries(historyStatements(dialect, place)).map(([name, statements]) => [
      name,
      statements.map((one) => `${one};\n`).join('\n'),
    ]),
  );

describe.each(DIALECTS)('the SQL of $name', (dialect, place) => {
  it.each(NAMES)('%s is what its golden file says', async (name) => {
    await expect(texts(dialect, place)[name]).toMatchFileSnapshot(`golden/${dialect.name}/${name}.sql`);
  });

  it('is the same text every time', () => {
    expect(texts(dialect, place)).toEqual(texts(dialect, place));
  });
});

it('open Spark is told the same as Databricks, but for how files are read', () => {
  const withoutFiles = (all: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(all).map(([name, text]) => [
        name,
        text.replaceAll(/read_files\([^)]*\)|parquet\.`[^`]*`/g, 'files'),
      ]),
    );

  const databricks = texts(createDatabricksDialect('databricks'), BLANKLESS);
  const openSpark = texts(createDatabricksDialect('open-spark'), BLANKLESS);

  expect(databricks['last-change-batch']).not.toBe(openSpark['last-change-batch']);
  expect(withoutFiles(openSpark)).toEqual(withoutFiles(databricks));
});

it('a history that fits needs no statement', () => {
  const change = { exists: true, columns: [], added: [], widened: [] };
  expect(renderSchemaChange(duckdbDialect, statementTable(PLACE, {}), change)).toEqual([]);
});
