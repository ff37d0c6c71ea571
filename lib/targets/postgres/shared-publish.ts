import type { PublishResult, SharedRun, SnapshotSpec, Watermark } from '../../ports.ts';
import { commitPublish, preparePublish, type PublishJob } from './publish.ts';
import { settleLostCommit } from './settle-lost-commit.ts';
import { exportLost } from './export-lost.ts';
import { type Progress, readProgress } from './shared-progress.ts';
import type { LoadPorts } from './snapshot-load.ts';
import { sharedStaging, takeTurn } from './staging.ts';
import { readWatermark } from './watermark.ts';

/** See `SharedLoads.publish`. */
export async function publishShared(
  ports: LoadPorts,
  spec: SnapshotSpec,
  run: SharedRun,
  mark: Watermark,
  ourTurn: () => Promise<void>,
): Promise<PublishResult | null> {
  const { targetSchema: schema, targetTable: table } = spec;
  const staging = sharedStaging(schema, table, run.id);
  let control = await ports.connect();
  try {
    await takeTurn(control, schema, table, ports.patience.turnMs);
    if ((await readWatermark(control, schema, table))?.exportId === run.id) {
      await control.end();
      return null;
    }
    const progress = await readProgress(control, staging.progress);
    if (!progress || !isComplete(progress, run)) throw exportLost(spec, run.id);
    await ourTurn();
    const job: PublishJob = {
      spec,
      staging: { rows: staging.rows, keys: staging.keys, prefix: staging.prefix },
      stagedRows: progress.rows,
      hasDeletedKeys: spec.mode === 'delta',
      merge: ports.merge,
      exportId: run.id,
      lockTimeoutMs: ports.patience.lockMs,
      faults: ports.faults,
    };
    const result = await preparePublish(control, job, mark);
    if (!(await commitPublish(control, job))) {
      control.destroy();
      control = await settleLostCommit(ports, spec, run.id);
    }
    await ports.faults.at('export.after-commit');
    await control.end();
    return result;
  } catch (error) {
    // The server rolls back what is open.
    control.destroy();
    throw error;
  }
}

function isComplete(progress: Progress, run: SharedRun): boolean {
  return Array.from({ length: run.parts }, (_, part) => part).every((part) => progress.parts.has(part));
}
