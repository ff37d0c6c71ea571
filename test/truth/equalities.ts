import { expect } from 'vitest';
import type { Column } from '../../lib/config/column-type.ts';
import { PipelineError } from '../../lib/errors.ts';
import { readHistory, readSnapshot, type RowStream } from '../../lib/operations/read-rows.ts';
import { verifyTable } from '../../lib/operations/verify.ts';
import type { Workspace } from '../../lib/workspace.ts';
import { readTarget } from '../e2e/export/harness.ts';
import { number } from './expected-text.ts';
import { byKey, type Rows, type State } from './source-state.ts';
import type { TestDatabase } from '../helpers/postgres.ts';
import { SAMPLES, type TruthTable } from './truth-tables.ts';
import type { Sample } from './workload.ts';

/** A history and an exported copy that claim to be a source. */
export interface Copies {
  readonly tables: readonly TruthTable[];
  readonly target: TestDatabase;
  /** Schema of the exported tables. */
  readonly targetSchema: string;
  withWorkspace<T>(work: (ws: Workspace) => Promise<T>): Promise<T>;
}

type TextRecord = Record<string, string | null>;

/** A row that is not what the source has. */
interface Difference {
  readonly table: string;
  readonly key: string;
  readonly source: TextRecord | undefined;
  readonly found: TextRecord | undefined;
}

/** Equality 1: the current snapshot and the exported target are the source. */
export async function expectCurrent(lab: Copies, source: State): Promise<void> {
  await lab.withWorkspace(async (ws) => {
    for (const table of lab.tables) {
      const { columns, rows } = await snapshot(ws, table);
      const wanted = source[table.name]!;
      expect({ snapshot: differences(table, wanted, rows) }).toEqual({ snapshot: [] });
      const { target, targetSchema } = lab;
      const copy = await readTarget(target, table.name, columns, targetSchema);
      const copied = byKey(
        table,
        (copy ?? []).map((row) =>
          canonicalRow(
            columns,
            columns.map(({ name }) => row[name] as string | null),
          ),
        ),
      );
      expect({ target: differences(table, wanted, copied) }).toEqual({ target: [] });
    }
  });
}

/** Which instants to leave out: those of a reload. */
export type Outside = (instant: string) => boolean;

/**
 * Equality 2: the snapshot at the time of each commit whose state was kept is the source right after it. A commit that is
 * a part of the load has no time of its own. Returns how many instants were compared.
 */
export async function expectAsOf(
  lab: Copies,
  samples: readonly Sample[],
  tables: readonly TruthTable[],
  isOutside: Outside = () => true,
): Promise<number> {
  return lab.withWorkspace(async (ws) => {
    const times = await commitTimes(ws);
    let compared = 0;
    for (const { n, state } of samples) {
      const asOf = times.get(n);
      if (asOf === undefined || !isOutside(asOf)) continue;
      compared += 1;
      for (const table of tables) {
        const { rows } = await snapshot(ws, table, asOf);
        const wrong = differences(table, state[table.name]!, rows);
        const history = wrong[0] ? await historyOf(ws, table, wrong[0].key) : [];
        expect({ asOf, sample: n, wrong, history }).toEqual({ asOf, sample: n, wrong: [], history: [] });
      }
    }
    return compared;
  });
}

/** Every promise about a table that can be checked is kept. */
export async function expectHealthy(lab: Copies): Promise<void> {
  await lab.withWorkspace(async (ws) => {
    for (const table of ws.config.tables) {
      const { checks } = await verifyTable(ws, table);
      const broken = checks.filter((check) => check.broken > 0);
      expect({ table: table.name, broken }).toEqual({ table: table.name, broken: [] });
    }
  });
}

/** What the history has of a key, in a line each: for whoever reads the failure. */
async function historyOf(ws: Workspace, table: TruthTable, key: string): Promise<string[]> {
  const { rows } = await orEmpty(readHistory(ws, ws.table(table.name)));
  const wanted = (JSON.parse(key) as string[]).join(' ');
  const lines: string[] = [];
  for await (const block of rows) {
    lines.push(...block.map((row) => row.map((text) => text?.slice(0, 40) ?? '∅').join(' ')));
  }
  return lines.filter((line) => line.startsWith(wanted));
}

/** Commit times of the samples that came through the log, by number. */
async function commitTimes(ws: Workspace): Promise<Map<number, string>> {
  const { columns, rows } = await orEmpty(readHistory(ws, ws.table(SAMPLES.name)));
  const at = (wanted: string): number => columns.findIndex(({ name }) => name === wanted);
  const [n, time, seq] = [at('n'), at('effective_date'), at('effective_seq')];
  const times = new Map<number, string>();
  for await (const block of rows) {
    for (const row of block) if (row[seq]) times.set(Number(row[n]), row[time]!);
  }
  return times;
}

async function snapshot(
  ws: Workspace,
  table: TruthTable,
  asOf?: string,
): Promise<{ columns: readonly Column[]; rows: Rows }> {
  const options = asOf === undefined ? {} : { asOf };
  const { columns, rows } = await orEmpty(readSnapshot(ws, ws.table(table.name), options));
  const found: TextRecord[] = [];
  for await (const block of rows) found.push(...block.map((row) => canonicalRow(columns, row)));
  return { columns, rows: byKey(table, found) };
}

/** A table that never had a row has no history. */
async function orEmpty(reading: Promise<RowStream>): Promise<RowStream> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'NO_HISTORY_YET') throw error;
    return { columns: [], rows: (async function* () {})() };
  }
}

function canonicalRow(columns: readonly Column[], row: readonly (string | null)[]): TextRecord {
  return Object.fromEntries(
    columns.map(({ name, type }, i) => {
      const text = row[i] ?? null;
      const isNumber = type.kind === 'float' || type.kind === 'double';
      return [name, isNumber && text !== null ? number(text, type.kind) : text];
    }),
  );
}

function differences(table: TruthTable, source: Rows, found: Rows): Difference[] {
  const keys = [...new Set([...Object.keys(source), ...Object.keys(found)])];
  return keys
    .map((key) => ({ table: table.name, key, ...changed(source[key], found[key]) }))
    .filter((difference) => difference.source !== undefined || difference.found !== undefined);
}

/** Only what differs of two rows; undefined for both where nothing does. A column that one has not is null there. */
function changed(source: TextRecord | undefined, found: TextRecord | undefined) {
  if (!source || !found) return { source, found };
  const names = [...new Set([...Object.keys(source), ...Object.keys(found)])];
  const wrong = names.filter((name) => (source[name] ?? null) !== (found[name] ?? null));
  if (wrong.length === 0) return { source: undefined, found: undefined };
  const part = (row: TextRecord): TextRecord =>
    Object.fromEntries(wrong.map((name) => [name, row[name] ?? null]));
  return { source: part(source), found: part(found) };
}
