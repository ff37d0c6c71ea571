/** True for the name of a file or folder that no store lists: `_x`, `.x`. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}
