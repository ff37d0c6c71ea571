import type { Finding } from './problem.ts';
import { field, list, rightFields } from './right-fields.ts';
import { configSchema, type ConfigYaml } from './schema.ts';
import { replicationSchema } from './schema-replication.ts';

const LISTS = ['tables', 'replications', 'exports'] as const;
type ListName = (typeof LISTS)[number];

/** Fields of a replication that change nothing about what its database, tables and settings can be: their defaults do. */
const INCIDENTAL: readonly unknown[] = [
  'serverless',
  'standard',
  'cutSeconds',
  'cutKb',
  'maxLobKb',
  'parallelTables',
  'paused',
];

/** A configuration without the items that have a wrong shape, and where the others stood. */
export interface Salvaged {
  readonly written: ConfigYaml;
  /** Something outside of the lists was left out, so that only they can be judged. */
  readonly listsOnly: boolean;
  /** For each list the positions in the file of what is left of it. */
  readonly positions: Readonly<Record<ListName, readonly number[]>>;
}

/** What can still be checked as a whole although some of it cannot be read. Null: nothing. */
export function salvage(value: unknown): Salvaged | null {
  const issues = configSchema.safeParse(value).error?.issues ?? [];
  const broken: Record<ListName, Set<unknown>> = {
    tables: new Set(),
    replications: new Set(),
    exports: new Set(),
  };
  let listsOnly = false;
  for (const { path } of issues) {
    const [top, at, field] = path;
    const name = LISTS.find((one) => one === top);
    if (name === undefined) listsOnly = true;
    else if (typeof at !== 'number') return null;
    else if (name !== 'replications' || !INCIDENTAL.includes(field)) broken[name].add(at);
  }
  const left = (name: ListName): number[] =>
    [...list(value, name).keys()].filter((at) => !broken[name].has(at));
  const positions = { tables: left('tables'), replications: left('replications'), exports: left('exports') };
  const rest = LISTS.filter((name) => Array.isArray(field(value, name))).map((name) => [
    name,
    positions[name].map((at) => readable(name, list(value, name)[at])),
  ]);
  const lists = { ...(value as object), ...Object.fromEntries(rest) };
  const written = rightFields(configSchema, configSchema, lists);
  return written ? { written, listsOnly, positions } : null;
}

function readable(name: ListName, item: unknown): unknown {
  return name === 'replications' ? rightFields(replicationSchema, replicationSchema, item) : item;
}

/** Findings about what was salvaged, with their places in the file. */
export function placeSalvaged(
  findings: readonly Finding[],
  value: unknown,
  { listsOnly, positions }: Salvaged,
): Finding[] {
  // Without one of the replications nobody knows which tables it would have copied.
  const isWhole = positions.replications.length === list(value, 'replications').length;
  return findings.flatMap((finding): Finding[] => {
    const [top, at, ...deeper] = finding.path;
    if (listsOnly && !LISTS.some((one) => one === top)) return [];
    if (top === 'tables' && !isWhole) return [];
    const name = LISTS.find((one) => one === top);
    const position = name !== undefined && typeof at === 'number' ? positions[name][at] : undefined;
    return [position === undefined ? finding : { ...finding, path: [top!, position, ...deeper] }];
  });
}
