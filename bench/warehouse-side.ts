import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setup } from '../lib/catalog/setup.ts';
import { formatColumnType } from '../lib/config/column-type.ts';
import type { Config, HistoryMode } from '../lib/config/config.ts';
import { parseConfig } from '../lib/config/parse-config.ts';
import { createDatabricksDialect } from '../lib/engines/databricks/dialect.ts';
import { ingestTable } from '../lib/ingest/ingest-table.ts';
import type { Dialect, TableRef } from '../lib/ports.ts';
import { openWorkspace } from '../lib/open-workspace.ts';
import { freshSchema, openTestSession } from '../test/warehouse/bench/test-session.ts';
import type { Warehouse } from '../test/warehouse/bench/warehouse.ts';
import { onWarehouse } from '../test/warehouse/warehouse-config.ts';
import { type ArticleTable, renderArticleBatch, renderArticleTable } from './article.ts';
import type { Phase } from './change-feed.ts';
import { SALE_COLUMNS, SALE_KEY } from './sale-table.ts';

/** One way to keep a history, over an empty table of its own. */
export interface Side {
  readonly name: string;
  /** The history by its SQL name. */
  readonly table: string;
  /** Lays the table out by key. */
  readonly optimize: string;
  /** Puts the files of a phase where the side takes them from. */
  deliver(phase: Phase): Promise<void>;
  /** Applies the files delivered last. */
  apply(phase: Phase): Promise<void>;
  close(): Promise<void>;
}

export const ARTICLE = 'article';
/** The side that every other one must agree with. */
export const REFERENCE = 'last-change';

const STATEMENT_SECONDS = 3600;
const DIALECT: Dialect = createDatabricksDialect('open-spark');

const refIn = (schema: string): TableRef => ({ catalog: 'spark_catalog', schema, name: 'sale' });

/**
 * The article, both modes of Tidemark, and the default mode without a feed of changes, each in a schema of its own.
 *
 * @param folder empty, for the files
 */
export async function openSides(warehouse: Warehouse, folder: string): Promise<Side[]> {
  const sides: Side[] = [];
  const ours = (mode: HistoryMode, changeFeed: boolean) =>
    openTidemark(warehouse, join(folder, `${mode}-${changeFeed}`), { mode, changeFeed });
  const opening = [
    () => openArticle(warehouse),
    () => ours('last-change', true),
    () => ours('every-change', true),
    () => ours('last-change', false),
  ];
  try {
    for (const open of opening) sides.push(await open());
    return sides;
  } catch (error) {
    await closeSides(sides);
    throw error;
  }
}

/** Ends their sessions; their tables go with the warehouse. */
export async function closeSides(sides: readonly Side[]): Promise<void> {
  for (const side of sides) await side.close();
}

async function openArticle(warehouse: Warehouse): Promise<Side> {
  const ref = refIn(freshSchema());
  const table: ArticleTable = { ref, key: SALE_KEY, columns: SALE_COLUMNS };
  const name = DIALECT.tableName(ref);
  const { run, close } = await openTestSession(warehouse);
  await run(`create schema ${DIALECT.quoteIdentifier(ref.schema)}`);
  await run(renderArticleTable(DIALECT, table));
  return {
    name: ARTICLE,
    table: name,
    // It says nothing of a layout: this is the one that clustering gives the others.
    optimize: `optimize ${name} zorder by (${DIALECT.quoteIdentifier(SALE_KEY)})`,
    deliver: async () => {},
    apply: async ({ folder }) => {
      const files = (await readdir(folder)).sort().map((file) => join(folder, file));
      for (const sql of renderArticleBatch(DIALECT, table, files)) await run(sql);
    },
    close,
  };
}

interface TidemarkSide {
  readonly mode: HistoryMode;
  /** Keep the feed of changes that a history has by default. */
  readonly changeFeed: boolean;
}

async function openTidemark(
  warehouse: Warehouse,
  folder: string,
  { mode, changeFeed }: TidemarkSide,
): Promise<Side> {
  const config = configOf(warehouse, folder, mode);
  const table = DIALECT.tableName(refIn(config.schema));
  const workspace = await openWorkspace(config);
  try {
    const made = await setup(workspace, { dryRun: false });
    const failed = made.find(({ error }) => error);
    if (failed?.error) throw failed.error;
    if (!changeFeed)
      await workspace.engine.execute(
        `alter table ${table} set tblproperties ('delta.enableChangeDataFeed' = 'false')`,
      );
  } catch (error) {
    await workspace.close();
    throw error;
  }
  const deps = () => workspace.ingestDeps(config.tables[0]!);
  return {
    name: changeFeed ? mode : `${mode}, no change feed`,
    table,
    optimize: `optimize ${table}`,
    deliver: (phase) => deliver(phase, deps().store.location('incoming')),
    apply: async (phase) => {
      const { rows, rejected, error } = await ingestTable(deps());
      if (error) throw error;
      if (rejected.length > 0 || rows !== phase.rows)
        throw new Error(`${mode}, ${phase.name}: ${rows} of ${phase.rows} rows, ${rejected.length} rejected`);
    },
    close: () => workspace.close(),
  };
}

/** With every column in its contract, so that `setup` makes the history before anything is measured. */
function configOf(warehouse: Warehouse, folder: string, mode: HistoryMode): Config {
  const columns = SALE_COLUMNS.map(({ name, type }) => `${name}: "${formatColumnType(type)}"`).join(', ');
  const yaml = `name: bench\ntables: [{name: sale, keys: [${SALE_KEY}], history: ${mode}, columns: {${columns}}}]\n`;
  const config = onWarehouse(parseConfig(yaml, { baseDir: folder }).config, warehouse, freshSchema());
  if (config.engine.kind !== 'databricks') return config;
  return { ...config, engine: { ...config.engine, statementSeconds: STATEMENT_SECONDS } };
}

async function deliver({ folder }: Phase, incoming: string): Promise<void> {
  await mkdir(incoming, { recursive: true });
  for (const name of await readdir(folder)) await copyFile(join(folder, name), join(incoming, name));
}
