import { CLOCK_MARGIN_SECONDS } from '../../lib/bell/window.ts';
import type { Station } from './aws-front.ts';

/** To save waiting: seconds that a message is held back, as if clocks differed by a second at most. Here all is by one clock. */
export function inHurry(delaySeconds: number): number {
  return delaySeconds <= CLOCK_MARGIN_SECONDS ? delaySeconds : delaySeconds - CLOCK_MARGIN_SECONDS + 1;
}

/** Holds messages of functions, each of which may say for how long, back for less. */
export const hurryDelays: Station = (asked, onward) => {
  if (asked.service !== 'sqs' || asked.action !== 'SendMessageBatch') return onward(asked);
  const { Entries: entries, ...rest } = JSON.parse(asked.body.toString()) as {
    Entries: { DelaySeconds?: number }[];
  };
  const hurried = entries.map(({ DelaySeconds: delay, ...entry }) =>
    delay === undefined ? entry : { ...entry, DelaySeconds: inHurry(delay) },
  );
  return onward({ ...asked, body: Buffer.from(JSON.stringify({ ...rest, Entries: hurried })) });
};
