import type { ChangeFile } from '../changes/change-file.ts';
import { planSchema, type SchemaPlan } from '../changes/plan-schema.ts';
import { FileReadError } from '../errors.ts';
import type { HistoryTable } from '../history/history-table.ts';
import { planBatch } from '../history/plan-batch.ts';
import { confirmsRows } from '../history/every-change.ts';
import { addSeconds, earliest, latest, secondsBetween } from '../instant.ts';
import type { AppliedBatch, BatchKind } from '../ledger/records.ts';
import type { Lease } from '../ledger/lease.ts';
import { type BatchFile, type FileFacts, type Identified, toFileToRead, toLedgerFile } from './batch-file.ts';
import { checkValues } from './check-values.ts';
import { findDamaged } from './find-damaged.ts';
import type { IngestDeps } from './ingest-deps.ts';
import { historyTable } from '../history/history-table.ts';
import { countRows, notTooLarge, runMerge } from './merge-batch.ts';
import { isEmpty, prepareHistory } from './prepare-history.ts';
import { findKeyRanges, keyChangesIn, probeChanges } from './probe-changes.ts';
import type { Refused } from './read-files.ts';

/** A commit time further ahead of our clock than this is worth a warning. */
const SKEW_SECONDS = 5 * 60;
/** A claim that was looked at has this time to spare before the statement that it must outlast. */
const FRESH_SECONDS = 5;

/** What became of the files of one batch. */
export interface BatchOutcome {
  /** Null when no file was left to apply. */
  readonly applied: AppliedBatch | null;
  readonly files: readonly BatchFile[];
  readonly refused: readonly Refused<BatchFile>[];
  /** What the ledger was told that begins; null when no file came that far. */
  readonly startedAs: BatchKind | null;
  /** Fingerprint of the `_versions` view as it is now; null when nothing was applied. */
  readonly view: string | null;
}

/** The files of one batch. */
export interface BatchInput {
  readonly files: readonly BatchFile[];
  /** These, and those whose footers could not be read: what the batch took out of the waiting. */
  readonly taken: readonly Identified[];
  /** What a run before this one began it as, which may have applied it already; null for a new batch. */
  readonly resumedAs: BatchKind | null;
  /** Fingerprint of the `_versions` view as the ledger knows it. */
  readonly view: string | null;
  /** The newest commit time of all that was applied before; null where there is none. */
  readonly newestCommit: string | null;
}

interface Checked {
  readonly table: HistoryTable;
  readonly schema: SchemaPlan;
  readonly exists: boolean;
  readonly files: readonly BatchFile[];
  readonly facts: ReadonlyMap<string, FileFacts>;
}

/**
 * Applies the files of one batch: schema check, value check, `started`, one merge, `applied`. Files that cannot be
 * applied are named and the others go on. Doing it again with the same id and files changes nothing.
 */
export async function applyBatch(
  deps: IngestDeps,
  lease: Lease,
  batchId: bigint,
  input: BatchInput,
): Promise<BatchOutcome> {
  const { files, taken } = input;
  const refused: Refused<BatchFile>[] = [];
  let left = files;
  let startedAs: BatchKind | null = null;
  const start: Start = async (kind, facts) => {
    const ledgerFiles = taken.map((file) => toLedgerFile(file, facts.get(file.path)));
    await deps.engine.transaction(async (session) => {
      await deps.ledger.hold(session, lease);
      await deps.ledger.started(session, lease, batchId, kind, ledgerFiles);
    });
    startedAs = kind;
    await deps.faults.at('ingest.started');
  };
  for (;;) {
    const drop = (bad: readonly Refused<BatchFile>[]): void => {
      refused.push(...bad);
      left = left.filter((file) => !bad.some((b) => b.file.path === file.path));
    };
    const checked = await withDamageFound(deps, left, drop, () => checkFiles(deps, left, drop));
    if (checked === 'again') continue;
    if (checked === null) return { applied: null, files: [], refused, startedAs, view: null };
    const applied = await withDamageFound(deps, left, drop, () =>
      applyChecked(deps, lease, batchId, input, checked, start),
    );
    if (applied === 'again') continue;
    return { ...applied, files: checked.files, refused, startedAs };
  }
}

/** Tells the ledger that the batch begins; throws when the lease is lost. */
type Start = (kind: BatchKind, facts: ReadonlyMap<string, FileFacts>) => Promise<void>;

/** Runs a step; when the engine fails while reading, finds the damaged files, drops them and asks for another try. */
async function withDamageFound<T>(
  deps: IngestDeps,
  files: readonly BatchFile[],
  drop: (bad: readonly Refused<BatchFile>[]) => void,
  step: () => Promise<T>,
): Promise<T | 'again'> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof FileReadError)) throw error;
    const damaged = await findDamaged(deps.engine, deps.store, deps.table.name, files);
    // No single file is to blame, so the engine's own word stands.
    if (damaged.length === 0) throw error;
    drop(damaged);
    return 'again';
  }
}

