import { createHash } from 'node:crypto';
import type { MigrationType } from '../config/cloud.ts';
import { sourceSchema, sourceTable } from '../config/paths.ts';
import { TerminalError } from '../errors.ts';
import type { ReplicationKind, TableName } from './dms-port.ts';
import { isMap } from './setting.ts';
import type { ReplicationIdentity } from './replacement.ts';

/**
 * The two custom resources around a replication. `stop` comes before everything of it in DMS (endpoints, instance,
 * task), since DMS changes nothing that is in use; `start` comes after the task. Both keep their logical ids for ever,
 * also when `serverless` becomes `standard`, or that change could not be refused.
 */
export type LifecycleRole = 'stop' | 'start';

/** What the custom resources are told of a replication. Nothing of it may be a reference to a resource. */
export interface ReplicationDefinition {
  /** Its name in the configuration. */
  readonly replication: string;
  readonly identity: ReplicationIdentity;
  /** False while it is paused. */
  readonly running: boolean;
  /** Names of its tables at the source, `dbo.customer`. */
  readonly tables: readonly string[];
  /** Position in the source's log for the first start of a `cdc` task. @default DMS begins now */
  readonly startFrom?: string;
  /** Everything that DMS gets to know of it, of whatever shape: a change of this stops and starts the replication. */
  readonly definition: unknown;
}

/** Properties of a custom resource as the template states them. CloudFormation keeps text, lists and maps only. */
export interface LifecycleProperties {
  readonly Role: LifecycleRole;
  readonly Replication: string;
  readonly Kind: ReplicationKind;
  readonly Identifier: string;
  readonly Migration: MigrationType;
  readonly Running: 'true' | 'false';
  readonly Tables: readonly string[];
  readonly StartFrom?: string;
  /** `others` of the identity. */
  readonly Identity: Readonly<Record<string, string>>;
  /** Hash of all that is above and of the definition. */
  readonly Definition: string;
}

/** Tags of the task or the serverless configuration by which a handler knows what is true now, also after a rollback. */
export const LIFECYCLE_TAGS = {
  running: 'tidemark-running',
  definition: 'tidemark-definition',
  /** Put by the handler itself: the definition whose start failed, so that undoing it is not held up by the failure. */
  failed: 'tidemark-failed-definition',
  /** Put by the handler itself: how far it got with which event, since it remembers nothing from call to call. */
  progress: 'tidemark-progress',
} as const;

/**
 * How far an event got: connections tested, started again, started for the first time, or started again although
 * nothing was ever copied.
 */
export type LifecycleStep = 'tested' | 'started' | 'started-first' | 'started-empty';

/** The tag's value for a step of an event. */
export function progressTag(step: LifecycleStep, requestId: string): string {
  return `${step}/${requestId}`;
}

/** The step that the tags of a replication tell of this event, or null. */
export function readProgress(
  tags: Readonly<Record<string, string>>,
  requestId: string,
): LifecycleStep | null {
  const steps: readonly LifecycleStep[] = ['tested', 'started', 'started-first', 'started-empty'];
  return steps.find((step) => tags[LIFECYCLE_TAGS.progress] === progressTag(step, requestId)) ?? null;
}

/** Properties of one of the two custom resources of a replication. */
export function lifecycleProperties(
  role: LifecycleRole,
  { replication, identity, running, tables, startFrom, definition }: ReplicationDefinition,
): LifecycleProperties {
  const { kind, identifier, migration, others } = identity;
  const told = {
    Replication: replication,
    Kind: kind,
    Identifier: identifier,
    Migration: migration,
    Running: running ? 'true' : 'false',
    Tables: [...tables].sort(),
    ...(startFrom === undefined ? {} : { StartFrom: startFrom }),
    Identity: others,
  } as const;
  return { Role: role, ...told, Definition: hashOf([told, definition], 16) };
}

