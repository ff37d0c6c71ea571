import { S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { FileRejection, TerminalError, TransientError } from '../../../lib/errors.ts';
import { toS3Error } from '../../../lib/storage/s3/s3-error.ts';

const WHERE = 's3://acme-lake/landing/dbo/customer_incoming/a.parquet';

const answered = (status: number, name: string, message = ''): S3ServiceException =>
  new S3ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: status } });

/** An error of the connection: S3 gave no answer. */
const broken = (code: string): Error => Object.assign(new Error(`socket: ${code}`), { code });

describe('toS3Error', () => {
  it.each([
    [answered(404, 'NoSuchKey'), 'FILE_VANISHED'],
    [answered(404, 'NotFound'), 'FILE_VANISHED'],
    [answered(412, 'PreconditionFailed'), 'FILE_CHANGED'],
    [answered(409, 'ConditionalRequestConflict'), 'FILE_BUSY'],
    [answered(404, 'NoSuchUpload'), 'FILE_BUSY'],
    [answered(503, 'SlowDown'), 'STORAGE_THROTTLED'],
    [answered(500, 'InternalError'), 'STORAGE_UNAVAILABLE'],
    [answered(503, '503'), 'STORAGE_UNAVAILABLE'],
    [answered(400, 'RequestTimeout'), 'STORAGE_UNAVAILABLE'],
    [answered(400, 'ExpiredToken'), 'STORAGE_CREDENTIALS_EXPIRED'],
    [Object.assign(new Error('slow'), { name: 'TimeoutError' }), 'STORAGE_UNAVAILABLE'],
    [Object.assign(new Error('aborted'), { name: 'AbortError' }), 'STORAGE_UNAVAILABLE'],
    [broken('ECONNRESET'), 'STORAGE_UNAVAILABLE'],
    [broken('EHOSTUNREACH'), 'STORAGE_UNAVAILABLE'],
  ])('lets %s be tried again, as %s', (thrown, code) => {
    const error = toS3Error(thrown, 'read', WHERE);

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code, cause: thrown, context: { where: WHERE, action: 'read' } });
  });

  it.each([
    [answered(404, 'NoSuchBucket'), 'BUCKET_MISSING'],
    [answered(301, 'PermanentRedirect'), 'BUCKET_ELSEWHERE'],
    [answered(301, '301'), 'BUCKET_ELSEWHERE'],
    [answered(403, 'AccessDenied'), 'FILE_ACCESS_DENIED'],
    [answered(403, '403'), 'FILE_ACCESS_DENIED'],
    [answered(403, 'InvalidAccessKeyId'), 'FILE_ACCESS_DENIED'],
    [answered(400, 'KMS.DisabledException'), 'FILE_ACCESS_DENIED'],
    [answered(403, 'InvalidObjectState'), 'FILE_ARCHIVED'],
    [answered(400, 'KeyTooLongError'), 'FILE_NAME_TOO_LONG'],
    [answered(400, 'InvalidArgument'), 'STORAGE_REQUEST_REFUSED'],
    [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'FILE_ACCESS_DENIED'],
    [new Error('nobody foresaw this'), 'STORAGE_REQUEST_REFUSED'],
    ['no error at all', 'STORAGE_REQUEST_REFUSED'],
  ])('needs a person for %s, as %s', (thrown, code) => {
    const error = toS3Error(thrown, 'write', WHERE);

    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code, cause: thrown });
  });

  it('says what failed where, in the words of S3, and which right is missing', () => {
    const said = 'User: arn:aws:iam::1:user/x is not authorized to perform: s3:ListBucket';

    expect(toS3Error(answered(403, 'AccessDenied', said), 'list', WHERE).message).toBe(
      `Could not list ${WHERE}: AccessDenied (HTTP 403) "${said}". Give whoever runs this s3:ListBucket on the bucket.`,
    );
    expect(toS3Error(answered(403, '403', 'UnknownError'), 'read the tags of', WHERE).message).toBe(
      `Could not read the tags of ${WHERE}: HTTP 403. Give whoever runs this s3:GetObjectTagging on it.`,
    );
  });

  it('names no answer as such', () => {
    expect(toS3Error(broken('ECONNRESET'), 'copy', WHERE).message).toBe(
      `Could not copy ${WHERE}: ECONNRESET "socket: ECONNRESET". The next run tries again.`,
    );
  });

  it('lets our own errors pass', () => {
    const own = new FileRejection('X', 'x');

    expect(toS3Error(own, 'read', WHERE)).toBe(own);
  });
});
