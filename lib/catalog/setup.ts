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
}

/**
 * Brings schema, ledger, volumes, histories, views and grants to where the configuration wants them. Nothing that is
 * there is replaced or dropped, no row is lost, and a second run changes nothing. An object that cannot be made keeps
 * only those from being made that rest on it.
 */
export async function setup(
  deps: SetupDeps,
  { dryRun, onResult }: SetupOptions,
): Promise<readonly SetupResult[]> {
  const { config, engine } = deps;
  const results: SetupResult[] = [];
  const whoAmI = createWhoAmI(engine);
  const run = async (object: CatalogObject): Promise<SetupResult> => {
    const result = await settle(engine, object, { dryRun, whoAmI });
    results.push(result);
    onResult?.(result);
    return result;
  };
  const schema = await run(schemaObject(engine, config));
  // Whatever else there is to make lies in it.
  if (!isThere(schema, dryRun)) return results;
  for (const table of LEDGER_TABLES) await run(ledgerObject(engine, config, table));
  const hasLedger = canAsk(results.filter(({ kind }) => kind === 'ledger'));
  if (engine.dialect.capabilities.unityCatalog) {
    for (const volume of volumeObjects(engine, config)) await run(volume);
  }
  for (const table of config.tables) {
    const [history, view] = tableObjects(deps, table, hasLedger);
    const made = await run(history);
    const failed = made.state === 'failed' || made.state === 'denied';
    await run(failed ? blocked(view, 'its history could not be made') : view);
  }
  if (engine.dialect.capabilities.unityCatalog) {
    const there = grantable(results.filter((result) => isThere(result, dryRun)));
    for (const grant of grantObjects(engine, config, there)) await run(grant);
    for (const table of tablesWithoutRights(config, there)) await run(table);
  }
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
