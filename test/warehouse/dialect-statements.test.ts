import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabricksDialect } from '../../lib/engines/databricks/dialect.ts';
import { renderErase, renderRepeatErasures } from '../../lib/history/erasure.ts';
import { renderChangedLines, renderGoneLines, renderSnapshotLines } from '../../lib/history/export-rows.ts';
import { renderFindKey } from '../../lib/history/find-key.ts';
import { renderInvariants, renderLaterBatches } from '../../lib/history/invariants.ts';
import { renderRowCounts, renderRows } from '../../lib/history/read-rows.ts';
import { renderSchemaChange } from '../../lib/history/schema-change.ts';
import { renderReplaceHistory } from '../../lib/history/swap-table.ts';
import { LEDGER_TABLES, renderCreateLedgerTable } from '../../lib/ledger/ledger-tables.ts';
import { copyLine } from '../../lib/targets/postgres/bulk-text.ts';
import { writeChangeFile } from '../helpers/change-files.ts';
import {
  HOSTILE,
  HOSTILE_COLUMNS,
  historyStatements,
  ID,
  NAME,
  SCORE,
  STATEMENT_FILES,
  statementTable,
} from '../helpers/history-statements.ts';
import { describeWithWarehouse } from './bench/shared-warehouse.ts';
import { freshSchema, openTestSession, type TestSession } from './bench/test-session.ts';

const dialect = createDatabricksDialect('open-spark');

describeWithWarehouse('the statements of a history on Spark with Delta', (warehouse) => {
  const place = { catalog: 'spark_catalog', schema: freshSchema() };
  let db: TestSession;
  beforeAll(async () => {
    db = await openTestSession(warehouse(), { configuration: { ANSI_MODE: 'true', TIMEZONE: 'UTC' } });
    await db.run(`create schema ${place.schema}`);
  }, 120_000);
  afterAll(() => db?.close());

  const ref = (name: string) => ({ ...place, name });

  it('every statement that keeps a history is understood', async () => {
    const here = { ...place, files: join(warehouse().dir, 'statements'), hostileTable: 'hostile_history' };
    const table = statementTable(here, {});
    const newer = join(here.files, STATEMENT_FILES.newer);
    for (const name of Object.values(STATEMENT_FILES)) {
      const path = join(here.files, name);
      await mkdir(dirname(path), { recursive: true });
      const hostile = name === STATEMENT_FILES.hostile;
      await writeChangeFile(path, {
        columns: hostile ? HOSTILE_COLUMNS : [ID, NAME, SCORE],
        changes: [],
        options: hostile ? {} : { beforeImage: ['id'] },
      });
    }
    const hostile = statementTable(here, { name: here.hostileTable, keys: [HOSTILE] }, HOSTILE_COLUMNS);
    const created = { exists: false, columns: [], added: [], widened: [] };
    for (const sql of renderSchemaChange(dialect, hostile, created)) await db.run(sql);
    const {
      'create-history': create,
      'evolve-history': evolve,
      ...others
    } = historyStatements(dialect, here);
    for (const sql of create!) await db.run(sql);

    const expr = (name: string): string => dialect.quoteIdentifier(name);
    const line = copyLine(
      dialect,
      table.columns.map((column) => ({ ...column, expr: expr(column.name) })),
      'null',
    );
    const key = [{ column: ID, text: '7' }];
    const erasure = { keyColumns: ['id'], keyHash: 'x', erasedAt: '2026-01-31T00:00:00.000000Z' };
    const relation = `${dialect.tableName(table.ref)} version as of 0`;
    const statements = [
      ...Object.values(others).flat(),
      renderInvariants(dialect, table)
        .map(({ sql }) => `(${sql})`)
        .join('\nunion all\n'),
      renderLaterBatches(dialect, table, 7n),
      renderRowCounts(dialect, table.ref, 'current'),
      renderRows(dialect, table, { kind: 'versions', key }),
      renderRows(dialect, table, { kind: 'history', key }),
      renderSnapshotLines(dialect, table, { kind: 'current' }, { relation }, line),
      renderChangedLines(dialect, table, 7n, { relation }, line),
      renderGoneLines(dialect, table, 7n, { relation }, '`id`'),
      renderFindKey(dialect, {
        enginePaths: [newer],
        columns: [ID],
        keys: [{ value: key[0]!, now: ID, before: { name: 'BI_id', type: ID.type } }],
      }),
      renderErase(dialect, table, key),
      renderRepeatErasures(dialect, table, [erasure], { onlyBefore: true }),
      ...LEDGER_TABLES.map((one) => renderCreateLedgerTable(dialect, ref(one.name), one)),
    ].filter((sql) => !sql.startsWith('create or replace view'));
    const refused: string[] = [];
    for (const sql of statements) {
      const plan = (await db.run(`explain ${sql}`)).map((row) => String(row.plan));
      if (plan[0]?.startsWith('Error occurred'))
        refused.push(`${plan[1]}
${sql}`);
    }
    expect(statements.length).toBeGreaterThan(25);
    expect(refused).toEqual([]);
    for (const sql of evolve!.slice(1)) await db.run(sql);
    await db.run(renderReplaceHistory(dialect, { ...table, ref: ref('again') }, table.ref));
    expect((await db.run(`describe detail ${dialect.tableName(ref('again'))}`))[0]).toMatchObject({
      clusteringColumns: ['id'],
    });
  }, 400_000);
});
