const USUAL = 'tidemark.yaml';

/** The configuration that is meant where nobody names one: the one of TIDEMARK_CONFIG, or tidemark.yaml. */
export function defaultConfigPath(env: NodeJS.ProcessEnv): string {
  return env.TIDEMARK_CONFIG || USUAL;
}

/** How help tells of it. */
export const DEFAULT_CONFIG_TEXT = `$TIDEMARK_CONFIG, or ${USUAL}`;
