import { parseByteSize } from '../../lib/config/byte-size.ts';
import type { BatchConfig, Config } from '../../lib/config/config.ts';
import type { IngestProgress } from '../../lib/ingest/ingest-deps.ts';
import { ingestTables } from '../../lib/ingest/ingest-tables.ts';
import type { TableReport } from '../../lib/ingest/report.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { isDeployed, refuseWithoutHere } from '../deployed.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { withInterrupt } from '../interrupt.ts';
import { humanCount, plural } from '../output/human.ts';
import { describeIngest } from '../output/ingest-summary.ts';
import { toJson } from '../output/json.ts';
import { createProgress, type Step } from '../output/progress.ts';
import { UsageError } from '../usage-error.ts';
import { readConfig, withWorkspace } from '../with-workspace.ts';
import { ringForTables } from './ring.ts';

export interface IngestArguments {
  readonly json?: boolean;
  readonly maxFiles?: number;
  /** As a person writes a size. */
  readonly maxBytes?: string;
  readonly maxBatches?: number;
  /** The work is done by this process, also where a pipeline is deployed. */
  readonly here?: boolean;
  readonly wait?: boolean;
  /** Minutes. */
  readonly timeout?: number;
}

/** Takes everything that waits into the histories, or has the deployed pipeline do so; says what that did. */
export async function ingest(
  cli: Cli,
  tableNames: readonly string[],
  options: IngestArguments,
): Promise<void> {
  const bounds = batchBounds(options);
  const config = await readConfig(cli);
  const chosen = chooseTables(config, tableNames);
  if (isDeployed(config) && !options.here) {
    const { maxFiles, maxBytes, maxBatches } = options;
    refuseWithoutHere({ '--max-files': maxFiles, '--max-bytes': maxBytes, '--max-batches': maxBatches });
    return await ringForTables(cli, config, tableNames.length > 0 ? chosen : null, options);
  }
  const tables = chosen.map((table) => ({ ...table, batch: { ...table.batch, ...bounds } }));
  await withWorkspace(cli, { readOnly: false, lazy: true, config }, async (ws) => {
    const progress = await createProgress(cli);
    const reports = await withInterrupt(cli, (interrupted) =>
      ingestTables(tables, ws.ingestDeps, {
        maxBatches: options.maxBatches,
        mayStartBatch: () => !interrupted(),
        onProgress: (step) => progress.show(toStep(step)),
      }),
    ).finally(() => progress.stop());
    for (const report of reports) raiseFor(cli, report);
    await cli.out.write(options.json ? toJson({ tables: reports }) : describeIngest(reports, cli.paint));
    if (isDeployed(config)) tellExports(cli, config, reports);
  });
}

/** A function would have rung for these. */
function tellExports(cli: Cli, { exports }: Config, reports: readonly TableReport[]): void {
  const applied = reports.filter(({ batches }) => batches > 0).map(({ table }) => table);
  const follow = exports.filter(
    ({ trigger, tables }) =>
      trigger.afterIngestSeconds !== null && tables.some((table) => applied.includes(table)),
  );
  for (const { name } of follow) {
    cli.screen.note(`${name} follows new batches, and is not rung for by this: tidemark export ${name}`);
  }
}

function raiseFor(cli: Cli, { rejected, error }: TableReport): void {
  if (rejected.length > 0) cli.raise(EXIT.rejected);
  if (error) cli.raise(exitCodeOf(error));
}

function batchBounds({ maxFiles, maxBytes }: IngestArguments): Partial<BatchConfig> {
  const bytes = maxBytes === undefined ? undefined : parseByteSize(maxBytes);
  if (bytes === null) {
    throw new UsageError(
      'SIZE_INVALID',
      `--max-bytes ${JSON.stringify(maxBytes)} is no size. Write for instance 256MB.`,
    );
  }
  return {
    ...(maxFiles === undefined ? {} : { maxFiles }),
    ...(bytes === undefined ? {} : { maxBytes: bytes }),
  };
}

function toStep({ table, filesDone, filesTotal, rows }: IngestProgress): Step {
  const text = `${humanCount(filesDone)} of ${plural(filesTotal, 'file')}, ${plural(rows, 'row')}`;
  return { label: table, done: filesDone, total: filesTotal, text };
}
