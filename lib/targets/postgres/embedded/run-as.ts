import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A user to run a program as, by number. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody` on Linux and the traditional "no such user" everywhere else: owns nothing, may do nothing. */
const UNPRIVILEGED: RunAs = { uid: 65534, gid: 65534 };

/** Who must run the server: Postgres refuses root, so root hands over to an unprivileged user. Null: ourselves. */
export function serverUser(): RunAs | null {
  return process.getuid?.() === 0 ? UNPRIVILEGED : null;
}

/** True when `user` may enter a folder with this owner and mode. */
export function mayEnter(folder: { uid: number; gid: number; mode: number }, user: RunAs): boolean {
  if (folder.uid === user.uid) return (folder.mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (folder.mode & 0o010) !== 0;
  return (folder.mode & 0o001) !== 0;
}

/** True when `user` may walk from the root to this existing folder, and into it. Null stands for ourselves. */
export async function canReach(folder: string, user: RunAs | null): Promise<boolean> {
  if (!user) return true;
  for (let path = await realpath(folder); ; path = dirname(path)) {
    if (!mayEnter(await stat(path), user)) return false;
    if (path === dirname(path)) return true;
  }
}

/** True for a folder (no link) of ours that nobody else can write to: safe to take programs and data from. */
export function isOurs(folder: { uid: number; mode: number; isDirectory(): boolean }): boolean {
  const us = process.getuid?.();
  return folder.isDirectory() && (us === undefined || (folder.uid === us && (folder.mode & 0o022) === 0));
}
