import { type ExitCode, EXIT, worseCode } from './exit-code.ts';
import { createOut, type Out } from './output/out.ts';
import { createPaint, type Paint } from './output/paint.ts';
import { createScreen, type Screen } from './output/screen.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config: string;
  /** False for `--no-color`. */
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly profile?: string;
}

/** What a command works with besides its own arguments. */
export interface Cli {
  readonly configPath: string;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Profile of AWS's own tools that the command line names. */
  readonly profile: string | undefined;
  /** Results only. */
  readonly out: Out;
  /** Colours of results. */
  readonly paint: Paint;
  /** Everything that is not a result. */
  readonly screen: Screen;
  /** Makes the command end with this code, unless a worse one comes. */
  raise(code: ExitCode): void;
  readonly exitCode: ExitCode;
}

/** The streams, the environment and the wishes of one run of the program. */
export function createCli(options: GlobalOptions, env: NodeJS.ProcessEnv = process.env): Cli {
  let exitCode: ExitCode = EXIT.ok;
  return {
    configPath: options.config,
    quiet: options.quiet ?? false,
    debug: isDebug(options, env),
    env,
    profile: options.profile,
    out: createOut(process.stdout),
    paint: createPaint(process.stdout, options.color, env),
    screen: createScreen(process.stderr, {
      quiet: options.quiet ?? false,
      paint: createPaint(process.stderr, options.color, env),
    }),
    raise: (code) => {
      exitCode = worseCode(exitCode, code);
    },
    get exitCode() {
      return exitCode;
    },
  };
}

/** True when errors should tell where in the program they come from. */
export function isDebug(options: { debug?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return options.debug === true || env.TIDEMARK_DEBUG === '1';
}
