import type { Column } from '../../lib/config/column-type.ts';
import { type EraseTargets, eraseKey } from '../../lib/operations/erase.ts';
import { planTable } from '../../lib/operations/plan.ts';
import { type RowStream, readHistory, readSnapshot, readVersions } from '../../lib/operations/read-rows.ts';
import { rebuildTable } from '../../lib/operations/rebuild.ts';
import { releaseFiles } from '../../lib/operations/release.ts';
import { completeReload, startReload } from '../../lib/operations/reload.ts';
import { tableStatus } from '../../lib/operations/status.ts';
import { verifyTable } from '../../lib/operations/verify.ts';
import { cdcFileName, type ChangeShorthand, change, loadFileName } from './change-files.ts';
import type { TestEngine, TestPipeline } from './test-pipeline.ts';

/** What one operation said, or showed, by a name that says what was done before. */
export type Said = Readonly<Record<string, unknown>>;

const COLUMNS: readonly Column[] = [
  { name: 'id', type: { kind: 'int', bits: 64 } },
  { name: 'name', type: { kind: 'string' } },
  { name: 'amount', type: { kind: 'decimal', precision: 20, scale: 4 } },
  { name: 'since', type: { kind: 'timestamptz' } },
];

const ANN = { id: '9007199254740993', name: 'Ann', amount: '-0.0001', since: '1969-12-31T23:59:59.999999Z' };
const BOB = { id: '2', name: 'Bob', amount: null, since: null };
const EVE = { id: '3', name: '名 🌊', amount: '1.5000', since: '2024-05-01T10:00:00.000001Z' };

/** A reload's own instant, so that nothing depends on the clock. */
const RELOADED_AT = '2024-05-01T12:00:00.000000Z';

const NO_TARGETS: EraseTargets = async () => {};

/**
 * Does everything that can be done to a table, once, and tells what was said: the same on every engine. What depends on
 * the engine's language, on the clock or on chance is left out.
 */
export async function playOperations(engine: TestEngine): Promise<Said> {
  const table = engine.table({ name: 'customer', keys: ['id'], source: 'dbo.customer' });
  const { workspace, config } = table;
  const said: Record<string, unknown> = {};
  const load = (rows: readonly ChangeShorthand[], n: number) => deliver(table, loadFileName(n), rows);
  const captured = (rows: readonly ChangeShorthand[], n: number) => deliver(table, cdcFileName(n), rows);

  await load([opened(ANN), opened(BOB)], 1);
  await captured([{ op: 'U', at: '10:00', seq: 1, ...ANN, name: 'Änn' }], 1);
  said['plan of what waits'] = await plan(table);
  said['first batches'] = await ingest(table);
  said['status after them'] = await status(table);

  await captured(
    [
      { op: 'D', at: '11:00', seq: 2, ...BOB },
      { op: 'I', at: '11:00', seq: 3, ...EVE },
    ],
    2,
  );
  await captured([{ op: 'I', at: '11:00', seq: 4, ...EVE, id: null }], 3);
  said['a batch with a file that is refused'] = await ingest(table);
  said['released files'] = await releaseFiles(workspace, config);
  said['the file is refused again'] = await ingest(table);
  said['rows of all'] = await everything(table);

  await startReload({ ...workspace, clock: { now: () => RELOADED_AT } }, config);
  await load([opened(ANN), opened({ ...BOB, name: 'Bob again' })], 2);
  said['a reload'] = await ingest(table);
  said['its end'] = await completeReload(workspace, config, { rows: 2 });
  said['rows after the reload'] = await everything(table);

  said['a key erased'] = await eraseKey(workspace, config, { id: ANN.id }, NO_TARGETS);
  const erased = await everything(table);
  said['rows without it'] = erased;
  said['a rebuild'] = await rebuildTable(workspace, config);
  said['rows rebuilt are the same'] = JSON.stringify(await everything(table)) === JSON.stringify(erased);
  said.checks = await verifyTable(workspace, config);
  said['status at the end'] = await status(table);
  said['plan at the end'] = await plan(table);
  return said;
}

const opened = (row: typeof ANN | typeof BOB): ChangeShorthand => ({
  op: 'I',
  at: '08:00',
  load: true,
  ...row,
});

async function deliver(table: TestPipeline, name: string, rows: readonly ChangeShorthand[]): Promise<void> {
  await table.deliver(name, { columns: COLUMNS, changes: rows.map((row) => change(row)) });
}

async function ingest(table: TestPipeline): Promise<object> {
  const { lagSeconds: _, ...report } = await table.ingest();
  return report;
}

async function status(table: TestPipeline): Promise<object> {
  const { lagSeconds: _, historyId, lastBatch, ...rest } = await tableStatus(table.workspace, table.config);
  const { at: __, ...batch } = lastBatch ?? { at: '' };
  return { ...rest, lastBatch: batch, known: historyId !== null };
}

async function plan(table: TestPipeline): Promise<object> {
  const { batches, waitingBytes: _, ...rest } = await planTable(table.workspace, table.config);
  return { ...rest, batches: batches.map(({ sql: __, ...batch }) => batch) };
}

async function everything({ workspace, config }: TestPipeline): Promise<object> {
  return {
    history: await collect(await readHistory(workspace, config)),
    'history of a key': await collect(await readHistory(workspace, config, { key: { id: ANN.id } })),
    versions: await collect(await readVersions(workspace, config)),
    current: await collect(await readSnapshot(workspace, config)),
    'at an instant': await collect(await readSnapshot(workspace, config, { asOf: '2024-05-01T11:00:00Z' })),
  };
}

async function collect({ columns, rows }: RowStream): Promise<object> {
  const all = [];
  for await (const block of rows) all.push(...block);
  return { columns, rows: all };
}
