import { ConfigError, type ConfigProblem } from '../errors.ts';
import { checkConfig } from './check-config.ts';
import type { Config } from './config.ts';
import { DEFAULTS } from './defaults.ts';
import { bucketName, isShortenedBucketName } from './paths.ts';
import { type Finding, formatPath, quote, toProblems } from './problem.ts';
import { readYaml } from './read-yaml.ts';
import { resolveCloud } from './resolve-cloud.ts';
import { resolveEngine, resolveStorage } from './resolve-engine.ts';
import { resolveExport } from './resolve-export.ts';
import { onlyReplication, resolveReplication } from './resolve-replication.ts';
import { resolveTable } from './resolve-table.ts';
import { placeSalvaged, salvage } from './salvage.ts';
import type { ConfigYaml } from './schema.ts';

/** A usable configuration, and what in it is allowed but risky. */
export interface ParsedConfig {
  readonly config: Config;
  readonly warnings: ConfigProblem[];
}

export interface ParseOptions {
  /** Folder that relative paths start from. A `~` is not expanded. */
  readonly baseDir: string;
  /** What messages call the text. @default tidemark.yaml */
  readonly source?: string;
  /**
   * Checks of more than a configuration by itself, such as whether it can be deployed; told together with our own. Tables,
   * replications and exports of a wrong shape are left out of what it gets. @default none
   */
  readonly also?: (config: Config) => readonly Finding[];
}

/**
 * Reads a configuration. Throws `ConfigError` with every problem at once, and nothing else. Looks at no file and no
 * environment variable: `${env:NAME}` stays as it is, in a `Reference`.
 */
export function parseConfig(yamlText: string, { baseDir, source, also }: ParseOptions): ParsedConfig {
  const yaml = readYaml(yamlText);
  if (yaml.problems.length > 0) throw new ConfigError(yaml.problems, source);
  const { written, problems: own, warnings } = checkConfig(yaml.value);
  const further = also ? checkFurther(yaml.value, baseDir, also) : [];
  const problems = [...own, ...further.filter((finding) => !own.some((told) => isSame(told, finding)))];
  if (!written || problems.length > 0) throw new ConfigError(toProblems(problems, yaml.lineOf), source);
  const config = resolveConfig(written, baseDir);
  const all = [...warnings, ...warnBucket(written, config), ...warnTilde(written)];
  return { config, warnings: toProblems(all, yaml.lineOf) };
}

/** Two checks found one thing, whatever they advise. */
function isSame(told: Finding, finding: Finding): boolean {
  return told.message === finding.message && formatPath(told.path) === formatPath(finding.path);
}

/** Problems of meaning in everything that has the right shape, in places of the file. */
function checkFurther(value: unknown, baseDir: string, also: NonNullable<ParseOptions['also']>): Finding[] {
  const salvaged = salvage(value);
  if (salvaged === null) return [];
  return placeSalvaged(also(resolveConfig(salvaged.written, baseDir)), value, salvaged);
}

function resolveConfig(written: ConfigYaml, baseDir: string): Config {
  const {
    name,
    company = name,
    catalog = name,
    region = DEFAULTS.region,
    schema = DEFAULTS.schema,
  } = written;
  const { tables, exports = [], replications = [] } = written;
  const only = onlyReplication(replications);
  const storage = resolveStorage(written.storage ?? {}, baseDir);
  const tableNames = tables.map((table) => table.name);
  return {
    name,
    company,
    region,
    catalog,
    schema,
    bucket: written.bucket ?? bucketName({ company, catalog, schema, region }),
    engine: resolveEngine(written.engine ?? {}, { baseDir, catalog, schema, storage }),
    storage,
    tables: tables.map((table) => resolveTable(table, written.defaults ?? {}, written.batch, only)),
    exports: exports.map((one) => resolveExport(one, tableNames, baseDir)),
    replications: replications.map(resolveReplication),
    cloud: resolveCloud(written.cloud ?? {}, { name, region }),
  };
}

function warnBucket(written: ConfigYaml, config: Config): Finding[] {
  if (written.bucket !== undefined || !isShortenedBucketName(config)) return [];
  const message = `no valid name could be made of company, catalog, schema and region as they are; it is ${quote(config.bucket)}`;
  return [{ path: ['bucket'], message, hint: 'Set `bucket` or a shorter `company` to choose another.' }];
}

function warnTilde({ engine, storage, exports = [] }: ConfigYaml): Finding[] {
  const paths: [Finding['path'], string | undefined][] = [
    [['engine', 'path'], engine?.path],
    [['engine', 'caFile'], engine?.caFile],
    [['engine', 'volumes'], engine?.volumes],
    [['storage', 'root'], storage?.root],
    ...exports.flatMap(({ connection }, i): [Finding['path'], string | undefined][] =>
      typeof connection === 'string'
        ? []
        : [
            [['exports', i, 'connection', 'embedded'], connection.embedded],
            [['exports', i, 'connection', 'caFile'], connection.caFile],
          ],
    ),
  ];
  return paths
    .filter(([, path]) => path !== undefined && /^~(\/|$)/.test(path))
    .map(([path]) => {
      const hint = 'Write the whole path, or one relative to this file.';
      return { path, message: '"~" is taken as the name of a folder, not as your home', hint };
    });
}
