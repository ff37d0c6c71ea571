import type { ConfigPath, Finding } from './problem.ts';

/** A thing that has to be where the pipeline is, and is not. */
export function arnRegionProblem(arn: string | undefined, region: string, path: ConfigPath): Finding[] {
  const [, , , there] = arn?.split(':') ?? [];
  if (there === undefined || there === region) return [];
  const hint = `Name one in ${region}, or set \`region: ${there}\`.`;
  return [{ path, message: `is in ${there}, but the pipeline is in ${region}`, hint }];
}
