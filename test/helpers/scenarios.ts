import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Column, parseColumnType } from '../../lib/config/column-type.ts';
import type { HistoryMode, TableConfig, TrackConfig } from '../../lib/config/config.ts';
import { cdcFileName, commitTimeOf, loadFileName } from './change-files.ts';
import type { Change, Counts, Values } from './oracle-types.ts';
import { type Grid, instantOf, parseGrid } from './scenario-grid.ts';

/** A story told in change files and the history expected after each step. See test/scenarios/README.md. */
export interface Scenario {
  readonly file: string;
  /** What the story shows; with the mode added where it is told for both. */
  readonly name: string;
  readonly note: string | null;
  readonly table: ScenarioTable;
  readonly steps: readonly ScenarioStep[];
}

export type ScenarioTable = Pick<TableConfig, 'keys' | 'history' | 'track' | 'sequence' | 'reload'>;

/** In this order: a reload begins, the files arrive and are applied as one batch, the reload is complete. */
export interface ScenarioStep {
  readonly say: string | null;
  /** Instant of the reload generation that begins, `YYYY-MM-DDTHH:MM:SS.ffffffZ`. */
  readonly reload: string | null;
  readonly files: readonly ScenarioFile[];
  readonly completeReload: boolean;
  /** The table's source columns once the step is done. */
  readonly columns: readonly Column[];
  readonly expect: Expectation;
}

export interface ScenarioFile {
  readonly name: string;
  readonly load: boolean;
  /** Source columns the file has, with its own types. */
  readonly columns: readonly Column[];
  /** Keys the file has a before-image column for. */
  readonly beforeImage: readonly string[];
  readonly changes: readonly Change[];
}

/** Each grid states all rows, for the columns of its header. Null: nothing is stated. */
export interface Expectation {
  readonly history: Grid | null;
  readonly current: Grid | null;
  readonly asOf: readonly { readonly instant: string; readonly grid: Grid }[];
  readonly versions: Grid | null;
  readonly counts: Partial<Counts> | null;
}

interface RawFile {
  changes?: string;
  load?: string;
  types?: Record<string, string>;
}

interface RawStep extends RawFile {
  say?: string;
  reload?: string;
  files?: RawFile[];
  completeReload?: boolean;
  columns?: Record<string, string>;
  history?: string;
  current?: string;
  asOf?: Record<string, string>;
  versions?: string;
  counts?: Partial<Counts>;
}

interface RawScenario {
  name: string;
  note?: string;
  table: {
    keys: string[];
    columns: Record<string, string>;
    history: HistoryMode | HistoryMode[];
    track?: string[] | { except: string[] };
    sequence?: TableConfig['sequence'];
    reload?: TableConfig['reload'];
  };
  steps: RawStep[];
}

const FILE_FIELDS = ['changes', 'load', 'types'];
const EXPECTATION_FIELDS = ['history', 'current', 'asOf', 'versions', 'counts'];
const STEP_FIELDS = [
  ...FILE_FIELDS,
  ...EXPECTATION_FIELDS,
  'say',
  'reload',
  'files',
  'completeReload',
  'columns',
];
const TABLE_FIELDS = ['keys', 'columns', 'history', 'track', 'sequence', 'reload'];
const CHANGE_FIELDS = ['op', 'at', 'seq'];
const BEFORE_IMAGE = 'BI_';

