import type { Config } from '../config/config.ts';
import { slug } from '../config/slug.ts';
import { TerminalError } from '../errors.ts';

/** What a capture makes at the source. */
export interface CaptureNames {
  readonly slot: string;
  readonly publication: string;
}

const NAME = /^[a-z0-9_]{1,63}$/;

/**
 * Slot and publication: those given, or `tidemark_<name of the pipeline>`. Throws `TerminalError` CAPTURE_NAME for one
 * that a slot cannot have.
 */
export function captureNames(
  { name }: Pick<Config, 'name'>,
  given: Partial<CaptureNames> = {},
): CaptureNames {
  const slot = given.slot ?? `tidemark_${slug(name)}`.replaceAll('-', '_').slice(0, 63);
  return {
    slot: assertName('slot', slot),
    publication: assertName('publication', given.publication ?? slot),
  };
}

function assertName(what: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new TerminalError(
    'CAPTURE_NAME',
    `${JSON.stringify(name)} cannot be the name of a ${what}. Use lower-case letters, digits and _, at most 63.`,
  );
}
