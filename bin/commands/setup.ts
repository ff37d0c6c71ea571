import type { SetupResult } from '../../lib/catalog/finding.ts';
import { setup } from '../../lib/catalog/setup.ts';
import type { Cli } from '../cli.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { grid } from '../output/grid.ts';
import { plural } from '../output/human.ts';
import { toJson } from '../output/json.ts';
import type { Paint } from '../output/paint.ts';
import { visible, visibleLines } from '../output/visible.ts';
import { withWorkspace } from '../with-workspace.ts';

/** Makes what must exist and tells of each object how it stands. */
export async function setupCommand(cli: Cli, options: { dryRun?: boolean; json?: boolean }): Promise<void> {
  const dryRun = options.dryRun ?? false;
  await withWorkspace(cli, { readOnly: dryRun, bare: true }, async (ws) => {
    const results = await setup(ws, { dryRun });
    for (const result of results) raiseFor(cli, result);
    if (options.json) return cli.out.write(toJson({ objects: results }));
    await cli.out.write(describeObjects(results, dryRun, cli.paint));
  });
}

function raiseFor(cli: Cli, { state, error }: SetupResult): void {
  if (error) cli.raise(exitCodeOf(error));
  else if (state === 'differs' || state === 'blocked') cli.raise(EXIT.failed);
}

function describeObjects(results: readonly SetupResult[], dryRun: boolean, paint: Paint): string {
  const rows = results.map((result) => [
    result.kind,
    visible(result.name),
    painted(result, paint),
    visible(result.note ?? ''),
  ]);
  const head = [{ title: 'object' }, { title: 'name' }, { title: 'state' }, { title: 'note' }];
  const parts = [
    grid(head, rows, paint),
    ...results.flatMap((result) => describeTrouble(result, paint)),
    ...(dryRun ? results.flatMap((result) => describeStatements(result, paint)) : []),
    `\n${summary(results, dryRun)}\n`,
  ];
  return parts.join('');
}

const STATES: Readonly<Record<SetupResult['state'], readonly [done: string, wouldBe: string]>> = {
  fits: ['fits', 'fits'],
  missing: ['made', 'missing'],
  migrated: ['migrated', 'to migrate'],
  differs: ['differs', 'differs'],
  later: ['later', 'later'],
  blocked: ['blocked', 'blocked'],
  denied: ['denied', 'denied'],
  failed: ['failed', 'failed'],
};

function painted({ state, done }: SetupResult, paint: Paint): string {
  const text = STATES[state][done ? 0 : 1];
  if (state === 'fits') return paint.dim(text);
  if (state === 'missing' || state === 'migrated') return paint.green(text);
  return state === 'later' ? text : paint.red(text);
}

function describeTrouble({ name, error, remedies }: SetupResult, paint: Paint): string[] {
  if (!error) return [];
  const asks = remedies.map((sql) => `  ${visibleLines(sql)};\n`);
  return [
    `\n${paint.red(visible(name))}: ${error.code}: ${visibleLines(error.message)}\n`,
    ...(asks.length > 0 ? ['An administrator can run what of this is missing:\n', ...asks] : []),
  ];
}

function describeStatements({ kind, name, statements }: SetupResult, paint: Paint): string[] {
  return statements.map((sql) => `\n${paint.dim(`-- ${kind} ${visible(name)}`)}\n${visibleLines(sql)};\n`);
}

function summary(results: readonly SetupResult[], dryRun: boolean): string {
  const changed = results.filter(({ state }) => state === 'missing' || state === 'migrated').length;
  const trouble = results.filter(({ state }) =>
    ['differs', 'blocked', 'denied', 'failed'].includes(state),
  ).length;
  const did = dryRun
    ? `${plural(changed, 'object')} to make or migrate; nothing was changed`
    : changed === 0
      ? 'nothing to do'
      : `${plural(changed, 'object')} made or migrated`;
  return trouble === 0 ? `${did}.` : `${did}; ${plural(trouble, 'object')} need a person.`;
}
