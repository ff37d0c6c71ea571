import type { MigrationType, SourceConfig, SourceEngine } from '../config/cloud.ts';

export type SettingValue = string | number | boolean;

/** A table by its two names at the source, spelled as the source keeps them. */
export interface SourceTable {
  readonly schema: string;
  readonly table: string;
}

/** One field of the secret that DMS reads. */
export interface SecretField {
  readonly name: string;
  readonly description: string;
}

/** Something true of a source that a reader of the documentation needs, and where it is written. */
export interface Fact {
  readonly text: string;
  readonly see: string;
}

/** Why a source cannot be used as configured. */
export interface SourceProblem {
  /** Steps below `source` of the replication: `['edition']`, `['settings', 'PluginName']`. */
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** A setting of the endpoint that nobody may override, or not to some values. */
export interface RefusedSetting {
  /** Name in the DMS API. Case does not tell names apart. */
  readonly name: string;
  /** Ends the sentence "… is refused: ". */
  readonly reason: string;
  readonly hint: string;
  /** Refused only then. Absent: always. */
  readonly when?: (value: SettingValue, source: SourceConfig) => boolean;
}

/** Name of the property of `CfnEndpoint` that holds the settings of an engine. */
export type SettingsBlock =
  | 'microsoftSqlServerSettings'
  | 'postgreSqlSettings'
  | 'mySqlSettings'
  | 'oracleSettings';

/**
 * What is particular to an engine in a source endpoint. Secret and role go into the same block and are the caller's, as
 * are database, TLS mode and certificate.
 */
export interface EndpointSettings {
  readonly block: SettingsBlock;
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** What CloudFormation has no property for: `name=value;name=value`. */
  readonly extraConnectionAttributes?: string;
}

/** Who has to act, or with what. */
export type StepPlace =
  | 'source database'
  | 'server configuration'
  | 'RDS parameter group'
  | 'DB cluster parameter group'
  | 'RDS instance'
  | 'tidemark.yaml';

/** What an answer to a check looks like, and what it says. */
export interface Answer {
  readonly answer: string;
  readonly means: string;
}

/** One thing that must be true of a source before DMS can copy from it. */
export interface Step {
  readonly title: string;
  readonly why: string;
  readonly where: StepPlace;
  /** What makes it true; running it again does no harm unless `why` says so. Absent: only settings, or nothing to run. */
  readonly sql?: string;
  /** Parameters to set, by their names at `where`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** SQL that changes nothing and tells whether it is true. */
  readonly check: string;
  readonly answers: readonly Answer[];
  /** Page of the documentation it comes from. */
  readonly see: string;
}

/** What the steps depend on. */
export interface PrerequisiteRequest {
  readonly source: SourceConfig;
  readonly tables: readonly SourceTable[];
  readonly fullLoadOnly: boolean;
  readonly serverless: boolean;
  /** Version of the DMS engine, `3.5.4`. Null: the service's own choice, which is a current one. */
  readonly dmsVersion: string | null;
  /** User of DMS at the source: the `username` of the secret. */
  readonly user: string;
}

/** Everything about one kind of database that DMS reads. */
export interface Source {
  readonly engine: SourceEngine;
  readonly title: string;
  /** Page of the user guide of DMS. */
  readonly guide: string;
  readonly hostings: readonly SourceConfig['hosting'][];
  readonly defaultPort: number;
  /** `EngineName` of the endpoint. */
  readonly dmsEngineName: string;
  readonly tlsModes: readonly SourceConfig['tls'][];
  /** The strictest mode that needs no certificate. */
  readonly defaultTls: SourceConfig['tls'];
  readonly secretShape: readonly SecretField[];
  /** What the first part of a table's name at the source is. */
  readonly schemaIs: 'schema' | 'database';
  /** The user that the steps make, in the spelling that suits the engine. */
  readonly defaultUser: string;
  /** Settings of the endpoint that Tidemark refuses to have overridden. */
  readonly refusedSettings: readonly RefusedSetting[];
  readonly limits: readonly Fact[];
  endpointSettings(source: SourceConfig, migration: MigrationType): EndpointSettings;
  /** Why the combination is impossible: edition, version, hosting, kind of CDC, TLS, settings. Empty: it is possible. */
  supports(source: SourceConfig, migration: MigrationType): readonly SourceProblem[];
  /** Why DMS cannot copy a schema or table of this name, or null. */
  nameProblem(name: string): string | null;
  prerequisites(request: PrerequisiteRequest): readonly Step[];
}