/** Schema first, then values; a file dropped for its values must leave no column behind, so the schema is planned anew. */
async function checkFiles(
  deps: IngestDeps,
  files: readonly BatchFile[],
  drop: (bad: readonly Refused<BatchFile>[]) => void,
): Promise<Checked | null | 'again'> {
  const { engine, store, table: config } = deps;
  if (files.length === 0) return null;
  const ref = { catalog: deps.catalog, schema: deps.schema, name: config.name };
  const existing = await engine.columns(ref);
  const schema = planSchema(config, existing, files);
  if (schema.rejected.length > 0) {
    drop(schema.rejected.map(({ file, reason }) => ({ file: asBatchFile(files, file), reason })));
    return 'again';
  }
  const table = historyTable(deps, config, schema.columns);
  const { facts, refused } = await checkValues(engine, store, table, files);
  if (refused.length > 0) {
    drop(refused);
    return 'again';
  }
  return { table, schema, exists: existing !== null, files, facts };
}

function asBatchFile(files: readonly BatchFile[], file: ChangeFile): BatchFile {
  return files.find((f) => f.path === file.path)!;
}

async function applyChecked(
  deps: IngestDeps,
  lease: Lease,
  batchId: bigint,
  input: BatchInput,
  checked: Checked,
  start: Start,
): Promise<{ applied: AppliedBatch; view: string }> {
  const { engine, ledger, faults, store } = deps;
  const { table, files, facts } = checked;
  const toRead = files.map((file) => toFileToRead(store, file));
  const keyChanges = keyChangesIn(facts);
  const rows = sum(files.map((file) => facts.get(file.path)!.rows));
  const firstLoad =
    files.every((file) => file.fullLoad && facts.get(file.path)!.inserts === facts.get(file.path)!.rows) &&
    // The insert of a first load does nothing where it was made before.
    (input.resumedAs === 'first-load' || !checked.exists || (await isEmpty(engine, table.ref)));
  const [probe, keyRanges] = await Promise.all([
    probeChanges(engine, table, toRead, keyChanges),
    checked.exists && !firstLoad ? findKeyRanges(engine, table, toRead, { rows, keyChanges }) : [],
  ]);
  const known = { repeats: probe.repeats, keyChanges: probe.keyChanges, keyRanges };
  const plan = planBatch(engine.dialect, { table, files: toRead, batchId, firstLoad, facts: known });
  const ledgerFiles = files.map((file) => toLedgerFile(file, facts.get(file.path)));
  const news: BatchNews = {
    batchId,
    kind: plan.kind,
    files: ledgerFiles,
    rows,
    ambiguous: probe.ambiguous,
    firstCommit: earliest(ledgerFiles.map((f) => f.firstCommit)),
    lastCommit: latest(ledgerFiles.map((f) => f.lastCommit)),
    reloadInstant: null,
  };
  const allNew = plan.recount !== null && !confirmsRows(table, toRead) && isAllNew(deps, input, news);
  const begun = deps.clock.now();
  await start(plan.kind, facts);
  const view = await prepareHistory(deps, table, { exists: checked.exists, ...checked.schema }, input.view);
  await faults.at('ingest.schema-ready');
  const applied = await engine.transaction(async (session) => {
    // Elsewhere a lease that was looked at a moment ago outlasts every statement.
    const isFresh = secondsBetween(begun, deps.clock.now()) < FRESH_SECONDS;
    if (engine.dialect.capabilities.transactions || !isFresh) await ledger.hold(session, lease);
    const result = await runMerge(session, plan, faults);
    const facts = { resumed: input.resumedAs !== null, keys: probe.keys, allNew };
    const batch = await notTooLarge(batchId, async (): Promise<AppliedBatch> => {
      const counts = await countRows(session, table, plan, result, facts);
      await faults.at('ingest.merged');
      await ledger.applied(session, lease, { ...news, counts });
      return { ...news, counts };
    });
    await faults.at('ingest.before-commit');
    return batch;
  });
  await faults.at('ingest.applied');
  warnOfSkew(deps, applied);
  return { applied, view };
}

/** What is recorded of a batch, its counts not yet. */
type BatchNews = Omit<AppliedBatch, 'counts'>;

/** True when every change is later than all that was applied before, so that none can be known already. */
function isAllNew({ table }: IngestDeps, { newestCommit }: BatchInput, { firstCommit }: BatchNews): boolean {
  if (table.history !== 'every-change' || firstCommit === null) return false;
  return newestCommit === null || firstCommit > newestCommit;
}

function warnOfSkew(deps: IngestDeps, batch: AppliedBatch): void {
  if (batch.lastCommit === null || batch.lastCommit <= addSeconds(deps.clock.now(), SKEW_SECONDS)) return;
  deps.logger.warn(
    'clock_skew: a commit time lies more than five minutes ahead of this clock; its rows were applied',
    {
      table: deps.table.name,
      batchId: String(batch.batchId),
      lastCommit: batch.lastCommit,
    },
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
