import type { Config } from '../../lib/config/config.ts';

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What holds the shop's histories. */
export interface DemoPlace {
  /** Lines of the configuration that say where it is; empty for the default. Each ends in a newline. */
  readonly settings: string;
  /** Lines for the reader, of at most 80 characters. */
  readonly about: readonly string[];
  /** The environment in which the configuration can be used. */
  readonly env: Env;
  /** What a person types before commands work in another terminal. */
  readonly enter: readonly string[];
  /** It is gone once the demo ends, so commands work only while that waits. */
  readonly endsWithDemo: boolean;
  /** Makes what must be there before the first file. */
  prepare(config: Config): Promise<void>;
  /** Ends what was started for the demo. Safe to call twice. */
  stop(): Promise<void>;
}

/** Comment of a schema that the demo made, and may make anew. */
export const DEMO_MARK = 'Made by the demo of Tidemark, which drops it when it runs again.';

/** Histories in a file beside the configuration. */
export const IN_A_FILE: DemoPlace = {
  settings: '',
  about: [],
  env: process.env,
  enter: [],
  endsWithDemo: false,
  prepare: async () => {},
  stop: async () => {},
};
