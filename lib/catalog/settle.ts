import { PipelineError } from '../errors.ts';
import type { Dialect, SqlSession } from '../ports.ts';
import type { CatalogObject, Finding, Need, SetupResult } from './finding.ts';

/** True when an object is there as wanted, or would be but for the dry run. */
export function isThere({ state, done }: SetupResult, dryRun: boolean): boolean {
  return state === 'fits' || ((state === 'missing' || state === 'migrated') && (done || dryRun));
}

/** Who runs setup, in the engine's own words, read when first asked. */
export function createWhoAmI(session: SqlSession): () => Promise<string> {
  let name: string | undefined;
  return async () => {
    if (name === undefined) {
      const sql = `select ${session.dialect.toText('current_user()', { kind: 'string' })}`;
      const rows = await session.query(sql).catch(() => []);
      name = rows[0]?.[0] ?? '<whoever runs setup>';
    }
    return name;
  };
}

/** The statements with which an administrator gives what was missing. */
export function renderRemedies(dialect: Dialect, needs: readonly Need[], principal: string): string[] {
  return needs.map(
    ({ privileges, on }) => `grant ${privileges} on ${on} to ${dialect.quoteIdentifier(principal)}`,
  );
}

/**
 * Brings one object to where it is wanted. An error of ours stands in the result, so that others go on; a missing right
 * comes with what an administrator can run.
 */
export async function settle(
  session: SqlSession,
  object: CatalogObject,
  { dryRun, whoAmI }: { dryRun: boolean; whoAmI: () => Promise<string> },
): Promise<SetupResult> {
  const { kind, name } = object;
  const result: SetupResult = {
    kind,
    name,
    state: 'failed',
    done: false,
    statements: [],
    note: null,
    remedies: [],
    error: null,
  };
  let found: Finding | undefined;
  try {
    found = await object.look();
    const statements = 'statements' in found ? found.statements : [];
    const done = statements.length > 0 && !dryRun;
    if (done) await object.make(statements);
    return { ...result, state: found.state, done, statements, note: found.note ?? null };
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    const statements = found && 'statements' in found ? found.statements : [];
    if (error.code !== 'PERMISSION_DENIED') return { ...result, statements, error };
    const remedies = renderRemedies(session.dialect, object.needs, await whoAmI());
    return { ...result, state: 'denied', statements, remedies, error };
  }
}
