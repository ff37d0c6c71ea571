import { Duration } from 'aws-cdk-lib';
import { type LifecycleRule, StorageClass, type Transition } from 'aws-cdk-lib/aws-s3';
import { TerminalError } from '../errors.ts';
import { placeTag } from '../storage/place-tag.ts';

/** What becomes of old files. Days of processed files count from the moment a file was moved there. */
export interface ChangeBucketLifecycle {
  /** Until replaced and deleted versions of files go. @default Duration.days(30) */
  readonly oldVersions?: Duration;
  /** Until processed files move to Infrequent Access: 30 days or more. Null: never. @default Duration.days(30) */
  readonly infrequentAccess?: Duration | null;
  /** Until processed files move to Glacier Instant Retrieval: 30 days after that or more. Null: never. @default Duration.days(90) */
  readonly glacier?: Duration | null;
  /**
   * Until processed files are deleted. A history can be rebuilt from them only as long as they are there. Null: never.
   * @default null
   */
  readonly processed?: Duration | null;
}

/** Least days in the first class, and between one class and the next: S3 refuses fewer. */
const LEAST_DAYS = 30;

/**
 * The rules of the bucket: one for every file, one for processed files. Processed files are told by their tag
 * (`PLACE_TAG`): they lie in as many folders as there are tables, and a rule knows no pattern. Throws `TerminalError`
 * BUCKET_LIFECYCLE for days that S3 would refuse.
 */
export function lifecycleRules(lifecycle: ChangeBucketLifecycle): LifecycleRule[] {
  const { oldVersions = Duration.days(30), processed = null } = lifecycle;
  const transitions = transitionsOf(lifecycle);
  const last = transitions.at(-1)?.transitionAfter?.toDays() ?? 0;
  if (processed !== null && processed.toDays() <= last) {
    throw refused(
      `Processed files would be deleted after ${processed.toDays()} days and moved after ${last}`,
    );
  }
  const everyFile: LifecycleRule = {
    id: 'old-versions',
    noncurrentVersionExpiration: oldVersions,
    expiredObjectDeleteMarker: true,
    abortIncompleteMultipartUploadAfter: Duration.days(7),
  };
  if (transitions.length === 0 && processed === null) return [everyFile];
  const { key, value } = placeTag('processed');
  return [
    everyFile,
    {
      id: 'processed-files',
      tagFilters: { [key]: value },
      ...(transitions.length > 0 ? { transitions } : {}),
      ...(processed === null ? {} : { expiration: processed }),
    },
  ];
}

function transitionsOf({ infrequentAccess, glacier }: ChangeBucketLifecycle): Transition[] {
  const infrequent = infrequentAccess === undefined ? Duration.days(30) : infrequentAccess;
  const cold = glacier === undefined ? Duration.days(90) : glacier;
  if (infrequent !== null && infrequent.toDays() < LEAST_DAYS) {
    throw refused(`Files cannot move to Infrequent Access after ${infrequent.toDays()} days`);
  }
  if (infrequent !== null && cold !== null && cold.toDays() < infrequent.toDays() + LEAST_DAYS) {
    throw refused(
      `Files cannot move to Glacier after ${cold.toDays()} days and to Infrequent Access after ${infrequent.toDays()}`,
    );
  }
  return [
    ...(infrequent === null
      ? []
      : [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: infrequent }]),
    ...(cold === null
      ? []
      : [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter: cold }]),
  ];
}

function refused(what: string): TerminalError {
  return new TerminalError(
    'BUCKET_LIFECYCLE',
    `${what}. S3 wants ${LEAST_DAYS} days or more before the first class and between two, and deletion last. Change the days of the bucket.`,
  );
}
