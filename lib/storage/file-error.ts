import { PipelineError, TerminalError, TransientError } from '../errors.ts';

interface Translation {
  readonly code: string;
  readonly transient: boolean;
  readonly fix: string;
}

const VANISHED: Translation = {
  code: 'FILE_VANISHED',
  transient: true,
  fix: 'It was moved or removed meanwhile; the next run looks again',
};
const FULL: Translation = {
  code: 'DISK_FULL',
  transient: true,
  fix: 'Free some space; the next run goes on',
};
const HANDLES: Translation = {
  code: 'TOO_MANY_OPEN_FILES',
  transient: true,
  fix: 'The next run tries again; if it stays, raise the limit (ulimit -n)',
};
const BUSY: Translation = { code: 'FILE_BUSY', transient: true, fix: 'The next run tries again' };
const DENIED: Translation = {
  code: 'FILE_ACCESS_DENIED',
  transient: false,
  fix: 'Let this user read and write the folder (owner, mode, mount option), then run again',
};
const SHAPE: Translation = {
  code: 'FILE_NOT_A_FILE',
  transient: false,
  fix: 'A folder, or something else, is where a file should be, or the other way round. Move it away',
};
const TOO_LONG: Translation = { code: 'FILE_NAME_TOO_LONG', transient: false, fix: 'Shorten the name' };
const LINKED: Translation = {
  code: 'UNSAFE_PATH',
  transient: false,
  fix: 'Symbolic links are not followed. Put the file itself there',
};

const BY_CODE: Readonly<Record<string, Translation>> = {
  ENOENT: VANISHED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EMFILE: HANDLES,
  ENFILE: HANDLES,
  EBUSY: BUSY,
  EAGAIN: BUSY,
  ETXTBSY: BUSY,
  ESTALE: BUSY,
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: DENIED,
  EISDIR: SHAPE,
  ENOTDIR: SHAPE,
  EEXIST: SHAPE,
  ENAMETOOLONG: TOO_LONG,
  ELOOP: LINKED,
};

/**
 * Turns a file system error into one of ours; ours pass through. What we do not know is terminal
 * (FILE_SYSTEM_ERROR), with its cause.
 *
 * @param action what was being done, for instance `move`
 */
export function toFileError(error: unknown, action: string, path: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const systemCode = String((error as NodeJS.ErrnoException | null)?.code ?? 'unknown');
  const translation = Object.hasOwn(BY_CODE, systemCode) ? BY_CODE[systemCode] : undefined;
  const { code, transient, fix } = translation ?? {
    code: 'FILE_SYSTEM_ERROR',
    transient: false,
    fix: 'See the cause',
  };
  const options = { context: { path, action, systemCode }, cause: error };
  const message = `Could not ${action} ${path}: ${systemCode}. ${fix}.`;
  return transient ? new TransientError(code, message, options) : new TerminalError(code, message, options);
}

/** True for the system's "there is no such file". */
export function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}
