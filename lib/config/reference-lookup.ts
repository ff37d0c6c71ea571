import type { Config, ExportConfig, Reference } from './config.ts';

/** Values by the names of variables, and of secrets by their ARN as the configuration spells it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds out what references of a configuration stand for. */
export interface ReferenceLookup {
  /**
   * The environment, and in it the value of each secret that these references name by its ARN. Throws `TerminalError`
   * SECRET_UNREADABLE, or `TransientError` when a secret cannot be read just now; never with a value.
   */
  values(references: readonly Reference[]): Promise<Environment>;
  /** The same after a value was refused: secrets are read anew. Null where all that they stand for is as it was. */
  renewed(references: readonly Reference[]): Promise<Environment | null>;
}

/** Looks into the environment alone: secrets named by their ARN stay unknown. */
export function environmentLookup(env: Environment): ReferenceLookup {
  return { values: async () => env, renewed: async () => null };
}

/** What must be looked up to reach the engine; nothing for one of this machine. */
export function engineReferences({ engine }: Pick<Config, 'engine'>): readonly Reference[] {
  if (engine.kind !== 'databricks') return [];
  const { host, httpPath, auth } = engine;
  return [host, httpPath, ...(auth.kind === 'token' ? [auth.token] : [auth.clientId, auth.clientSecret])];
}

/** What must be looked up to reach the target of an export. */
export function exportReferences({ connection }: Pick<ExportConfig, 'connection'>): readonly Reference[] {
  if (connection.kind === 'embedded') return [];
  if (connection.kind === 'url') return [connection.url];
  const { host, database, user, password } = connection;
  return [host, database, user, ...(password ? [password] : [])];
}
