import { z } from 'zod';
import { complain, plainText, setting } from './schema-field.ts';

const ARN_FORMS = {
  secret: [
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/,
    'arn:aws:secretsmanager:us-east-1:123456789012:secret:sales-db-AbCdEf',
  ],
  key: [
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
    'arn:aws:kms:us-east-1:123456789012:key/ and its id; an alias is none',
  ],
  certificate: [
    /^arn:aws[a-z-]*:dms:[a-z0-9-]+:\d{12}:cert:[\w-]+$/,
    'arn:aws:dms:us-east-1:123456789012:cert:ABCDEFGHIJKLMNOP',
  ],
  topic: [
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
    'arn:aws:sns:us-east-1:123456789012:alarms; no FIFO topic, which sends no mail',
  ],
  role: [
    /^arn:aws[a-z-]*:iam::\d{12}:role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/,
    'arn:aws:iam::123456789012:role/lakehouse',
  ],
} as const;

/** The whole ARN of one kind of thing. Its text is not repeated in messages. */
export function arn(of: keyof typeof ARN_FORMS) {
  const [form, example] = ARN_FORMS[of];
  return plainText().superRefine((text, ctx) => {
    if (!form.test(text)) complain(ctx, `is not the ARN of a ${of}`, `For instance ${example}.`);
  });
}

/** The key of a secret that is named beside it. */
export function secretKeyField() {
  return setting(
    arn('key'),
    "ARN of the customer managed key that encrypts the secret. Default: Secrets Manager's own key",
  );
}

/** Text that has to be of a form, by example. */
export function formed(form: RegExp, message: string, hint: string) {
  return plainText().superRefine((text, ctx) => {
    if (!form.test(text)) complain(ctx, message, hint);
  });
}

/** One of a service's sizes. */
export function oneOfNumbers(sizes: readonly number[], what: string) {
  return z.int().superRefine((size, ctx) => {
    if (!sizes.includes(size)) complain(ctx, `is not ${what}`, `Use one of ${sizes.join(', ')}.`);
  });
}

/** A number of something, or the word `never`. */
export function orNever(count: z.ZodInt, what: string) {
  return z.union([count, z.literal('never')], { error: `must be a whole number of ${what}, or never` });
}

/** A schedule in EventBridge's words, or the word `none`. */
export function scheduleText() {
  return plainText().superRefine((text, ctx) => {
    if (text === 'none') return;
    const problem = scheduleProblem(text);
    if (problem) complain(ctx, problem.message, problem.hint);
  });
}

const FORMS = 'For instance rate(15 minutes), cron(0 6 * * ? *) or at(2030-01-31T06:00:00), in UTC.';

/**
 * What is wrong with a schedule, as far as its form tells.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
function scheduleProblem(text: string): { message: string; hint: string } | null {
  const [, kind, inner = ''] = /^(rate|cron|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'rate') return rateProblem(inner);
  if (kind === 'cron') return cronProblem(inner);
  if (kind === 'at' && isInstant(inner)) return null;
  return { message: 'is no schedule', hint: `${FORMS} Write none for no schedule.` };
}

function rateProblem(inner: string) {
  const [, count, plural] = /^([1-9]\d{0,5}) (?:minute|hour|day)(s?)$/.exec(inner) ?? [];
  if (count !== undefined && (count === '1') === (plural === '')) return null;
  return {
    message: 'is no rate',
    hint: 'Write rate(1 minute), rate(15 minutes), rate(1 hour), rate(6 hours) or rate(1 day).',
  };
}

function cronProblem(inner: string) {
  const fields = inner.split(' ');
  if (fields.length !== 6 || fields.some((field) => !/^[A-Z0-9*?,/#LW-]+$/i.test(field))) {
    const hint = 'Six fields, one blank between: minutes hours day month weekday year, cron(0 6 * * ? *).';
    return { message: 'is not a cron of six fields', hint };
  }
  const unset = [fields[2], fields[4]].filter((field) => field === '?').length;
  if (unset === 1 && fields.filter((field) => field === '?').length === 1) return null;
  const hint = 'Write "?" for the one of day and weekday that does not decide, and nowhere else.';
  return { message: 'says both day and weekday, or neither', hint };
}

function isInstant(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`));
}
