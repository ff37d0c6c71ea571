import { expect } from 'vitest';
import { cancelReload, completeReload, startReload } from '../../lib/operations/reload.ts';
import type { SnapshotAt } from '../../lib/history/snapshot.ts';
import type { TableReport } from '../../lib/ingest/report.ts';
import { cdcFileName, loadFileName } from './change-files.ts';
import { type Company, generationOpenBefore, type Member, roundOf } from './company.ts';
import { type CountsTold, countsOf, countsOfCompany, toldOf } from './company-counts.ts';
import { companyTable, filesIn, STORY, storyKey } from './company-table.ts';
import { assertInvariants } from './invariants.ts';
import type { HistoryRow, Values, VersionRow } from './oracle-types.ts';
import { readableFile } from './readable-file.ts';
import { comparable, flattenHistory, flattenVersion, type Grid } from './scenario-grid.ts';
import type { Round, Story } from './story.ts';
import type { TestEngine, TestPipeline } from './test-pipeline.ts';

/** What a table shows after a round. Snapshots and versions only where somebody wants to see them. */
interface Seen {
  readonly rows: readonly HistoryRow[];
  readonly versions: readonly VersionRow[];
  /** By instant; the current snapshot is `now`. */
  readonly snapshots: ReadonlyMap<string, readonly Values[]>;
}

/** How a company's stories went. */
export interface Told {
  /** Why a story is not as it should be, of those of which it is not: the first reason of each. */
  readonly wrong: ReadonlyMap<Story, unknown>;
  /** Rounds whose batches did not count what the model counts for all stories together, each with the difference. */
  readonly miscounted: readonly unknown[];
  /** The rows of a story at the end, by what the table holds then. */
  rows(story: Story): readonly HistoryRow[];
}

/**
 * Tells all stories of a company in one table and compares each with what it says after every round of its own. Throws
 * when a round cannot be told at all.
 */
export async function tellCompany(engine: TestEngine, company: Company, told: CountsTold): Promise<Told> {
  const wanted = countsOfCompany(company);
  const pipeline = engine.table(companyTable(company));
  const wrong = new Map<Story, unknown>();
  const miscounted: unknown[] = [];
  const names = new Map<bigint, number>();
  const nextName = fileNames();
  let rows: readonly HistoryRow[] = [];
  for (const round of company.rounds.keys()) {
    const report = await tellRound(pipeline, company, round, nextName);
    nameBatches(names, round, report?.batches ?? 1);
    const count = (counted: TableReport) =>
      expect(countsOf(counted), `counts of round ${round + 1}`).toMatchObject(
        toldOf(pipeline.config.history, told, wanted[round]!),
      );
    if (report)
      attempt(
        () => count(report),
        (error) => miscounted.push(error),
      );
    const seen = await look(pipeline, company, round);
    rows = seen.rows;
    assertNobodyElse(company, rows);
    for (const member of company.members) {
      if (wrong.has(member.story)) continue;
      const check = () => compare(member, round, ofMember(company, member, seen), names);
      attempt(check, (error) => wrong.set(member.story, error));
    }
  }
  return { wrong, miscounted, rows: (story) => rowsOf(company, story, rows) };
}

function attempt(work: () => void, failed: (error: unknown) => void): void {
  try {
    work();
  } catch (error) {
    failed(error);
  }
}

function rowsOf(company: Company, story: Story, rows: readonly HistoryRow[]): readonly HistoryRow[] {
  const member = company.members.find((candidate) => candidate.story === story);
  return member ? rows.filter(({ values }) => values[STORY] === storyKey(company, member)) : [];
}

/** Null for a round that ends a reload. */
async function tellRound(
  pipeline: TestPipeline,
  company: Company,
  round: number,
  nextName: (load: boolean) => string,
): Promise<TableReport | null> {
  const { reload, completes } = company.rounds[round]!;
  if (reload !== null) await beginReload(pipeline, reload, generationOpenBefore(company, round));
  if (completes) {
    await completeReload(pipeline.workspace, pipeline.config, {});
    return null;
  }
  const { dialect } = pipeline.workspace.engine;
  for (const file of filesIn(company, round)) {
    const { load, beforeImage } = file;
    await pipeline.deliver(nextName(load), { ...readableFile(dialect, file), options: { beforeImage } });
  }
  const report = await pipeline.ingest();
  expect(report.rejected, `files rejected in round ${round + 1}`).toEqual([]);
  return report;
}

