/**
 * The form of a column name in which two names are the same column: engines compare names without case, so
 * matching between file, config and history does too. Only for comparing, never for writing.
 */
export function foldColumnName(name: string): string {
  return name.toLowerCase();
}
