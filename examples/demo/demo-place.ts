import type { Config } from '../../lib/config/config.ts';

/** Environment variables. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How often the worker does what, in milliseconds from the end of one to the next. */
export interface Pace {
  readonly captureMs: number;
  readonly ingestMs: number;
  readonly exportMs: number;
  /** How often the state of the shop is kept, to be compared. */
  readonly tallies: number;
}

/** Where a batch takes a part of a second. */
const QUICK: Pace = { captureMs: 700, ingestMs: 700, exportMs: 2_000, tallies: 8 };

/** Where a batch is about twenty statements of a warehouse: fewer and larger ones. */
export const UNHURRIED: Pace = { captureMs: 3_000, ingestMs: 10_000, exportMs: 20_000, tallies: 3 };

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
  readonly pace: Pace;
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
  pace: QUICK,
  prepare: async () => {},
  stop: async () => {},
};
