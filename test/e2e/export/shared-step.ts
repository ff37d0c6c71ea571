/**
 * One step of a shared export in a process of its own: reads a `StepTask` from its first argument, prints what the step
 * answers as JSON. Kills itself where TIDEMARK_FAULT says.
 */
import { parseConfig } from '../../../lib/config/parse-config.ts';
import { exportTable } from '../../../lib/export/export-table.ts';
import { openTarget } from '../../../lib/export/run-export.ts';
import {
  abortShared,
  loadShared,
  planShared,
  publishShared,
  type SharedTableRun,
} from '../../../lib/export/share-export.ts';
import { faultsFromEnv } from '../../../lib/faults.ts';
import { openWorkspace } from '../../../lib/open-workspace.ts';

/** What a process is asked to do. */
export interface StepTask {
  readonly dir: string;
  readonly yaml: string;
  readonly step:
    | { readonly kind: 'whole' }
    | { readonly kind: 'plan'; readonly id: string; readonly parts: number }
    | { readonly kind: 'load'; readonly run: SharedTableRun; readonly part: number }
    | { readonly kind: 'publish'; readonly run: SharedTableRun }
    | { readonly kind: 'abort'; readonly id: string };
}

async function answer({ dir, yaml, step }: StepTask): Promise<unknown> {
  const { config } = parseConfig(yaml, { baseDir: dir });
  const ws = await openWorkspace(config, { readOnly: true, faults: faultsFromEnv(process.env) });
  const settings = config.exports[0]!;
  const target = await openTarget(ws, settings);
  const deps = { ws, settings, target, table: config.tables[0]! };
  try {
    switch (step.kind) {
      case 'whole':
        return await exportTable(ws, settings, target, deps.table);
      case 'plan':
        return await planShared(deps, step.id, step.parts);
      case 'load':
        return await loadShared(deps, step.run, step.part);
      case 'publish':
        return await publishShared(deps, step.run);
      case 'abort':
        return await abortShared(deps, step.id).then(() => null);
    }
  } finally {
    await target.close();
    await ws.close();
  }
}

const task = JSON.parse(process.argv[2] ?? '') as StepTask;
await answer(task).then(
  (done) => process.stdout.write(JSON.stringify(done)),
  ({ name, code, message }: Error & { code?: string }) => {
    process.stdout.write(JSON.stringify({ error: { name, code, message } }));
  },
);
