import { sep } from 'node:path';

/** The n-th wish for a name, from 1: `a/x.parquet`, then `a/x~2.parquet`, `a/x~3.parquet`, … */
export function freeName(path: string, n: number): string {
  if (n === 1) return path;
  const nameStart = Math.max(path.lastIndexOf('/'), path.lastIndexOf(sep)) + 1;
  const dot = path.lastIndexOf('.');
  const stemEnd = dot > nameStart ? dot : path.length;
  return `${path.slice(0, stemEnd)}~${n}${path.slice(stemEnd)}`;
}