/** Begins a reload; one that is open is given up. */
async function beginReload(
  { workspace, config }: TestPipeline,
  instant: string,
  open: boolean,
): Promise<void> {
  if (open) await cancelReload(workspace, config);
  await startReload({ ...workspace, clock: { now: () => instant } }, config);
}

function fileNames(): (load: boolean) => string {
  let loads = 0;
  let captured = 0;
  return (load) => (load ? loadFileName(++loads) : cdcFileName(++captured));
}

/** Batch ids follow one another; all of a round are known by its number. */
function nameBatches(names: Map<bigint, number>, round: number, batches: number): void {
  for (let i = 0; i < batches; i += 1) names.set(BigInt(names.size + 1), round);
}

async function look(pipeline: TestPipeline, company: Company, round: number): Promise<Seen> {
  const wanted = company.members.flatMap((member) => roundOf(member, round)?.expect ?? []);
  const instants = new Set(wanted.flatMap(({ asOf }) => asOf.map(({ instant }) => instant)));
  const ats: SnapshotAt[] = [...instants].map((instant) => ({ kind: 'as-of', instant }));
  if (wanted.some(({ current }) => current !== null)) ats.push({ kind: 'current' });
  const versions = wanted.some((expected) => expected.versions !== null);
  const found = await pipeline.look({ rows: true, versions, snapshots: ats });
  const keys = ats.map((at) => (at.kind === 'current' ? 'now' : at.instant));
  return { ...found, snapshots: new Map(keys.map((key, i) => [key, found.snapshots[i]!])) };
}

function assertNobodyElse(company: Company, rows: readonly HistoryRow[]): void {
  const known = new Set(company.members.map((member) => storyKey(company, member)));
  const others = rows.map(({ values }) => values[STORY] ?? 'null').filter((key) => !known.has(key));
  expect(others, 'rows of no story').toEqual([]);
}

function ofMember(company: Company, member: Member, { rows, versions, snapshots }: Seen): Seen {
  const key = storyKey(company, member);
  const mine = <T extends { readonly values: Values }>(all: readonly T[]): T[] =>
    all.filter(({ values }) => values[STORY] === key);
  const plain = (all: readonly Values[]): Values[] => all.filter((values) => values[STORY] === key);
  return {
    rows: mine(rows),
    versions: mine(versions),
    snapshots: new Map([...snapshots].map(([at, all]) => [at, plain(all)])),
  };
}

/** Throws unless a member's rows keep the invariants and are what its story says of the round. */
function compare(member: Member, round: number, seen: Seen, names: ReadonlyMap<bigint, number>): void {
  assertInvariants(seen.rows, member.story.table.keys);
  const own = roundOf(member, round);
  if (own?.expect == null) return;
  const { columns, expect: wanted } = own;
  const show = (grid: Grid | null, rows: readonly Values[]): Values[] | null =>
    grid && comparable(rows, grid.header, columns);
  const batchIds = batchNames(member, names);
  const history = seen.rows.map((row) => ({ ...flattenHistory(row), batch_id: batchIds(row.batch_id) }));
  expect(
    {
      history: show(wanted.history, history),
      current: show(wanted.current, seen.snapshots.get('now') ?? []),
      asOf: wanted.asOf.map(({ instant, grid }) => show(grid, seen.snapshots.get(instant)!)),
      versions: show(wanted.versions, seen.versions.map(flattenVersion)),
    },
    `after round ${member.at.indexOf(round) + 1} of ${member.story.rounds.length}`,
  ).toEqual(stated(own));
}

function stated({ columns, expect: wanted }: Round): object | null {
  if (wanted === null) return null;
  const show = (grid: Grid | null): Values[] | null => grid && comparable(grid.rows, grid.header, columns);
  return {
    history: show(wanted.history),
    current: show(wanted.current),
    asOf: wanted.asOf.map(({ grid }) => show(grid)),
    versions: show(wanted.versions),
  };
}

/** What a story calls a batch of its company's; one of a round in which it had no part has no name there. */
function batchNames({ story, at }: Member, names: ReadonlyMap<bigint, number>): (id: bigint) => string {
  return (id) => {
    const round = names.get(id);
    const own = round === undefined ? undefined : story.rounds[at.indexOf(round)];
    return own ? String(own.batchId) : `batch ${id}, in which the story had no part`;
  };
}
