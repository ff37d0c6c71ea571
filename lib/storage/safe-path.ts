import { sep } from 'node:path';
import { TerminalError } from '../errors.ts';

/**
 * Returns the path if it names something below a folder wherever it is put: `/`-separated, relative, no empty, `.` or
 * `..` segment, no NUL. Throws `TerminalError` UNSAFE_PATH otherwise. Quotes, spaces, unicode and glob characters are
 * ordinary.
 */
export function assertSafePath(path: string): string {
  const problem = findProblem(path);
  if (problem === null) return path;
  throw new TerminalError(
    'UNSAFE_PATH',
    `Path ${JSON.stringify(path)} is refused: it ${problem}. Give a path below the folder, as "tidemark rejected" ` +
      'or "tidemark plan" prints it.',
    { context: { path } },
  );
}

/** True for a path that `assertSafePath` returns. */
export function isSafePath(path: string): boolean {
  return findProblem(path) === null;
}

function findProblem(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.includes('\0')) return 'has a NUL character';
  if (path.startsWith('/') || (sep === '\\' && /^[a-z]:/i.test(path))) return 'is absolute';
  const segments = path.split('/');
  if (segments.includes('..')) return 'leads out of its folder ("..")';
  if (segments.includes('.') || segments.includes('')) return 'has an empty or "." segment';
  return sep === '\\' && path.includes('\\') ? 'has a backslash' : null;
}
