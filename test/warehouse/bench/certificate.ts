import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findJava } from './java.ts';
import { runProgram } from './run-program.ts';

/** A name that the driver takes for a workspace; no name server knows it. */
export const WORKSPACE_HOST = 'bench.cloud.databricks.com';

/** A certificate that vouches for itself, with its private key. */
export interface Certificate {
  readonly pfx: Buffer;
  readonly passphrase: string;
  /** The certificate as PEM: what a client has to trust. */
  readonly ca: string;
}

/** Makes a certificate for loopback and `WORKSPACE_HOST`, by the tool that comes with Java. Files stay in `dir`. */
export async function makeCertificate(dir: string): Promise<Certificate> {
  const java = await findJava();
  const keytool = join(java?.bin ?? '', 'keytool');
  const passphrase = randomBytes(12).toString('hex');
  const store = [
    '-keystore',
    join(dir, 'tls.p12'),
    '-storetype',
    'PKCS12',
    '-storepass',
    passphrase,
    '-alias',
    'bench',
  ];
  const names = `san=ip:127.0.0.1,dns:localhost,dns:${WORKSPACE_HOST}`;
  const key = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=Tidemark bench', '-validity', '30'];
  const pem = join(dir, 'ca.pem');

  await keytoolRun(keytool, ['-genkeypair', ...store, ...key, '-ext', names, '-ext', 'bc=ca:true']);
  await keytoolRun(keytool, ['-exportcert', ...store, '-rfc', '-file', pem]);
  return { pfx: await readFile(join(dir, 'tls.p12')), passphrase, ca: await readFile(pem, 'utf8') };
}

async function keytoolRun(keytool: string, args: readonly string[]): Promise<void> {
  const { status, output } = await runProgram(keytool, args);
  if (status !== 0)
    throw new Error(`Could not make a certificate for the warehouse bench: keytool said: ${output}`);
}
