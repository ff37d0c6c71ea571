import { ConfigError, type ConfigProblem } from '../errors.ts';
import type { DatabricksEngineConfig, Reference } from './config.ts';
import {
  type AddressProblem,
  bareHost,
  barePath,
  hostProblem,
  httpPathProblem,
} from './databricks-address.ts';
import { isLiteral, namesToLookUp, referencedNames, resolveReference } from './reference.ts';
import { assertLookedUp, engineReferences } from './reference-lookup.ts';

/** Everything a driver needs to connect; holds secrets, so it is never printed. */
export interface DatabricksConnection {
  readonly host: string;
  readonly port: number;
  readonly httpPath: string;
  readonly auth:
    | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string }
    | { readonly kind: 'token'; readonly token: string };
  /** PEM file of the authorities to trust besides the system's. */
  readonly caFile?: string;
  readonly statementSeconds: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Looks up what the settings of a Databricks engine refer to. Blanks around a value are dropped, and a host may have
 * the scheme, a path the missing slash, with which Databricks' own tools write them. Throws `TerminalError`
 * SECRET_MISSING naming every variable that is not set or empty and every secret that nobody read, with the settings that
 * refer to them; and `ConfigError` for a host or path that is none, naming the variable. Never repeats a value.
 */
export function resolveDatabricks(engine: DatabricksEngineConfig, env: Env): DatabricksConnection {
  const { auth } = engine;
  const references = engineReferences({ engine });
  const trimmed = trimValues(references.flatMap(namesToLookUp), env);
  assertLookedUp(references, trimmed);
  const text = (reference: Reference) => resolveReference(reference, trimmed);
  const address = lookUpAddress(engine, text);
  return {
    ...address,
    port: engine.port,
    auth:
      auth.kind === 'token'
        ? { kind: 'token', token: text(auth.token) }
        : { kind: 'oauth', clientId: text(auth.clientId), clientSecret: text(auth.clientSecret) },
    ...(engine.caFile === undefined ? {} : { caFile: engine.caFile }),
    statementSeconds: engine.statementSeconds,
  };
}

function trimValues(names: readonly string[], env: Env): Env {
  const known = names.filter((name) => Object.hasOwn(env, name));
  return Object.fromEntries(known.map((name) => [name, env[name]?.trim()]));
}

function lookUpAddress(
  engine: DatabricksEngineConfig,
  text: (reference: Reference) => string,
): Pick<DatabricksConnection, 'host' | 'httpPath'> {
  const host = isLiteral(engine.host) ? text(engine.host) : mendHost(text(engine.host));
  const httpPath = isLiteral(engine.httpPath) ? text(engine.httpPath) : barePath(text(engine.httpPath));
  const problems = [
    ...badAddress('engine.host', engine.host, hostProblem(host)),
    ...badAddress('engine.httpPath', engine.httpPath, httpPathProblem(httpPath)),
  ];
  if (problems.length > 0) throw new ConfigError(problems, 'The configuration');
  return { host, httpPath };
}

/** A port is kept, so that it is refused: it has a setting of its own. */
function mendHost(text: string): string {
  const { host, port } = bareHost(text);
  return port === undefined ? host : `${host}:${port}`;
}

function badAddress(path: string, reference: Reference, problem: AddressProblem | null): ConfigProblem[] {
  if (problem === null) return [];
  const names = referencedNames(reference).join(', ');
  const what = path === 'engine.host' ? 'the name of a host' : 'the path of a SQL warehouse';
  const hint =
    path === 'engine.host'
      ? 'Set it to the name alone, for instance dbc-a1b2c3d4-e5f6.cloud.databricks.com.'
      : 'Set it to the path in the connection details of the warehouse: /sql/1.0/warehouses/<id>.';
  return [{ path, message: `is not ${what} with ${names} put in`, hint }];
}
