import { TerminalError } from '../../errors.ts';

/** The address of a file for the Files API. Throws `TerminalError` UNSAFE_PATH for text that is no unicode. */
export function fileUrl(path: string): string {
  return `/api/2.0/fs/files${encodePath(path)}`;
}

/** The address of a folder for the Files API. Throws as `fileUrl`. */
export function directoryUrl(path: string): string {
  return `/api/2.0/fs/directories${encodePath(path)}`;
}

/** Each segment by itself, so that `%`, `#`, `?` and the rest arrive as what they are and `/` stays a separator. */
function encodePath(path: string): string {
  try {
    return path.split('/').map(encodeURIComponent).join('/');
  } catch (cause) {
    throw new TerminalError(
      'UNSAFE_PATH',
      `Path ${JSON.stringify(path)} is refused: it has half of a surrogate pair. Rename the file.`,
      { context: { path }, cause },
    );
  }
}
