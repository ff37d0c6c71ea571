import { type Command, CommanderError } from 'commander';
import { type Cli, createCli, isDebug } from './cli.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { OutputClosed } from './output/out.ts';
import { createProgram } from './program.ts';
import { PipelineError } from '../lib/errors.ts';

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let cli: Cli | undefined;
  const program = createProgram(() => {
    cli ??= createCli(program.opts());
    return cli;
  });
  tellRefusalsOurWay(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    cli ??= createCli(program.opts());
    tell(cli, error);
  }
  return cli?.exitCode ?? EXIT.ok;
}

function tell(cli: Cli, error: unknown): void {
  if (error instanceof OutputClosed) return;
  if (error instanceof CommanderError) {
    // Help and refusals are printed already.
    if (error.exitCode !== 0) cli.raise(EXIT.refused);
    return;
  }
  cli.raise(exitCodeOf(error));
  cli.screen.error(describe(error));
  if (isDebug(cli, cli.env) && error instanceof Error) cli.screen.error(stackOf(error));
}

function describe(error: unknown): string {
  if (error instanceof PipelineError) return `${error.code}: ${error.message}`;
  return `UNEXPECTED: ${error instanceof Error ? error.message : String(error)}`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack}${cause}`;
}

/** A refused command line reads as every other error does, and throws instead of ending the process. */
function tellRefusalsOurWay(command: Command): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(text.replace(/^error:/, 'error USAGE:')),
  });
  for (const sub of command.commands) tellRefusalsOurWay(sub);
}
