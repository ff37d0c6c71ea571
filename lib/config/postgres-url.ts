import { maskReferences } from './reference.ts';

/** A reference, masked. */
const REF = '\u0001';

/** What is wrong with text that should be a Postgres URL, or null. Never carries any of the text. */
export function postgresUrlProblem(template: string): { message: string; hint: string } | null {
  const masked = maskReferences(template);
  const begin = masked.startsWith(REF) ? masked.lastIndexOf(REF) + 1 : schemeLength(masked);
  if (begin === 0) return NOT_A_URL;
  const { userinfo, tail } = split(masked.slice(begin));
  const password = userinfo.includes(':') ? userinfo.slice(userinfo.indexOf(':') + 1) : '';
  const literals = [password, ...queryPasswords(tail)].filter((value) => value.replaceAll(REF, '') !== '');
  if (literals.length > 0) return LITERAL_PASSWORD;
  return tail.includes('@') ? RAW_AT : null;
}

/** The host a URL names, or null when a reference decides it. `''` for none, which means a local socket. */
export function postgresUrlHost(template: string): string | null {
  const masked = maskReferences(template);
  if (schemeLength(masked) === 0) return null;
  const { hostPort, tail } = split(masked.slice(schemeLength(masked)));
  const queryHost = /[?&]host=([^&#]*)/.exec(tail)?.[1];
  const host = queryHost ?? hostPort.replace(/:[^\]:]*$/, '');
  return host.includes(REF) ? null : host;
}

/** True for a host that is this machine: loopback, or a unix socket's folder. */
export function isLocalHost(host: string): boolean {
  const name = decodeHost(host)
    .toLowerCase()
    .replace(/^\[|\]$/g, '');
  return (
    name === '' ||
    name === 'localhost' ||
    name === '::1' ||
    name.startsWith('/') ||
    /^127(\.\d+){3}$/.test(name)
  );
}

function decodeHost(host: string): string {
  try {
    return decodeURIComponent(host);
  } catch {
    return host;
  }
}

function schemeLength(masked: string): number {
  return /^postgres(ql)?:\/\//.exec(masked)?.[0].length ?? 0;
}

function split(rest: string): { userinfo: string; hostPort: string; tail: string } {
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const at = authority.lastIndexOf('@');
  return {
    userinfo: at < 0 ? '' : authority.slice(0, at),
    hostPort: authority.slice(at + 1),
    tail: end < 0 ? '' : rest.slice(end),
  };
}

function queryPasswords(tail: string): string[] {
  return [...tail.matchAll(/[?&](?:password|sslpassword)=([^&#]*)/gi)].map((match) => match[1] ?? '');
}

const LITERAL_PASSWORD = {
  message: 'has a password in plain text',
  hint: 'Take it out of the file: write the whole URL as ${env:PG_URL}, or the password as ${env:NAME}.',
};

const RAW_AT = {
  message: 'has an "@" after the host',
  hint: 'Write it %40. If it belongs to a password, take the password out of the file: ${env:NAME}.',
};

const NOT_A_URL = {
  message: 'is not a Postgres URL',
  hint: `Write \${env:PG_URL} or postgres://user:\${env:PG_PASSWORD}@host:5432/database.`,
};