/** Every scenario of test/scenarios, one for each mode it is told for, by file name. Throws on a malformed one. */
export function loadScenarios(folder: URL = new URL('../scenarios/', import.meta.url)): Scenario[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().flatMap((file) => {
    try {
      return parseScenario(file, readFileSync(new URL(file, folder), 'utf8'));
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** The scenarios of one file's text. */
export function parseScenario(file: string, text: string): Scenario[] {
  const raw = parse(text) as RawScenario;
  refuseUnknown(raw, ['name', 'note', 'table', 'steps']);
  refuseUnknown(raw.table, TABLE_FIELDS);
  const modes = [raw.table.history].flat();
  return modes.map((history) => ({
    file,
    name: modes.length > 1 ? `${raw.name} (${history})` : raw.name,
    note: raw.note ?? null,
    table: {
      keys: raw.table.keys,
      history,
      track: trackConfig(raw.table.track),
      sequence: raw.table.sequence ?? 'change-seq',
      reload: raw.table.reload ?? 'snapshot',
    },
    steps: parseSteps(raw),
  }));
}

/** The columns whose change opens a version. */
export function trackedColumns(table: ScenarioTable, columns: readonly Column[]): string[] {
  const { keys, track } = table;
  const names = columns.map(({ name }) => name).filter((name) => !keys.includes(name));
  if (track.kind === 'all') return names;
  return names.filter((name) => track.columns.includes(name) === (track.kind === 'only'));
}

function trackConfig(track: RawScenario['table']['track']): TrackConfig {
  if (track === undefined) return { kind: 'all' };
  return Array.isArray(track) ? { kind: 'only', columns: track } : { kind: 'except', columns: track.except };
}

function parseSteps(raw: RawScenario): ScenarioStep[] {
  let columns = columnsOf(raw.table.columns);
  const nextName = fileNames();
  return raw.steps.map((step) => {
    refuseUnknown(step, STEP_FIELDS);
    columns = withColumns(columns, columnsOf(step.columns ?? {}));
    const single = step.changes !== undefined || step.load !== undefined;
    const files = single
      ? [{ changes: step.changes, load: step.load, types: step.types }]
      : (step.files ?? []);
    return {
      say: step.say ?? null,
      reload: step.reload === undefined ? null : instantOf(step.reload),
      files: files.map((file) => parseFile(file, columns, raw.table.keys, nextName)),
      completeReload: step.completeReload ?? false,
      columns,
      expect: parseExpectation(step),
    };
  });
}

function parseFile(
  raw: RawFile,
  columns: readonly Column[],
  keys: readonly string[],
  nextName: (load: boolean) => string,
): ScenarioFile {
  refuseUnknown(raw, FILE_FIELDS);
  const load = raw.load !== undefined;
  const grid = parseGrid(raw.load ?? raw.changes ?? '');
  const beforeImage = keys.filter((key) => grid.header.includes(BEFORE_IMAGE + key));
  const ofFile = columns.filter(({ name }) => grid.header.includes(name));
  const known = [
    ...CHANGE_FIELDS,
    ...ofFile.map(({ name }) => name),
    ...beforeImage.map((key) => BEFORE_IMAGE + key),
  ];
  const unknown = grid.header.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no such column: ${unknown.join(', ')}`);
  return {
    name: nextName(load),
    load,
    columns: withColumns(ofFile, columnsOf(raw.types ?? {})),
    beforeImage,
    changes: grid.rows.map((row) => changeOf(row, ofFile, beforeImage, load)),
  };
}

function changeOf(
  row: Values,
  columns: readonly Column[],
  beforeImage: readonly string[],
  load: boolean,
): Change {
  const beforeKeys = Object.fromEntries(beforeImage.map((key) => [key, row[BEFORE_IMAGE + key] ?? null]));
  return {
    op: row.op as Change['op'],
    commitTime: commitTimeOf(row.at!),
    seq: row.seq ?? null,
    values: Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null])),
    ...(beforeImage.length > 0 && { beforeKeys }),
    ...(load && { load }),
  };
}

function parseExpectation(step: RawStep): Expectation {
  const grid = (text: string | undefined): Grid | null => (text === undefined ? null : parseGrid(text));
  return {
    history: grid(step.history),
    current: grid(step.current),
    asOf: Object.entries(step.asOf ?? {}).map(([at, text]) => ({
      instant: instantOf(at),
      grid: parseGrid(text),
    })),
    versions: grid(step.versions),
    counts: step.counts ?? null,
  };
}

function columnsOf(types: Readonly<Record<string, string>>): Column[] {
  return Object.entries(types).map(([name, text]) => {
    const type = parseColumnType(text);
    if (!type) throw new Error(`column ${name} has the unknown type ${text}`);
    return { name, type };
  });
}

/** Columns with the types of `changed`; new ones come last. */
function withColumns(columns: readonly Column[], changed: readonly Column[]): Column[] {
  const kept = columns.map((column) => changed.find(({ name }) => name === column.name) ?? column);
  return [...kept, ...changed.filter(({ name }) => !columns.some((column) => column.name === name))];
}

function fileNames(): (load: boolean) => string {
  let loads = 0;
  let captured = 0;
  return (load) => (load ? loadFileName(++loads) : cdcFileName(++captured));
}

function refuseUnknown(value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).filter((field) => !known.includes(field));
  if (unknown.length > 0) throw new Error(`unknown field: ${unknown.join(', ')}`);
}
