import type { Config, ExportConfig, Reference } from './config.ts';
import { namesToLookUp, secretMissing } from './reference.ts';

/** Values by the names of variables, and of secrets by their ARN as the configuration spells it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A reference, and the path of the setting that holds it. */
export interface PlacedReference extends Reference {
  readonly path: string;
}

/** Finds out what references of a configuration stand for. */
export interface ReferenceLookup {
  /**
   * The environment, and in it the value of each secret that these references name by its ARN. Throws `TerminalError`
   * SECRET_UNREADABLE that tells of all secrets that cannot be, or `TransientError` when one cannot be read just now;
   * never with a value.
   */
  values(references: readonly (Reference | PlacedReference)[]): Promise<Environment>;
  /** The same after a value was refused: secrets are read anew. Null where all that they stand for is as it was. */
  renewed(references: readonly (Reference | PlacedReference)[]): Promise<Environment | null>;
}

/** Looks into the environment alone: secrets named by their ARN stay unknown. */
export function environmentLookup(env: Environment): ReferenceLookup {
  return { values: async () => env, renewed: async () => null };
}

/** What must be looked up to reach the engine; nothing for one of this machine. */
export function engineReferences({ engine }: Pick<Config, 'engine'>): readonly PlacedReference[] {
  if (engine.kind !== 'databricks') return [];
  const { host, httpPath, auth } = engine;
  const ofAuth: Readonly<Record<string, Reference>> =
    auth.kind === 'token'
      ? { token: auth.token }
      : { clientId: auth.clientId, clientSecret: auth.clientSecret };
  return [...placed('engine', { host, httpPath }), ...placed('engine.auth', ofAuth)];
}

/** What must be looked up to reach the target of an export. */
export function exportReferences({
  connection,
}: Pick<ExportConfig, 'connection'>): readonly PlacedReference[] {
  if (connection.kind === 'embedded') return [];
  if (connection.kind === 'url') return placed('connection', { url: connection.url });
  const { host, database, user, password } = connection;
  return placed('connection', { host, database, user, ...(password ? { password } : {}) });
}

/** Throws `TerminalError` SECRET_MISSING that names everything without a value and the settings that refer to it. */
export function assertLookedUp(references: readonly PlacedReference[], env: Environment): void {
  const missing = new Map<string, string[]>();
  for (const reference of references) {
    for (const name of namesToLookUp(reference)) {
      if (Object.hasOwn(env, name) && env[name]) continue;
      missing.set(name, [...(missing.get(name) ?? []), reference.path]);
    }
  }
  if (missing.size > 0) throw secretMissing(missing);
}

function placed(path: string, settings: Readonly<Record<string, Reference>>): PlacedReference[] {
  return Object.entries(settings).map(([name, { template }]) => ({ template, path: `${path}.${name}` }));
}
