import { sortChangeFiles } from '../changes/file-name.ts';
import { planSchema, type SchemaPlan } from '../changes/plan-schema.ts';
import type { TableConfig } from '../config/config.ts';
import { FileReadError, TerminalError } from '../errors.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { planBatch } from '../history/plan-batch.ts';
import type { ChangeFacts, FileToRead } from '../history/read-changes.ts';
import { renderCreateHistory, renderEvolution } from '../history/table-definition.ts';
import { type BatchFile, type FileFacts, toFileToRead } from '../ingest/batch-file.ts';
import { checkValues } from '../ingest/check-values.ts';
import { findDamaged } from '../ingest/find-damaged.ts';
import { historyTable } from '../history/history-table.ts';
import { isEmpty } from '../ingest/prepare-history.ts';
import { findKeyRanges, findRepeats, keyChangesIn } from '../ingest/probe-changes.ts';
import { type Refused, readChangeFiles } from '../ingest/read-files.ts';
import type { Lease } from '../ledger/lease.ts';
import type { Engine, FileStore, TableRef } from '../ports.ts';
import type { Workspace } from '../workspace.ts';
import { type Located, storeAsItWas } from './locate-applied.ts';

/** Names shown in a message; the rest are counted. */
const NAMES_SHOWN = 10;

/** One rebuild under way. */
export interface Rebuild {
  readonly ws: Workspace;
  readonly table: TableConfig;
  readonly lease: Lease;
  /** The table that is being built. */
  readonly shadow: TableRef;
  /** Instant of each load generation, whatever became of it. */
  readonly instants: ReadonlyMap<number, string>;
}

/**
 * Applies the files of one batch to the shadow, as ingest would have under the configuration of today. Throws
 * `TerminalError` REBUILD_FILES_REFUSED when it would have rejected one. Returns the rows of the files.
 */
export async function rebuildBatch(
  rebuild: Rebuild,
  batchId: bigint,
  located: readonly Located[],
): Promise<number> {
  const { ws, table, shadow } = rebuild;
  const store = storeAsItWas(ws.store(table), located);
  const files = await readFooters(rebuild, store, located);
  try {
    const existing = await ws.engine.columns(shadow);
    const schema = planSchema(table, existing, files);
    assertAccepted(table, schema.rejected);
    const history = { ...historyTable(ws.config, table, schema.columns), ref: shadow };
    const { facts, refused } = await checkValues(ws.engine, store, history, files);
    assertAccepted(table, refused);
    await prepareShadow(rebuild, history, existing === null ? null : schema);
    await mergeBatch(rebuild, history, store, batchId, { files, facts, exists: existing !== null });
  } catch (error) {
    if (!(error instanceof FileReadError)) throw error;
    assertAccepted(table, await findDamaged(ws.engine, store, table.name, files));
    throw error;
  }
  return files.reduce((rows, file) => rows + file.footer.rows, 0);
}

async function readFooters(
  { ws, table, instants }: Rebuild,
  store: FileStore,
  located: readonly Located[],
): Promise<BatchFile[]> {
  const files = located.map(({ applied }) => ({
    path: applied.path,
    size: applied.size,
    version: applied.version,
    arrivedAt: applied.arrivedAt,
    fullLoad: applied.fullLoad,
    generation: applied.generation,
    reloadedAt: instants.get(applied.generation) ?? null,
  }));
  const read = await readChangeFiles(store, ws.engine.dialect, sortChangeFiles(files));
  assertAccepted(table, read.refused);
  return read.files;
}

/** No view: nobody is meant to see the shadow. */
async function prepareShadow(
  { ws, shadow }: Rebuild,
  history: HistoryTable,
  change: Pick<SchemaPlan, 'added' | 'widened'> | null,
): Promise<void> {
  const { dialect } = ws.engine;
  const statements = change
    ? renderEvolution(dialect, shadow, change.added, change.widened)
    : [renderCreateHistory(dialect, history)];
  for (const sql of statements) await ws.engine.execute(sql);
}

/** Files that were found sound. */
interface Checked {
  readonly files: readonly BatchFile[];
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** The shadow was there before them. */
  readonly exists: boolean;
}

async function mergeBatch(
  { ws, lease, shadow }: Rebuild,
  history: HistoryTable,
  store: FileStore,
  batchId: bigint,
  checked: Checked,
): Promise<void> {
  const { files, facts } = checked;
  const firstLoad =
    files.every((file) => file.fullLoad && facts.get(file.path)!.inserts === facts.get(file.path)!.rows) &&
    (await isEmpty(ws.engine, shadow));
  const toRead = files.map((file) => toFileToRead(store, file));
  const plan = planBatch(ws.engine.dialect, {
    table: history,
    files: toRead,
    batchId,
    firstLoad,
    facts: await findChangeFacts(ws.engine, history, toRead, checked, firstLoad),
  });
  await ws.engine.transaction(async (session) => {
    await ws.ledger.hold(session, lease);
    if (plan.stage) await session.execute(plan.stage);
    await session.execute(plan.apply);
    if (plan.cleanup) await session.execute(plan.cleanup);
  });
}

/** What ingest found out of the batch too, so that the very same statement applies it. */
async function findChangeFacts(
  engine: Engine,
  history: HistoryTable,
  files: readonly FileToRead[],
  { facts, exists }: Checked,
  firstLoad: boolean,
): Promise<ChangeFacts> {
  const keyChanges = keyChangesIn(facts);
  const { repeats } = await findRepeats(engine, history, files, keyChanges);
  const rows = [...facts.values()].reduce((sum, file) => sum + file.rows, 0);
  const keyRanges =
    firstLoad || !exists ? [] : await findKeyRanges(engine, history, files, { rows, keyChanges });
  return { repeats, keyChanges, keyRanges };
}

function assertAccepted(
  table: TableConfig,
  refused: readonly Pick<Refused<{ readonly path: string } & Refused['file']>, 'file' | 'reason'>[],
): void {
  if (refused.length === 0) return;
  const reasons = refused
    .slice(0, NAMES_SHOWN)
    .map(({ file, reason }) => `  ${file.path}: ${reason.code}: ${reason.message}`);
  const more = refused.length > NAMES_SHOWN ? [`  and ${refused.length - NAMES_SHOWN} more`] : [];
  throw new TerminalError(
    'REBUILD_FILES_REFUSED',
    [
      `Table ${table.name}: ${refused.length} processed file(s) cannot be applied under the configuration of today. The history is as it was. Change the configuration, then rebuild again:`,
      ...reasons,
      ...more,
    ].join('\n'),
    { context: { table: table.name, files: refused.map(({ file }) => file.path) } },
  );
}
