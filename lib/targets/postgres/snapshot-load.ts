import { randomUUID } from 'node:crypto';
import { TerminalError } from '../../errors.ts';
import type { Faults, Logger, PublishResult, SnapshotLoad, SnapshotSpec, Watermark } from '../../ports.ts';
import { copyRows } from './copy-rows.ts';
import { planTable, type TablePlan } from './plan-table.ts';
import { commitPublish, preparePublish, type PublishJob } from './publish.ts';
import { quoteIdentifier } from './quote.ts';
import type { Session } from './session.ts';
import { settleLostCommit } from './settle-lost-commit.ts';
import { dropLeftovers, renderStagingTable, stagingNames, takeTurn } from './staging.ts';
import { readTableShape, schemaExists } from './table-shape.ts';
import { ownsTable, readWatermark } from './watermark.ts';

/** How long an export waits for others, in milliseconds. */
export interface Patience {
  /** For another export of the same table. */
  readonly turnMs: number;
  /** For somebody else's lock on the table. */
  readonly lockMs: number;
  /** For the server to come back after a lost COMMIT reply. */
  readonly recoverMs: number;
}

export interface LoadPorts {
  readonly connect: () => Promise<Session>;
  readonly patience: Patience;
  readonly faults: Faults;
  readonly logger: Logger;
  readonly merge?: boolean;
}

/** Opens one export of one table: see `SnapshotTarget.open`. */
export async function openLoad(spec: SnapshotSpec, ports: LoadPorts): Promise<SnapshotLoad> {
  const { targetSchema: schema, targetTable: table } = spec;
  const control = await ports.connect();
  let madeSchema = false;
  try {
    await takeTurn(control, schema, table, ports.patience.turnMs);
    const plan = await planFor(control, spec);
    madeSchema = await ensureSchema(control, schema);
    const leftovers = await dropLeftovers(control, schema, table);
    if (leftovers > 0)
      ports.logger.warn('dropped staging tables of a killed export', { schema, table, leftovers });
    const staging = stagingNames(schema, table);
    await control.query(
      `staging rows for ${schema}.${table}`,
      renderStagingTable(staging.rows, plan.columns),
    );
    return createLoad({ spec, ports, plan, staging, control, madeSchema, copies: new Set() });
  } catch (error) {
    if (madeSchema) await dropSchema(control, schema);
    await control.end();
    throw error;
  }
}

interface LoadState {
  readonly spec: SnapshotSpec;
  readonly ports: LoadPorts;
  readonly plan: TablePlan;
  readonly staging: { rows: string; keys: string };
  readonly madeSchema: boolean;
  /** Connections that copy or did. */
  readonly copies: Set<Session>;
  control: Session;
}

function createLoad(state: LoadState): SnapshotLoad {
  const { spec, ports, plan, staging } = state;
  const table = `${spec.targetSchema}.${spec.targetTable}`;
  let stagedRows = 0;
  let hasDeletedKeys = false;
  let done = false;
  const open = async () => {
    const session = await ports.connect();
    state.copies.add(session);
    return session;
  };
  const copy = (to: string, columns: readonly string[], blocks: AsyncIterable<string>) =>
    copyRows({ staging: to, table, columns, connections: spec.connections, open }, blocks);
  return {
    async load(blocks) {
      const rows = await copy(
        staging.rows,
        spec.columns.map(({ name }) => name),
        blocks,
      );
      stagedRows += rows;
      await ports.faults.at('export.after-load');
      return { rows };
    },
    async loadDeletedKeys(blocks) {
      if (!hasDeletedKeys) {
        const keys = spec.keys.map((key) => plan.columns.find(({ name }) => name === key)!);
        await state.control.query(`staging keys for ${table}`, renderStagingTable(staging.keys, keys));
        hasDeletedKeys = true;
      }
      return { rows: await copy(staging.keys, spec.keys, blocks) };
    },
    async publish(mark) {
      const result = await publish(state, { stagedRows, hasDeletedKeys }, mark);
      done = true;
      await ports.faults.at('export.after-commit');
      await state.control.end();
      return result;
    },
    async abort() {
      if (done) return void (await state.control.end());
      done = true;
      await cleanUp(state);
    },
  };
}

async function publish(
  state: LoadState,
  staged: { stagedRows: number; hasDeletedKeys: boolean },
  mark: Watermark,
): Promise<PublishResult> {
  const { spec, ports, staging } = state;
  const exportId = randomUUID();
  const { faults, patience, merge } = ports;
  const job: PublishJob = {
    spec,
    staging,
    ...staged,
    merge,
    exportId,
    lockTimeoutMs: patience.lockMs,
    faults,
  };
  const result = await preparePublish(state.control, job, mark);
  if (!(await commitPublish(state.control, job))) {
    state.control.destroy();
    state.control = await settleLostCommit(ports, spec, exportId);
  }
  return result;
}

/** Ends any open transaction and takes away what `open` made. What cannot be reached is left to the next export. */
async function cleanUp(state: LoadState): Promise<void> {
  const { spec, ports, madeSchema, staging } = state;
  const { targetSchema: schema, targetTable: table } = spec;
  const tidy = async (session: Session) => {
    await session.query('rolling back', 'rollback');
    await session.query('dropping staging', `drop table if exists ${staging.rows}, ${staging.keys}`);
    if (madeSchema) await dropSchema(session, schema);
  };
  // Staging cannot be dropped under a COPY that still runs.
  for (const session of state.copies) session.destroy();
  try {
    await tidy(state.control);
  } catch {
    state.control.destroy();
    try {
      state.control = await ports.connect();
      await takeTurn(state.control, schema, table, 5_000);
      await tidy(state.control);
    } catch {
      ports.logger.warn('the staging table stays until the next export of this table', { schema, table });
    }
  }
  await state.control.end();
}

async function planFor(session: Session, spec: SnapshotSpec): Promise<TablePlan> {
  const { targetSchema: schema, targetTable: table } = spec;
  const existing = await readTableShape(session, schema, table);
  const stored = await readWatermark(session, schema, table);
  const plan = planTable(spec, existing, ownsTable(stored, existing?.oid));
  if (!plan.create || spec.mode === 'full') return plan;
  throw new TerminalError(
    'TARGET_TABLE_MISSING',
    `Target table ${schema}.${table} is gone, so changes alone cannot make it complete. Run a full export.`,
  );
}

async function ensureSchema(session: Session, schema: string): Promise<boolean> {
  if (await schemaExists(session, schema)) return false;
  // Staging has to live somewhere before the publish; an abort takes the schema away again.
  await session.query(`creating schema ${schema}`, `create schema if not exists ${quoteIdentifier(schema)}`);
  return true;
}

async function dropSchema(session: Session, schema: string): Promise<void> {
  // Fails, rightly, when somebody has put something into it meanwhile.
  await session
    .query(`dropping schema ${schema}`, `drop schema ${quoteIdentifier(schema)}`)
    .catch(() => undefined);
}
