import type { Config } from '../config/config.ts';
import { LEDGER_TABLES } from '../ledger/ledger-tables.ts';
import type { CatalogObject, SetupResult } from './finding.ts';
import { type Grantable, grantObjects } from './grants.ts';
import { ledgerObject } from './ledger-object.ts';
import { schemaObject } from './schema-object.ts';
import { createWhoAmI, isThere, settle } from './settle.ts';
import { type SetupDeps, tableObjects } from './table-objects.ts';
import { volumeObjects } from './volume-object.ts';

export interface SetupOptions {
  /** Look and say what would be done; change nothing. */
  readonly dryRun: boolean;
  /** Called for every object as soon as it is settled. */
  readonly onResult?: (result: SetupResult) => void;
  /** Objects that do not rest on each other settled at the same time. @default 1 */
  readonly atOnce?: number;
  /** Asked between objects: false ends the run, and what was not settled has no result. @default always true */
  readonly mayGoOn?: () => boolean;
}

/**
 * Brings schema, ledger, volumes, histories, views and grants to where the configuration wants them. Nothing that is
 * there is replaced or dropped, no row is lost, and a second run changes nothing. An object that cannot be made keeps
 * only those from being made that rest on it.
 */
export async function setup(
  deps: SetupDeps,
  { dryRun, onResult, atOnce = 1, mayGoOn = () => true }: SetupOptions,
): Promise<readonly SetupResult[]> {
  const { config, engine } = deps;
  const results: SetupResult[] = [];
  const whoAmI = createWhoAmI(engine);
  const run = async (object: CatalogObject): Promise<SetupResult> => {
    const result = await settle(engine, object, { dryRun, whoAmI });
    onResult?.(result);
    return result;
  };
  /** Objects of one piece of work follow each other; pieces do not. Results stay in their order. */
  const runAll = async (pieces: readonly (() => Promise<readonly SetupResult[]>)[]): Promise<void> => {
    for (let at = 0; at < pieces.length && mayGoOn(); at += atOnce) {
      const some = await Promise.all(pieces.slice(at, at + atOnce).map((piece) => piece()));
      results.push(...some.flat());
    }
  };
  const alone = (object: CatalogObject) => async () => [await run(object)];

  const schema = await run(schemaObject(engine, config));
  results.push(schema);
  // Whatever else there is to make lies in it.
  if (!isThere(schema, dryRun)) return results;
  for (const table of LEDGER_TABLES) results.push(await run(ledgerObject(engine, config, table)));
  const hasLedger = canAsk(results.filter(({ kind }) => kind === 'ledger'));
  const { unityCatalog } = engine.dialect.capabilities;
  if (unityCatalog) await runAll(volumeObjects(engine, config).map(alone));
  await runAll(
    config.tables.map((table) => async () => {
      const [history, view] = tableObjects(deps, table, hasLedger);
      const made = await run(history);
      const failed = made.state === 'failed' || made.state === 'denied';
      return [made, await run(failed ? blocked(view, 'its history could not be made') : view)];
    }),
  );
  if (!unityCatalog) return results;
  const there = grantable(results.filter((result) => isThere(result, dryRun)));
  await runAll(grantObjects(engine, config, there).map(alone));
  await runAll(tablesWithoutRights(config, there).map(alone));
  return results;
}

/** A ledger that is new knows of nothing, and one that is not there or lacks a column cannot be asked. */
function canAsk(ledger: readonly SetupResult[]): boolean {
  const isNew = ledger.every(({ state }) => state === 'missing');
  return !isNew && ledger.every(({ state, done }) => state === 'fits' || done);
}

function grantable(there: readonly SetupResult[]): Grantable {
  const names = (wanted: SetupResult['kind']): string[] =>
    there.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  return {
    ledger: names('ledger'),
    histories: names('history'),
    views: names('view'),
    volumes: names('volume'),
  };
}

/** Rights on what is not there cannot be given, and whoever waits for them should know. */
function tablesWithoutRights(config: Config, { histories }: Grantable): CatalogObject[] {
  if (config.engine.kind !== 'databricks') return [];
  const { read, write } = config.engine.grants;
  if (read.length + write.length === 0) return [];
  const missing = config.tables.filter(({ name }) => !histories.includes(name));
  return missing.map(({ name }) => ({
    kind: 'grant',
    name: `table ${name}`,
    needs: [],
    look: async () => ({ state: 'later', note: 'given when setup runs again once its history is there' }),
    make: async () => {},
  }));
}

function blocked(object: CatalogObject, note: string): CatalogObject {
  return { ...object, look: async () => ({ state: 'blocked', note }) };
}
