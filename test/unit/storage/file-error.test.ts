import { describe, expect, it } from 'vitest';
import { TerminalError, TransientError } from '../../../lib/errors.ts';
import { toFileError } from '../../../lib/storage/file-error.ts';

const system = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

describe('toFileError', () => {
  it.each([
    ['ENOENT', 'FILE_VANISHED'],
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EMFILE', 'TOO_MANY_OPEN_FILES'],
    ['ENFILE', 'TOO_MANY_OPEN_FILES'],
    ['EBUSY', 'FILE_BUSY'],
  ])('lets %s be tried again, as %s', (code, ours) => {
    const error = toFileError(system(code), 'move', '/a/b');

    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ code: ours, context: { path: '/a/b', action: 'move', systemCode: code } });
  });

  it.each([
    ['EACCES', 'FILE_ACCESS_DENIED'],
    ['EPERM', 'FILE_ACCESS_DENIED'],
    ['EROFS', 'FILE_ACCESS_DENIED'],
    ['ENAMETOOLONG', 'FILE_NAME_TOO_LONG'],
    ['ENOTDIR', 'FILE_NOT_A_FILE'],
    ['EIO', 'FILE_SYSTEM_ERROR'],
  ])('needs a person for %s, as %s', (code, ours) => {
    const error = toFileError(system(code), 'read', '/a/b');

    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: ours, context: { path: '/a/b', action: 'read', systemCode: code } });
  });

  it('says what to do and keeps the cause', () => {
    const cause = system('EROFS');
    const error = toFileError(cause, 'write', '/a/b');

    expect(error.message).toBe(
      'Could not write /a/b: EROFS. Let this user read and write the folder (owner, mode, mount option), then run again.',
    );
    expect(error.cause).toBe(cause);
  });

  it('passes our own errors on and calls anything else terminal', () => {
    const ours = new TransientError('FILE_CHANGED', 'changed');

    expect(toFileError(ours, 'read', '/a')).toBe(ours);
    expect(toFileError(undefined, 'read', '/a')).toMatchObject({
      code: 'FILE_SYSTEM_ERROR',
      name: 'TerminalError',
    });
    expect(toFileError({ code: 'toString' }, 'read', '/a')).toMatchObject({ code: 'FILE_SYSTEM_ERROR' });
  });
});
