import type { Writable } from 'node:stream';
import colors from 'yoctocolors';

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan', 'strikethrough'] as const;

/** Puts colour into text, or leaves it as it is. */
export type Paint = { readonly [S in (typeof STYLES)[number]]: (text: string) => string };

const plain = (text: string): string => text;

/** No colour at all. */
export const PLAIN: Paint = Object.fromEntries(STYLES.map((style) => [style, plain])) as Paint;

/** Colours for a terminal; none in a pipe, under `NO_COLOR` or `--no-color`. `FORCE_COLOR` colours a pipe too. */
export function createPaint(
  stream: Writable & { isTTY?: boolean },
  wanted: boolean,
  env: NodeJS.ProcessEnv,
): Paint {
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0';
  const on = wanted && !env.NO_COLOR && (stream.isTTY || forced);
  return on ? colors : PLAIN;
}
