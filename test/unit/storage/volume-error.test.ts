import { describe, expect, it } from 'vitest';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { toVolumeError } from '../../../lib/storage/volume/volume-error.ts';

const PATH = '/Volumes/main/crm/customer_incoming/a.parquet';

const answer = (status: number, body: unknown = {}, headers: Record<string, string> = {}) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

describe('toVolumeError', () => {
  it.each([
    [404, 'FILE_VANISHED'],
    [408, 'STORAGE_UNAVAILABLE'],
    [429, 'STORAGE_THROTTLED'],
    [500, 'STORAGE_UNAVAILABLE'],
    [502, 'STORAGE_UNAVAILABLE'],
    [503, 'STORAGE_UNAVAILABLE'],
    [504, 'STORAGE_UNAVAILABLE'],
  ])('lets HTTP %i be tried again, as %s', (status, code) => {
    const error = toVolumeError(answer(status), 'read', PATH);

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code, context: { path: PATH, action: 'read', status } });
  });

  it.each([
    [301, 'STORAGE_REQUEST_REFUSED'],
    [400, 'STORAGE_REQUEST_REFUSED'],
    [401, 'FILE_ACCESS_DENIED'],
    [403, 'FILE_ACCESS_DENIED'],
    [409, 'FILE_NOT_A_FILE'],
    [413, 'FILE_TOO_LARGE'],
    [501, 'STORAGE_REQUEST_REFUSED'],
  ])('needs a person for HTTP %i, as %s', (status, code) => {
    const error = toVolumeError(answer(status), 'write', PATH);

    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code, context: { path: PATH, action: 'write', status } });
  });

  it.each([
    ['write', 'NOT_FOUND', 'VOLUME_MISSING'],
    ['list', 'CATALOG_DOES_NOT_EXIST', 'VOLUME_MISSING'],
    ['list', 'ENDPOINT_NOT_FOUND', 'VOLUME_MISSING'],
    ['read', 'NOT_FOUND', 'FILE_VANISHED'],
    ['remove', undefined, 'FILE_VANISHED'],
  ])('tells a missing volume from a missing file: %s, %s', (action, errorCode, code) => {
    expect(toVolumeError(answer(404, { error_code: errorCode }), action, PATH)).toMatchObject({ code });
  });

  it('lets a conflict of two requests be tried again', () => {
    expect(toVolumeError(answer(409, { error_code: 'ABORTED' }), 'write', PATH)).toMatchObject({
      name: 'TransientError',
      code: 'FILE_BUSY',
    });
  });

  it('says which grants are missing, on what', () => {
    const error = toVolumeError(
      answer(403, { error_code: 'PERMISSION_DENIED', message: 'User lacks a privilege.' }),
      'list',
      '/Volumes/main/crm/customer_incoming',
    );

    expect(error.message).toBe(
      'Could not list /Volumes/main/crm/customer_incoming: HTTP 403 PERMISSION_DENIED "User lacks a privilege.". ' +
        'Grant us READ VOLUME and WRITE VOLUME on volume main.crm.customer_incoming, USE SCHEMA on main.crm and ' +
        'USE CATALOG on main, then run again.',
    );
  });

  it('keeps what the workspace says, and how long it wants us to wait', () => {
    const details = [{ '@type': 'RequestInfo' }, { '@type': 'ErrorInfo', reason: 'FILES_API_LIMIT' }];
    const body = { error_code: 'RESOURCE_EXHAUSTED', message: 'Slow down', details };

    expect(toVolumeError(answer(429, body, { 'retry-after': '7' }), 'read', PATH)).toMatchObject({
      message:
        `Could not read ${PATH}: HTTP 429 RESOURCE_EXHAUSTED (FILES_API_LIMIT) "Slow down". ` +
        'The workspace takes fewer requests a second than came; the next run tries again.',
      context: {
        path: PATH,
        action: 'read',
        status: 429,
        errorCode: 'RESOURCE_EXHAUSTED',
        reason: 'FILES_API_LIMIT',
        retryAfterMs: 7_000,
      },
    });
  });

  it.each([
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['0', 0],
    ['soon', undefined],
  ])('reads a wait of %j', (header, ms) => {
    const { context } = toVolumeError(answer(503, {}, { 'retry-after': header }), 'read', PATH);

    expect(context.retryAfterMs).toBe(ms);
  });

  it.each(['<html>Bad gateway</html>', '', 'null', '[]', '{"error_code": 400, "details": [null, 1]}'])(
    'makes do with the body %j',
    (body) => {
      expect(toVolumeError(answer(502, body), 'read', PATH).message).toBe(
        `Could not read ${PATH}: HTTP 502. The next run tries again.`,
      );
    },
  );
});
