import type { Logger } from '../../lib/ports.ts';
import type { Cli } from '../cli.ts';

/** Log lines on stderr: warnings always, the rest under `--debug`. */
export function createScreenLogger({ screen, debug }: Pick<Cli, 'screen' | 'debug'>): Logger {
  return {
    info: (message, fields) => {
      if (debug) screen.note(`${message}${described(fields)}`);
    },
    warn: (message, fields) => screen.warn(`${message}${described(fields)}`),
  };
}

function described(fields: Readonly<Record<string, unknown>> = {}): string {
  const parts = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}
