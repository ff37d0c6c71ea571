import type { Config } from '../config/config.ts';
import { captureNames, type CaptureNames } from './capture-names.ts';
import { captureFolder, removeState } from './capture-state.ts';
import { dropPublication } from './publication.ts';
import { claimSlot, dropSlot } from './slot.ts';
import { openSourceSession, sourceAddress } from './source-session.ts';
import { localRoot } from './start-capture.ts';

/** Which capture to take away. */
export interface DropOptions extends Partial<CaptureNames> {
  readonly config: Config;
  /** URL of the source. Never printed. */
  readonly source: string;
  /** @default the root of the configuration's local storage */
  readonly root?: string;
}

/** What there was. */
export interface Dropped extends CaptureNames {
  readonly hadSlot: boolean;
  readonly hadPublication: boolean;
}

/**
 * Takes away what a capture made at the source, and what it remembers; change files stay. The next start begins with a
 * full load. Nothing there is success. Throws `TransientError` CAPTURE_BUSY while a capture of the slot runs.
 */
export async function dropCapture(options: DropOptions): Promise<Dropped> {
  const names = captureNames(options.config, options);
  const root = options.root ?? localRoot(options.config);
  const session = await openSourceSession(sourceAddress(options.source));
  try {
    await claimSlot(session, names.slot);
    const hadSlot = await dropSlot(session, names.slot);
    const hadPublication = await dropPublication(session, names.publication);
    await removeState(captureFolder(root, names.slot));
    return { ...names, hadSlot, hadPublication };
  } finally {
    await session.end();
  }
}
