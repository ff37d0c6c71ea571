import type { ConfigPath, Finding } from './problem.ts';
import { isSecretArn } from './reference.ts';

/** A key that encrypts none of the secrets beside it: none is named by its ARN, or it is in another region. */
export function checkSecretKey(
  key: string | undefined,
  secrets: readonly (string | undefined)[],
  path: ConfigPath,
): Finding[] {
  if (key === undefined) return [];
  const there = regionOf(key);
  const regions = secrets
    .filter((text) => text !== undefined)
    .filter(isSecretArn)
    .map(regionOf);
  if (regions.length === 0) {
    const message = 'encrypts nothing: no secret beside it is named by its ARN';
    return [{ path, message, hint: 'Name the secret by its ARN, or remove the key.' }];
  }
  const other = regions.find((region) => region !== there);
  if (other === undefined) return [];
  const hint = "Name the key that encrypts the secret: it is in the secret's own region.";
  return [{ path, message: `is in ${there}, but the secret is in ${other}`, hint }];
}

function regionOf(arn: string): string | undefined {
  return arn.split(':')[3];
}
