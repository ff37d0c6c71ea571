import { PipelineError, TransientError } from '../../lib/errors.ts';
import type { Faults } from '../../lib/ports.ts';
import type { Random } from './random.ts';

const POINTS = {
  capture: [
    ...['capture.slot-made', 'capture.loaded', 'capture.load-placed', 'capture.file-placed'],
    ...['capture.files-placed', 'capture.position-saved'],
  ],
  ingest: [
    ...['ingest.claimed', 'ingest.started', 'ingest.schema-ready', 'ingest.staged', 'ingest.merged'],
    ...[
      'ingest.before-commit',
      'ingest.applied',
      'ingest.before-moves',
      'ingest.moved-one',
      'ingest.moved-all',
    ],
  ],
  export: [
    ...['export.opened', 'export.loaded', 'export.after-load', 'export.before-commit', 'export.after-commit'],
  ],
} as const;

/** A part of the pipeline that can be made to end early. */
export type Part = keyof typeof POINTS;

/** Ends of runs at named points: each is met once, and then the next may come. */
export interface Crashes {
  readonly faults: Faults;
  /** The next passing, or one of the next few, of a point of this part by lot ends the run. */
  arm(part: Part): void;
  disarm(): void;
  /** Ends so far, by their points. */
  readonly met: readonly string[];
}

/** True for the end of a run that was asked for. */
export function isCrash(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'CRASHED';
}

export function createCrashes(random: Random): Crashes {
  const met: string[] = [];
  let armed: { point: string; left: number } | null = null;
  return {
    met,
    faults: {
      async at(point) {
        if (armed?.point !== point) return;
        armed.left -= 1;
        if (armed.left > 0) return;
        armed = null;
        met.push(point);
        throw new TransientError('CRASHED', `the test ends the run at ${point}`);
      },
    },
    arm(part) {
      armed = { point: randomPoint(part, random), left: 1 + random.below(3) };
    },
    disarm() {
      armed = null;
    },
  };
}

/** A point of a part by lot. */
export function randomPoint(part: Part, random: Random): string {
  return random.pick(POINTS[part]);
}
