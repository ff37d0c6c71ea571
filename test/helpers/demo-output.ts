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

/** What the demo found of each table in each place, as it must be: the same number, above zero, and `ok`. */
export function provenRows(stdout: string): { found: unknown[]; expected: unknown[] } {
  const [, , ...proofs] = part(stdout, 'Does it add up?').map(cells);
  const places = ['history now', 'history at 13:00', 'Postgres'];
  const tables = ['customers', 'products', 'orders', 'order_lines'];
  return {
    found: proofs.map(([place, table, wanted, actual, verdict]) => ({
      ...{ place, table, verdict },
      isEqual: wanted === actual && Number(wanted) > 0,
    })),
    expected: places.flatMap((place) =>
      tables.map((table) => ({ place, table, verdict: 'ok', isEqual: true })),
    ),
  };
}

/** The tables of the part about a damaged file: name, batches and files rejected. */
export function damagedFileCounts(stdout: string): (string | undefined)[][] {
  return part(stdout, 'A damaged file')
    .map(cells)
    .filter(([first]) => first === 'products' || first === 'orders')
    .map((row) => [row[0], row[1], row[7]]);
}
