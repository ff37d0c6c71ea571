import type { EngineConfig } from './config.ts';
import {
  BATCH_DEFAULTS,
  CHANGE_COLUMN_DEFAULTS,
  DEFAULTS,
  EXPORT_DEFAULTS,
  HISTORY_COLUMN_DEFAULTS,
  TABLE_DEFAULTS,
} from './defaults.ts';
import { catalogName, initDatabricksPlaces } from './init-databricks.ts';
import { bucketName } from './paths.ts';

/**
 * The configuration that `tidemark init` writes: one table, usable as it is (with Databricks, once its environment
 * variables are set), every other setting behind a `#` with its default. A `#` followed by a space is prose; without the space it hides a setting. Uncommenting settings one by
 * one changes nothing but, at the end, adds an export. `schemaPath` is relative to where the file will lie. `written` stands in place
 * of the one table.
 */
export function initConfigText(
  name: string,
  schemaPath = './node_modules/tidemark/tidemark.schema.json',
  engine: EngineConfig['kind'] = DEFAULTS.engine.kind,
  written: string = tables(),
): string {
  const places =
    engine === 'databricks'
      ? [initDatabricksPlaces(catalogName(name), DEFAULTS.schema), databricksNames(name)]
      : [localPlaces(), localNames(name)];
  return [head(name, schemaPath), ...places, written, allTables(), exports()].join('\n');
}

function head(name: string, schemaPath: string): string {
  return `# yaml-language-server: $schema=${schemaPath}
# Settings behind a "#" show their default: remove the "#" to change one.
# "tidemark validate" checks this file, "tidemark paths customer" shows where change files go.

name: ${scalar(name)}
`;
}

function localPlaces(): string {
  const { engine, storage } = DEFAULTS;
  return `# What holds the history, and where change files wait. Paths are relative to this file.
engine:
  kind: ${engine.kind}
  path: ${engine.path}
storage:
  kind: ${storage.kind}
  root: ${storage.root}
`;
}

function localNames(name: string): string {
  return `# Names in the catalog and in the cloud.
${cloudNames(name, name, '#')}`;
}

function databricksNames(name: string): string {
  return `# Names in Unity Catalog and in the cloud. "tidemark setup" makes the schema, but not the catalog.
${cloudNames(name, catalogName(name), '')}`;
}

function cloudNames(name: string, catalog: string, hidden: '#' | ''): string {
  const { region, schema } = DEFAULTS;
  return `#company: ${scalar(name)}
#region: ${region}
${hidden}catalog: ${scalar(catalog)}
#schema: ${schema}
#bucket: ${bucketName({ company: name, catalog, schema, region })}
`;
}

function tables(): string {
  return `tables:
  - name: customer
    # The columns that identify a row.
    keys: [id]
    # The table at the source.
    #source: dbo.customer
    # last-change: keep the last change of each key in a batch. every-change: keep them all.
    #history: ${TABLE_DEFAULTS.history}
    # Columns whose change opens a new version; a list, or all except some.
    #track: {except: []}
    # Other settings of one table are those of "defaults" below, and a contract:
    # columns: {id: bigint, name: text, balance: "decimal(18,2)"}
`;
}

function allTables(): string {
  const { op, commitTime, changeSeq, beforeImagePrefix } = CHANGE_COLUMN_DEFAULTS;
  const historyColumns = Object.entries(HISTORY_COLUMN_DEFAULTS).map(
    ([field, name]) => `#    ${field}: ${name}`,
  );
  return `# For every table that does not say otherwise.
#defaults:
#  # change-seq, or commit-time for a feed that has no change sequence.
#  sequence: ${TABLE_DEFAULTS.sequence}
#  # evolve: add new columns and widen types. frozen: reject files that bring any.
#  schemaEvolution: ${TABLE_DEFAULTS.schemaEvolution}
#  # snapshot: close the rows that a complete reload did not bring. changes: close nothing.
#  reload: ${TABLE_DEFAULTS.reload}
#  # Columns of the change files beside the source's own.
#  op: ${op}
#  commitTime: ${commitTime}
#  changeSeq: ${changeSeq}
#  beforeImagePrefix: ${beforeImagePrefix}
#  # Columns of the history beside the source's own.
#  historyColumns:
${historyColumns.join('\n')}

# How much one batch takes.
#batch:
#  maxFiles: ${BATCH_DEFAULTS.maxFiles}
#  maxBytes: ${BATCH_DEFAULTS.maxBytes}
`;
}

function exports(): string {
  const { target, targetSchema, mode, removeMissing, connections, nonFinite, columnCase } = EXPORT_DEFAULTS;
  return `# Databases that receive snapshots. PG_URL is an environment variable such as
# postgres://user:password@host:5432/database; a password in this file is refused.
#exports:
#  - name: ${target}
#    target: ${target}
#    connection: \${env:PG_URL}
#    tables: [customer]
#    targetSchema: ${targetSchema}
#    # full, or incremental to send only what changed since the last export.
#    mode: ${mode}
#    removeMissing: ${removeMissing}
#    connections: ${connections}
#    # What NaN and infinity become where the target has no such value: null or error.
#    nonFinite: "${nonFinite}"
#    # keep, or lower.
#    columnCase: ${columnCase}
`;
}

/** Plain where YAML cannot mistake it for anything but text. */
function scalar(text: string): string {
  const isWord = /^[a-z][a-z0-9_-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return isWord ? text : JSON.stringify(text);
}
