import type { CheckedExport } from './check-exports.ts';
import { checkSecretKey } from './check-secret-key.ts';
import { isLocalHost, postgresUrlHost } from './postgres-url.ts';
import type { ConfigPath, Finding } from './problem.ts';
import { isLiteral } from './reference.ts';
import type { ConnectionYaml } from './schema-export.ts';

type Field = keyof ConnectionYaml;

/** The three ways to name a server: the field that chooses it, what it also needs, what else it may have. */
const FORMS: readonly { by: Field; needs: readonly Field[]; may: readonly Field[] }[] = [
  { by: 'url', needs: [], may: ['caFile', 'verifyTls'] },
  {
    by: 'host',
    needs: ['database', 'user'],
    may: ['port', 'password', 'secretKey', 'tls', 'caFile', 'verifyTls'],
  },
  { by: 'embedded', needs: [], may: ['port'] },
];

/** Fields of a connection that are missing or do not go together, and encryption that is off where it matters. */
export function checkConnection({ index, written }: CheckedExport): {
  problems: Finding[];
  warnings: Finding[];
} {
  const path = ['exports', index, 'connection'];
  if (typeof written.connection !== 'object') return { problems: [], warnings: [] };
  const connection = written.connection;
  const { host, password, secretKey } = connection;
  const problems = [
    ...checkForm(connection, path),
    ...(host === undefined ? [] : checkSecretKey(secretKey, [password], [...path, 'secretKey'])),
    ...checkTlsOff(connection, path),
  ];
  return { problems, warnings: warnUnverified(connection, path) };
}

function checkForm(connection: ConnectionYaml, path: ConfigPath): Finding[] {
  const given = Object.keys(connection) as Field[];
  const [form, ...others] = FORMS.filter(({ by }) => given.includes(by));
  const hint = 'Give one of `url`, `host` and `embedded`.';
  if (!form) return [{ path, message: 'does not say where the server is', hint }];
  const rivals = others.map(({ by }) => by);
  const missing = form.needs.filter((field) => !given.includes(field));
  const allowed = [form.by, ...form.needs, ...form.may, ...rivals];
  const stray = rivals.length > 0 ? [] : given.filter((field) => !allowed.includes(field));
  return [
    ...rivals.map((field) => ({ path: [...path, field], message: `does not go with \`${form.by}\``, hint })),
    ...(rivals.length > 0 ? [] : missing).map((field) => ({
      path: [...path, field],
      message: `is missing beside \`${form.by}\``,
      hint: `Add it, or give a whole \`url\`.`,
    })),
    ...stray.map((field) => ({
      path: [...path, field],
      message: `has no meaning beside \`${form.by}\``,
      hint: `Remove it. Beside \`${form.by}\`: ${[...form.needs, ...form.may].join(', ')}.`,
    })),
  ];
}

function checkTlsOff({ tls, host }: ConnectionYaml, path: ConfigPath): Finding[] {
  if (tls !== 'off' || host === undefined || !isLiteral({ template: host }) || isLocalHost(host)) return [];
  const hint = "Remove `tls: off`, and name the server's authority in `caFile` if it is not a public one.";
  return [{ path: [...path, 'tls'], message: 'would send the password and the rows in the clear', hint }];
}

function warnUnverified({ verifyTls, url, host }: ConnectionYaml, path: ConfigPath): Finding[] {
  const literal = url === undefined ? host : (postgresUrlHost(url) ?? undefined);
  const local = literal !== undefined && isLiteral({ template: literal }) && isLocalHost(literal);
  if (verifyTls !== false || local) return [];
  const hint = "Name the server's authority in `caFile` and remove this line.";
  return [
    { path: [...path, 'verifyTls'], message: 'anyone on the way can read and change what is sent', hint },
  ];
}
