import { parseFileName } from '../changes/file-name.ts';
import type { TableConfig } from '../config/config.ts';
import { TerminalError } from '../errors.ts';
import { listWaiting } from '../ingest/ingest-table.ts';
import type { Generation } from '../ledger/records.ts';
import type { Workspace } from '../workspace.ts';
import { attributeFiles } from './attribute-files.ts';
import { findRejected } from './find-rejected.ts';

/** Names shown in a message; the rest are counted. */
const NAMES_SHOWN = 5;

/** An error of a reload, with its table and generation. */
export function reloadError(
  table: TableConfig,
  code: string,
  message: string,
  generation?: Generation,
): TerminalError {
  return new TerminalError(code, `Table ${table.name}: ${message}`, {
    context: { table: table.name, generation: generation?.generation },
  });
}

/** The reload that is neither completed nor cancelled, or null. */
export function openGeneration(generations: readonly Generation[]): Generation | null {
  return generations.findLast((generation) => generation.status === 'requested') ?? null;
}

/** The open reload. Throws `TerminalError` RELOAD_NOT_OPEN, saying how the last one ended. */
export function requireOpen(table: TableConfig, generations: readonly Generation[]): Generation {
  const open = openGeneration(generations);
  if (open) return open;
  const last = generations.at(-1);
  const before = last ? `; reload ${last.generation} is ${last.status}` : '';
  throw reloadError(
    table,
    'RELOAD_NOT_OPEN',
    `no reload is open${before}. Begin one with: tidemark reload ${table.name}`,
  );
}

/**
 * Throws `TerminalError` unless every full-load file of the generation was read: RELOAD_WAITING, RELOAD_BATCH_STARTED or
 * RELOAD_REJECTED. To close what a partial reload does not show would close rows that are there.
 */
export async function assertWholeGeneration(
  ws: Workspace,
  table: TableConfig,
  open: Generation,
): Promise<void> {
  const loads = (await listWaiting({ store: ws.store(table) })).filter((f) => parseFileName(f.path).fullLoad);
  const waiting = (await attributeFiles(ws, table, loads)).filter(
    ({ file }) => file.generation === open.generation,
  );
  if (waiting.length > 0) {
    throw reloadError(
      table,
      'RELOAD_WAITING',
      `${shown(waiting.map(({ file }) => file.path))} of reload ${open.generation} still waits. Run first: tidemark ingest ${table.name}`,
      open,
    );
  }
  const started = await ws.ledger.lastStarted(table.name);
  if (started && !started.ended && started.kind !== 'reload-close') {
    throw reloadError(
      table,
      'RELOAD_BATCH_STARTED',
      `batch ${started.batchId} was started and has not ended. Run first: tidemark ingest ${table.name}`,
      open,
    );
  }
  await assertNothingUnread(ws, table, open);
}

async function assertNothingUnread(ws: Workspace, table: TableConfig, open: Generation): Promise<void> {
  const unread = await ws.ledger.unreadOfGeneration(table.name, open.generation);
  // A file that a person put aside was never read, and nobody recorded that.
  const aside = (await findRejected(ws, table)).filter(
    ({ file, originalPath, recorded }) =>
      !recorded && parseFileName(originalPath).fullLoad && file.arrivedAt >= open.instant,
  );
  const rejected = [...unread, ...aside.map(({ file }) => file.path)];
  if (rejected.length === 0) return;
  throw reloadError(
    table,
    'RELOAD_REJECTED',
    `${shown(rejected)} of reload ${open.generation} was rejected or is gone, so the reload is only a part and closes nothing. ` +
      `Release what was rejected (tidemark release ${table.name}) and ingest again, or give up: tidemark reload ${table.name} --cancel`,
    open,
  );
}

function shown(paths: readonly string[]): string {
  const names = paths.slice(0, NAMES_SHOWN).join(', ');
  return paths.length > NAMES_SHOWN ? `${names} and ${paths.length - NAMES_SHOWN} more` : names;
}
