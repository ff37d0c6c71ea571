/** The lines after a line that begins with `title`, blank ones left out, up to the next part. */
export function part(stdout: string, title: string): string[] {
  const lines = stdout.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`── ${title}`)) + 1;
  const rest = lines.slice(from);
  const to = rest.findIndex((line) => line.startsWith('── '));
  return rest.slice(0, to < 0 ? undefined : to).filter((line) => line !== '');
}

/** The cells of a line of a table that the program printed. */
export const cells = (line: string): string[] => line.trim().split(/\s{2,}/);

/** What the demo compares. */
export interface Compared {
  /** Where the tables are looked at one by one. */
  readonly places: readonly string[];
  readonly tables: readonly string[];
  /** Those of them whose history has every change. */
  readonly kept: number;
  /** How many times these are looked at as they were. */
  readonly moments: number;
}

/** The whole shop, on DuckDB. */
export const WHOLE_SHOP: Compared = {
  places: ['snapshot now', 'Postgres now'],
  tables: ['customers', 'products', 'orders', 'order_lines', 'tallies'],
  kept: 4,
  moments: 8,
};

/**
 * What the demo found in each place, as it must be: the same number, above zero, and `ok`. Moments are without their
 * time.
 */
export function provenRows(
  stdout: string,
  { places, tables, kept, moments }: Compared,
): { found: unknown[]; expected: unknown[] } {
  const proofs = part(stdout, 'Does it add up?')
    .map(cells)
    .filter(({ length }) => length === 5)
    .slice(2);
  const now = places.flatMap((place) => tables.map((table) => ({ place, table })));
  const then = Array.from({ length: moments }, () => ({ place: 'as of', table: `${kept} tables` }));
  return {
    found: proofs.map(([place, table, wanted, actual, verdict]) => ({
      ...{ place: place?.replace(/ [\d:.]{15}$/, ''), table, verdict },
      isEqual: wanted === actual && Number(wanted?.replaceAll(',', '')) > 0,
    })),
    expected: [...now, ...then].map((one) => ({ ...one, verdict: 'ok', isEqual: true })),
  };
}
