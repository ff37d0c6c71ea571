import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsReply, AwsRequest, Station } from './aws-front.ts';

/** What goes wrong with some of the requests. */
export interface AwsFault {
  /** Which requests it hits. */
  readonly when: (request: AwsRequest) => boolean;
  /** How many of them. @default 1 */
  readonly times?: number;
  /** The request is answered with this error of S3 and not passed on. @default none */
  readonly status?: 500 | 503;
  /** The request is passed on, and its answer never arrives. @default false */
  readonly loseReply?: boolean;
  /** It takes so much longer. @default 0 */
  readonly delayMs?: number;
}

/** Faults for requests to come. */
export interface AwsFaults {
  readonly station: Station;
  add(fault: AwsFault): void;
  /** Requests hit so far. */
  readonly hits: () => number;
}

const ERRORS = {
  500: ['InternalError', 'We encountered an internal error. Please try again.'],
  503: ['SlowDown', 'Please reduce your request rate.'],
} as const;

/** None at first. */
export function createAwsFaults(): AwsFaults {
  const planned: { fault: AwsFault; left: number }[] = [];
  let hits = 0;
  return {
    add: (fault) => planned.push({ fault, left: fault.times ?? 1 }),
    hits: () => hits,
    station: async (asked, onward) => {
      const found = planned.find(({ fault, left }) => left > 0 && fault.when(asked));
      if (!found) return onward(asked);
      found.left -= 1;
      hits += 1;
      const { status, loseReply, delayMs = 0 } = found.fault;
      await sleep(delayMs);
      if (status !== undefined) return refuse(status);
      const reply = await onward(asked);
      return loseReply ? null : reply;
    },
  };
}

function refuse(status: 500 | 503): AwsReply {
  const [code, message] = ERRORS[status];
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}
