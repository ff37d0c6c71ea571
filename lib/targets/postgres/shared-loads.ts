import { PipelineError } from '../../errors.ts';
import type { PartRows, SharedLoads, SharedRun, SnapshotSpec } from '../../ports.ts';
import { copyRows } from './copy-rows.ts';
import { exportLost } from './export-lost.ts';
import { dropSchema, ensureSchema, planTarget } from './prepare-target.ts';
import type { Session } from './session.ts';
import { publishShared } from './shared-publish.ts';
import {
  assertNoneUnderWay,
  livingRun,
  readProgress,
  renderProgressTable,
  writeProgress,
} from './shared-progress.ts';
import type { LoadPorts } from './snapshot-load.ts';
import { dropStaging, renderStagingPart, renderStagingTable, sharedStaging, takeTurn } from './staging.ts';

/**
 * Shared exports of a Postgres server. Each part has a table of its own, which a second load of the part empties in the
 * same transaction; one table above them reads them all. They are the record of the export, too: whoever drops them
 * has ended it.
 */
export function createSharedLoads(ports: LoadPorts): SharedLoads {
  return {
    underWay: (schema, table) => withSession(ports.connect, (session) => livingRun(session, schema, table)),
    begin: (spec, run) => begin(ports, spec, run),
    load: (spec, run, part, staged) => loadPart(ports, spec, run, part, staged),
    publish: (spec, run, mark, ourTurn) =>
      publishShared(ports, spec, run, mark, ourTurn).catch((error: unknown) => {
        throw lostIfGone(error, spec, run.id);
      }),
    abort: (schema, table, runId) => abort(ports, schema, table, runId),
  };
}

async function withSession<T>(
  connect: () => Promise<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await connect();
  try {
    const result = await work(session);
    await session.end();
    return result;
  } catch (error) {
    // Whatever it was doing, and whatever it holds, ends with it.
    session.destroy();
    throw error;
  }
}

async function begin(ports: LoadPorts, spec: SnapshotSpec, run: SharedRun): Promise<void> {
  const { targetSchema: schema, targetTable: table } = spec;
  const doing = `beginning to export ${schema}.${table}`;
  const staging = sharedStaging(schema, table, run.id);
  await withSession(ports.connect, async (session) => {
    await takeTurn(session, schema, table, ports.patience.turnMs);
    await assertNoneUnderWay(session, schema, table, run.id);
    const plan = await planTarget(session, spec);
    const before = await readProgress(session, staging.progress);
    await session.query(doing, 'begin');
    await dropStaging(session, schema, table);
    const madeSchema = (await ensureSchema(session, schema)) || (before?.madeSchema ?? false);
    const create = (sql: string) => session.query(doing, sql);
    await create(renderStagingTable(staging.rows, plan.columns));
    const parts = Array.from({ length: run.parts }, (_, part) => part);
    for (const part of parts) await create(renderStagingPart(staging.partRows(part), staging.rows));
    if (spec.mode === 'delta') {
      const keys = spec.keys.map((key) => plan.columns.find(({ name }) => name === key)!);
      await create(renderStagingTable(staging.keys, keys));
      for (const part of parts) await create(renderStagingPart(staging.partKeys(part), staging.keys));
    }
    await create(renderProgressTable(staging.progress));
    await writeProgress(session, doing, staging, { runId: run.id, madeSchema });
    await session.query(doing, 'commit');
  });
}

async function loadPart(
  ports: LoadPorts,
  spec: SnapshotSpec,
  run: SharedRun,
  part: number,
  { rows, deletedKeys }: PartRows,
): Promise<{ rows: number }> {
  const { targetSchema: schema, targetTable: table } = spec;
  const doing = `staging part ${part} of ${schema}.${table}`;
  const staging = sharedStaging(schema, table, run.id);
  try {
    return await withSession(ports.connect, async (session) => {
      await session.query(doing, 'begin');
      await setLockTimeout(session, doing, ports.patience.lockMs);
      const copy = partCopier(session, doing, `${schema}.${table}`);
      // Emptied first of all: the lock is the sign of life while the engine makes the first rows.
      const rowColumns = spec.columns.map(({ name }) => name);
      const staged = await copy(staging.partRows(part), rowColumns, rows);
      const gone = deletedKeys ? await copy(staging.partKeys(part), spec.keys, deletedKeys) : 0;
      await writeProgress(session, doing, staging, { runId: run.id, part, rows: staged });
      await ports.faults.at('export.part-staged');
      await session.query(doing, 'commit');
      return { rows: staged + gone };
    });
  } catch (error) {
    throw lostIfGone(error, spec, run.id);
  }
}

async function setLockTimeout(session: Session, doing: string, ms: number): Promise<void> {
  await session.query(doing, `select pg_catalog.set_config('lock_timeout', $1, true)`, [String(ms)]);
}

/** Copies into an emptied table, inside the transaction of a session that stays open. */
function partCopier(session: Session, doing: string, table: string) {
  const kept: Session = { ...session, end: async () => {} };
  return async (
    staging: string,
    columns: readonly string[],
    blocks: AsyncIterable<string>,
  ): Promise<number> => {
    await session.query(doing, `truncate ${staging}`);
    return copyRows({ staging, table, columns, connections: 1, open: async () => kept }, blocks);
  };
}

async function abort(ports: LoadPorts, schema: string, table: string, runId: string): Promise<void> {
  const staging = sharedStaging(schema, table, runId);
  await withSession(ports.connect, async (session) => {
    await takeTurn(session, schema, table, ports.patience.turnMs);
    const progress = await readProgress(session, staging.progress);
    await dropStaging(session, schema, table, staging.prefix);
    if (progress?.madeSchema) await dropSchema(session, schema);
  });
}

/** The server says that a table is not there: what this export had staged was taken away meanwhile. */
function lostIfGone(error: unknown, spec: SnapshotSpec, runId: string): unknown {
  const isGone = error instanceof PipelineError && error.context.sqlState === '42P01';
  return isGone ? exportLost(spec, runId, error) : error;
}
