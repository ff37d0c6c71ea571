import type { Finding } from './problem.ts';
import { field, list } from './right-fields.ts';
import { configSchema, type ConfigYaml } from './schema.ts';

const LISTS = ['tables', 'replications', 'exports'] as const;
type ListName = (typeof LISTS)[number];

/** A configuration without the items that have a wrong shape, and where the others stood. */
export interface Salvaged {
  readonly written: ConfigYaml;
  /** For each list the positions in the file of what is left of it. */
  readonly positions: Readonly<Record<ListName, readonly number[]>>;
}

/** What can still be checked as a whole although some tables, replications or exports cannot be read. Null: nothing. */
export function salvage(value: unknown): Salvaged | null {
  const issues = configSchema.safeParse(value).error?.issues ?? [];
  const broken: Record<ListName, Set<unknown>> = {
    tables: new Set(),
    replications: new Set(),
    exports: new Set(),
  };
  for (const { path } of issues) {
    const name = LISTS.find((one) => one === path[0]);
    if (name === undefined || typeof path[1] !== 'number') return null;
    broken[name].add(path[1]);
  }
  const left = (name: ListName): number[] =>
    [...list(value, name).keys()].filter((at) => !broken[name].has(at));
  const positions = { tables: left('tables'), replications: left('replications'), exports: left('exports') };
  const rest = LISTS.filter((name) => Array.isArray(field(value, name))).map((name) => [
    name,
    positions[name].map((at) => list(value, name)[at]),
  ]);
  const written = configSchema.safeParse({ ...(value as object), ...Object.fromEntries(rest) }).data;
  return written ? { written, positions } : null;
}

/** Findings about what was salvaged, with their places in the file. */
export function placeSalvaged(
  findings: readonly Finding[],
  value: unknown,
  { positions }: Salvaged,
): Finding[] {
  // Without one of the replications nobody knows which tables it would have copied.
  const isWhole = positions.replications.length === list(value, 'replications').length;
  return findings.flatMap((finding): Finding[] => {
    const [top, at, ...deeper] = finding.path;
    if (top === 'tables' && !isWhole) return [];
    const name = LISTS.find((one) => one === top);
    const position = name !== undefined && typeof at === 'number' ? positions[name][at] : undefined;
    return [position === undefined ? finding : { ...finding, path: [top!, position, ...deeper] }];
  });
}
