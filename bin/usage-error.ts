import { TerminalError } from '../lib/errors.ts';

/** The command line asks for something that cannot be; nothing was done. */
export class UsageError extends TerminalError {}
