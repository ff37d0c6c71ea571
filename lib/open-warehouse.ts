import { schemaObject } from './catalog/schema-object.ts';
import type { Config, DatabricksEngineConfig } from './config/config.ts';
import type { Environment } from './config/reference-lookup.ts';
import { resolveDatabricks } from './config/resolve-databricks.ts';
import { createDatabricksDialect } from './engines/databricks/dialect.ts';
import { openDatabricks } from './engines/databricks/engine.ts';
import { TerminalError } from './errors.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Engine, Logger } from './ports.ts';
import { readAuthorities } from './open-store.ts';

/** Opens a Databricks engine from its settings. Nothing is sent before the first statement. */
export function openWarehouse(
  engine: DatabricksEngineConfig,
  options: {
    readonly env: Environment;
    /** The environment after its secrets were refused; null where they are the same still. @default null */
    readonly renewedEnv?: () => Promise<Environment | null>;
    readonly logger?: Logger;
    readonly timeLeft?: () => number;
  },
): Promise<Engine> {
  const { caFile, ...connection } = resolveDatabricks(engine, options.env);
  const { renewedEnv } = options;
  const anotherLogin = async () => {
    const env = (await renewedEnv?.()) ?? null;
    return env && resolveDatabricks(engine, env).auth;
  };
  return openDatabricks({
    ...connection,
    ...(renewedEnv ? { anotherLogin } : {}),
    ...(caFile ? { ca: readAuthorities(caFile) } : {}),
    ...(options.logger ? { logger: options.logger } : {}),
    ...(options.timeLeft ? { timeLeft: options.timeLeft } : {}),
    dialect: createDatabricksDialect(engine.server),
  });
}

/**
 * How long a claim must last: twice as long as one statement may, so that a claim looked at before a statement outlasts
 * it; or until whoever runs us is stopped, however long after the begin it is made: the message of a call that was
 * killed is shown to another soon after, who must not find the claim of the dead.
 */
export function leaseSecondsOf(engine: DatabricksEngineConfig, timeLeft?: () => number): () => number {
  return () => (timeLeft ? Math.ceil(timeLeft() / 1000) + 60 : 2 * engine.statementSeconds + 60);
}

/**
 * Makes schema and ledger where they are missing. For reading nothing is made: throws `TerminalError` NOT_SET_UP.
 */
export async function prepareWarehouse(
  config: Config,
  engine: Engine,
  ledger: Ledger,
  readOnly: boolean,
): Promise<void> {
  if (await ledger.exists()) return;
  if (readOnly) {
    throw new TerminalError(
      'NOT_SET_UP',
      `There is nothing of Tidemark in schema ${config.catalog}.${config.schema} yet. Run first: tidemark setup`,
    );
  }
  const schema = schemaObject(engine, config);
  const found = await schema.look();
  if (found.state === 'missing') await schema.make(found.statements);
  await ledger.prepare();
}
