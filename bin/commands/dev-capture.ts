import type { CapturedFile } from '../../lib/capture/capture-context.ts';
import type { Capture } from '../../lib/capture/start-capture.ts';
import type { Config } from '../../lib/config/config.ts';
import { faultsFromEnv } from '../../lib/faults.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { createScreenLogger } from '../output/logger.ts';
import { plural } from '../output/human.ts';
import { visible } from '../output/visible.ts';
import { withSource } from '../source-url.ts';
import { readConfig } from '../with-workspace.ts';

export interface DevCaptureArguments {
  readonly source?: string;
  readonly slot?: string;
  readonly publication?: string;
  /** Seconds. */
  readonly interval?: number;
  readonly once?: boolean;
  readonly drop?: boolean;
}

/** Captures a PostgreSQL source into the incoming folders until a signal, or once, or takes a capture away. */
export async function devCapture(
  cli: Cli,
  tableNames: readonly string[],
  options: DevCaptureArguments,
): Promise<void> {
  const config = await readConfig(cli);
  await withSource(cli, options.source, (source) => captureFrom(cli, config, source, tableNames, options));
}

async function captureFrom(
  cli: Cli,
  config: Config,
  source: string,
  tableNames: readonly string[],
  options: DevCaptureArguments,
): Promise<void> {
  const request = {
    config,
    source,
    ...(options.slot !== undefined && { slot: options.slot }),
    ...(options.publication !== undefined && { publication: options.publication }),
  };
  if (options.drop) return dropIt(cli, request);
  const { startCapture } = await import('../../lib/capture/start-capture.ts');
  const capture = await startCapture({
    ...request,
    tables: chooseTables(config, tableNames),
    ...(options.interval !== undefined && { intervalMs: options.interval * 1000 }),
    logger: createScreenLogger(cli),
    faults: faultsFromEnv(cli.env),
    onFile: (file) => cli.screen.note(describeFile(file)),
  });
  await (options.once ? captureOnce(capture) : captureUntilSignal(cli, capture));
}

async function captureOnce(capture: Capture): Promise<void> {
  try {
    await capture.idle();
  } finally {
    await capture.stop();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function captureUntilSignal(cli: Cli, capture: Capture): Promise<void> {
  cli.screen.note('Capturing. Press Ctrl-C to stop; the next start goes on from there.');
  // What breaks while it stops is told by `ended`.
  const onSignal = (): void => void capture.stop().catch(() => {});
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await capture.ended;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

async function dropIt(
  cli: Cli,
  request: Parameters<typeof import('../../lib/capture/drop-capture.ts').dropCapture>[0],
): Promise<void> {
  const { dropCapture } = await import('../../lib/capture/drop-capture.ts');
  const { slot, publication, hadSlot, hadPublication } = await dropCapture(request);
  const tell = (had: boolean): string => (had ? 'dropped' : 'was not there');
  await cli.out.write(
    `slot ${slot}: ${tell(hadSlot)}\npublication ${publication}: ${tell(hadPublication)}\n`,
  );
}

function describeFile({ table, path, rows }: CapturedFile): string {
  const what = rows === null ? 'full load' : plural(rows, 'change');
  return `${visible(table)}: ${what} in ${visible(path)}`;
}
