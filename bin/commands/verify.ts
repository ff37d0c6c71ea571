import { type VerifyReport, verifyTable } from '../../lib/operations/verify.ts';
import { chooseTables } from '../choose.ts';
import type { Cli } from '../cli.ts';
import { eachTable } from '../each-table.ts';
import { EXIT } from '../exit-code.ts';
import { grid } from '../output/grid.ts';
import { humanCount } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Checks every promise about the histories. */
export async function verify(
  cli: Cli,
  tableNames: readonly string[],
  options: { json?: boolean },
): Promise<void> {
  await withWorkspace(cli, { readOnly: true }, async (ws) => {
    const tables = chooseTables(ws.config, tableNames);
    const reports = await eachTable(cli, tables, (table) => verifyTable(ws, table));
    if (reports.some((report) => !report.healthy)) cli.raise(EXIT.broken);
    await cli.out.write(options.json ? toJson({ tables: reports }) : describeChecks(reports, cli.paint));
  });
}

function describeChecks(reports: readonly VerifyReport[], paint: Paint): string {
  const rows = reports.flatMap(({ table, checks }) =>
    checks.map(({ code, rule, broken }) => [
      visible(table),
      code,
      broken === 0 ? 'ok' : paint.red(`${humanCount(broken)} broken`),
      rule,
    ]),
  );
  return grid([{ title: 'table' }, { title: 'check' }, { title: 'result' }, { title: 'rule' }], rows, paint);
}
