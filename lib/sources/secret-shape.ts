import type { SecretField } from './source.ts';

/**
 * The fields that DMS needs in a secret. It ignores others.
 * @see https://docs.aws.amazon.com/dms/latest/userguide/security_iam_secretsmanager.html
 */
export function secretShape(defaultPort: number, host: string): readonly SecretField[] {
  return [
    { name: 'username', description: 'the user of DMS at the source' },
    {
      name: 'password',
      description: 'its password; DMS takes none with a semicolon, colon, period, plus or percent sign',
    },
    { name: 'host', description: host },
    { name: 'port', description: `${defaultPort} unless the server listens elsewhere` },
  ];
}
