import type { ReplicationConfig } from '../config/cloud.ts';
import type { Config, TableConfig } from '../config/config.ts';
import { sourceSchema, sourceTable } from '../config/paths.ts';
import { type ConfigPath, type Finding, quote, toProblems } from '../config/problem.ts';
import type { ConfigProblem } from '../errors.ts';
import type { Source } from './source.ts';
import { findSource } from './sources.ts';

/** Everything that the sources of a configuration cannot do, at once. Empty: as far as can be told from here, they can. */
export function sourceProblems(config: Pick<Config, 'replications' | 'tables'>): readonly ConfigProblem[] {
  return toProblems(sourceFindings(config), () => undefined);
}

/** The same before paths are text, for whoever knows their lines. */
export function sourceFindings({ replications, tables }: Pick<Config, 'replications' | 'tables'>): Finding[] {
  const byName = new Map(replications.map((one) => [one.name, one]));
  return [
    ...replications.flatMap(endpointFindings),
    ...tables.flatMap((table, index) => {
      const replication = table.replication === null ? undefined : byName.get(table.replication);
      return replication ? tableFindings(table, index, findSource(replication.source.engine)) : [];
    }),
  ];
}

function endpointFindings({ source, migration }: ReplicationConfig, index: number): Finding[] {
  return findSource(source.engine)
    .supports(source, migration)
    .map(({ path, message, hint }) => ({ path: ['replications', index, 'source', ...path], message, hint }));
}

function tableFindings(table: TableConfig, index: number, source: Source): Finding[] {
  const path = ['tables', index, 'source'];
  return [...nameFindings(table, path, source), ...excludedFindings(table, index)];
}

function nameFindings({ source: name }: TableConfig, path: ConfigPath, source: Source): Finding[] {
  const [schema, table] = [sourceSchema(name), sourceTable(name)];
  if (schema === '' || table === '') {
    const hint = `Write <${source.schemaIs}>.<table>, as ${source.title} spells them.`;
    return [{ path, message: `${quote(name)} does not name ${source.schemaIs} and table`, hint }];
  }
  const problem = source.nameProblem(schema) ?? source.nameProblem(table);
  if (problem === null) return [];
  return [
    {
      path,
      message: `${quote(name)}: ${problem}`,
      hint: 'Rename it at the source, or copy a table of another name.',
    },
  ];
}

/** @see https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Transformations.html */
function excludedFindings({ excludeColumns }: TableConfig, index: number): Finding[] {
  return excludeColumns.flatMap((name, at): Finding[] => {
    if (!/[#\\/-]/.test(name)) return [];
    const path = ['tables', index, 'excludeColumns', at];
    const message = `${quote(name)} has "#", "\\", "/" or "-" in it, and DMS applies no rule to such a column`;
    return [{ path, message, hint: 'Remove it, or copy a view of the table that leaves the column out.' }];
  });
}
