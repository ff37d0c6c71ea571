import { BUCKET_DEFAULTS } from './defaults.ts';
import type { Finding } from './problem.ts';
import { orNull } from './resolve-cloud.ts';
import type { CloudYaml } from './schema-cloud.ts';

type BucketYaml = NonNullable<CloudYaml['bucket']>;

const PATH = ['cloud', 'bucket'];

const DAYS = ['oldVersionDays', 'infrequentAccessDays', 'glacierDays', 'processedDays'] as const;

/** Days that S3 charges for at least, once a file is there. */
const LEAST_DAYS = { infrequentAccess: 30, glacier: 90 };

/**
 * Numbers of days that S3 refuses together, and what costs more than it saves.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export function checkBucket(written: BucketYaml): { problems: Finding[]; warnings: Finding[] } {
  if (written.existing === true) return { problems: strayDays(written), warnings: [] };
  const days = daysOf(written);
  return { problems: checkOrder(days), warnings: warnCharge(days) };
}

function strayDays(written: BucketYaml): Finding[] {
  const hint = 'Remove it, and set it in the bucket, whose settings are yours.';
  return DAYS.filter((field) => written[field] !== undefined).map((field) => {
    return { path: [...PATH, field], message: 'has no meaning beside `existing: true`', hint };
  });
}

function daysOf(written: BucketYaml) {
  const { infrequentAccessDays, glacierDays, processedDays } = { ...BUCKET_DEFAULTS, ...written };
  return {
    infrequent: orNull(infrequentAccessDays),
    glacier: orNull(glacierDays),
    processed: orNull(processedDays),
  };
}

type Days = ReturnType<typeof daysOf>;

function checkOrder({ infrequent, glacier, processed }: Days): Finding[] {
  const found: Finding[] = [];
  const add = (field: (typeof DAYS)[number], message: string, hint: string) =>
    found.push({ path: [...PATH, field], message, hint });
  const least = (infrequent ?? 0) + LEAST_DAYS.infrequentAccess;
  if (infrequent !== null && glacier !== null && glacier < least) {
    const message = `comes less than 30 days after \`infrequentAccessDays: ${infrequent}\``;
    add('glacierDays', message, `Use ${least} or more, or never for one of the two.`);
  }
  const last = Math.max(infrequent ?? 0, glacier ?? 0);
  if (processed !== null && processed <= last) {
    const field = last === glacier ? 'glacierDays' : 'infrequentAccessDays';
    const hint = `Use more than ${last}, or \`${field}: never\`.`;
    add(
      'processedDays',
      `is not after \`${field}: ${last}\`, so that files would be gone before they move`,
      hint,
    );
  }
  return found;
}

function warnCharge({ infrequent, glacier, processed }: Days): Finding[] {
  if (processed === null) return [];
  const moved: [string, number | null, number][] = [
    ['glacierDays', glacier, LEAST_DAYS.glacier],
    ['infrequentAccessDays', glacier === null ? infrequent : null, LEAST_DAYS.infrequentAccess],
  ];
  return moved.flatMap(([field, day, least]): Finding[] => {
    if (day === null || processed <= day || processed >= day + least) return [];
    const message = `comes ${processed - day} days after \`${field}: ${day}\`, and S3 charges for ${least} at least`;
    const hint = `Use ${day + least} or more, or \`${field}: never\`.`;
    return [{ path: [...PATH, 'processedDays'], message, hint }];
  });
}
