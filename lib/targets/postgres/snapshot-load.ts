import { randomUUID } from 'node:crypto';
import type { Faults, Logger, PublishResult, SnapshotLoad, SnapshotSpec, Watermark } from '../../ports.ts';
import { copyRows } from './copy-rows.ts';
import type { TablePlan } from './plan-table.ts';
import { dropSchema, ensureSchema, planTarget } from './prepare-target.ts';
import { commitPublish, preparePublish, type PublishJob } from './publish.ts';
import type { Session } from './session.ts';
import { settleLostCommit } from './settle-lost-commit.ts';
import { assertNoneUnderWay } from './shared-progress.ts';
import { dropStaging, renderStagingTable, type StagingNames, stagingNames, takeTurn } from './staging.ts';

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
    await assertNoneUnderWay(control, schema, table, null);
    const plan = await planTarget(control, spec);
    madeSchema = await ensureSchema(control, schema);
    const leftovers = await dropStaging(control, schema, table);
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
  readonly staging: StagingNames;
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
    await dropStaging(session, schema, table, staging.prefix);
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