/** Tags that the task or the serverless configuration must carry. They change together with the definition. */
export function lifecycleTags(definition: ReplicationDefinition): Readonly<Record<string, string>> {
  const { Running, Definition } = lifecycleProperties('start', definition);
  return { [LIFECYCLE_TAGS.running]: Running, [LIFECYCLE_TAGS.definition]: Definition };
}

/** Reads properties as CloudFormation sends them. Throws `TerminalError` DMS_EVENT_INVALID for anything else. */
export function parseLifecycleProperties(value: unknown): LifecycleProperties {
  const fields = isMap(value) ? value : {};
  const text = (name: keyof LifecycleProperties): string => {
    const found = fields[name];
    if (typeof found === 'string' && found !== '') return found;
    throw invalid(`property ${name} is ${JSON.stringify(found) ?? 'missing'}`);
  };
  const choice = <Word extends string>(name: keyof LifecycleProperties, words: readonly Word[]): Word => {
    const found = words.find((word) => word === text(name));
    if (found !== undefined) return found;
    throw invalid(`property ${name} is none of ${words.join(', ')}`);
  };
  return {
    Role: choice('Role', ['stop', 'start']),
    Replication: text('Replication'),
    Kind: choice('Kind', ['serverless', 'standard']),
    Identifier: text('Identifier'),
    Migration: choice('Migration', ['full-load', 'full-load-and-cdc', 'cdc']),
    Running: choice('Running', ['true', 'false']),
    Tables: texts(fields.Tables),
    ...(fields.StartFrom === undefined ? {} : { StartFrom: text('StartFrom') }),
    Identity: isMap(fields.Identity) ? (fields.Identity as Record<string, string>) : {},
    Definition: text('Definition'),
  };
}

/** The identity that properties speak of. */
export function identityOf(properties: LifecycleProperties): ReplicationIdentity {
  const { Kind, Identifier, Migration, Identity } = properties;
  return { kind: Kind, identifier: Identifier, migration: Migration, others: Identity };
}

/** Tables that are in `after` and not in `before`, by schema and name. */
export function addedTables(
  before: LifecycleProperties | null,
  after: LifecycleProperties,
): readonly TableName[] {
  if (before === null) return [];
  return tableNames(after.Tables.filter((source) => !before.Tables.includes(source)));
}

/** Every table of a replication, by schema and name. */
export function allTables({ Tables }: LifecycleProperties): readonly TableName[] {
  return tableNames(Tables);
}

function tableNames(sources: readonly string[]): TableName[] {
  return sources.map((source) => ({ schema: sourceSchema(source), table: sourceTable(source) }));
}

/**
 * Physical id of a `stop` resource, which remembers what it last succeeded with. It differs from event to event, so
 * that CloudFormation says when it is done with the former one: after everything was updated, or rolled back.
 */
export function stopId(properties: LifecycleProperties, requestId: string): string {
  const { identity, definition } = marksOf(properties);
  return [properties.Identifier, identity, definition, hashOf(requestId, 8)].join('.');
}

/** Physical id of a `start` resource: always the same, for one that goes would stop the replication. */
export function startId({ Identifier }: LifecycleProperties): string {
  return `${Identifier}.start`;
}

/** What a physical id of a `stop` resource remembers, or null when it is none of ours. */
export function rememberedMarks(physicalId: string): { identity: string; definition: string } | null {
  const [, identity, definition, request, ...more] = physicalId.split('.');
  if (!identity || !definition || !request || more.length > 0) return null;
  return { identity, definition };
}

/** What a physical id made for these properties would remember. */
export function marksOf(properties: LifecycleProperties): { identity: string; definition: string } {
  return { identity: hashOf(identityOf(properties), 8), definition: properties.Definition };
}

function texts(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string');
}

/** The same for equal values, whatever the order of their fields. */
function hashOf(value: unknown, length: number): string {
  const sorted = JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
  return createHash('sha256').update(sorted).digest('hex').slice(0, length);
}

function invalid(what: string): TerminalError {
  return new TerminalError(
    'DMS_EVENT_INVALID',
    `The custom resource of a replication was called with an event that is none of its own: ${what}. Deploy with the version of the app that the functions are from.`,
  );
}
