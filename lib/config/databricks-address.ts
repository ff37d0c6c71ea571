import { maskReferences } from './reference.ts';

/** What is wrong with a setting, and how to write it. */
export interface AddressProblem {
  readonly message: string;
  readonly hint: string;
}

/** In masked text a reference is one U+0001, which may stand for any part of a name. */
const HOST = /^[\p{L}\p{N}\u0001](?:[\p{L}\p{N}.\u0001-]*[\p{L}\p{N}\u0001])?$/u;
const WAREHOUSE = /^\/sql\/1\.0\/warehouses\/[\w\u0001-]+$/;
const CLUSTER = /^\/sql\/protocolv1\/o\/[\w\u0001-]+\/[\w\u0001-]+$/;

/** What is wrong with the host of a workspace, or null. Text is repeated only where it is a host name and no secret. */
export function hostProblem(template: string): AddressProblem | null {
  if (HOST.test(maskReferences(template))) return null;
  const { host, port } = bareHost(template);
  if (!HOST.test(maskReferences(host))) return NOT_A_HOST;
  const hint = port === undefined ? `Write ${host}.` : `Write ${host}, and the port as \`port: ${port}\`.`;
  return { message: 'is more than the name of a host', hint };
}

/** What is wrong with an HTTP path, or null. One that begins with a reference is judged when it is looked up. */
export function httpPathProblem(template: string): AddressProblem | null {
  const masked = maskReferences(template);
  if (masked.startsWith('\u0001') || isComputePath(masked)) return null;
  const mended = barePath(template);
  if (!isComputePath(maskReferences(mended))) return NOT_A_PATH;
  return { message: 'is not written as the path of a SQL warehouse', hint: `Write ${mended}.` };
}

/** True for the path of a cluster, which is not started and waited for as a warehouse is. */
export function isClusterPath(template: string): boolean {
  return CLUSTER.test(maskReferences(template));
}

/** The host alone, of one that may have the scheme and slash that Databricks' own tools write, or a port. */
export function bareHost(text: string): { host: string; port?: string } {
  const authority = text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/[/?#].*$/s, '');
  const port = /:(\d{1,5})$/.exec(authority)?.[1];
  return port === undefined ? { host: authority } : { host: authority.slice(0, -port.length - 1), port };
}

/** The path as we write it, of one without its first slash, of a whole URL, of an older form or of an id alone. */
export function barePath(text: string): string {
  if (/^[0-9a-f]{16}$/i.test(text)) return `/sql/1.0/warehouses/${text}`;
  const path = text
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/^\/*|\/+$/g, '');
  return `/${path.replace(/^sql\/1\.0\/endpoints\//, 'sql/1.0/warehouses/')}`;
}

function isComputePath(masked: string): boolean {
  return WAREHOUSE.test(masked) || CLUSTER.test(masked);
}

const NOT_A_HOST: AddressProblem = {
  message: 'is not the name of a host',
  hint: 'Write the name alone, for instance ${env:DATABRICKS_HOST} or dbc-a1b2c3d4-e5f6.cloud.databricks.com.',
};

const NOT_A_PATH: AddressProblem = {
  message: 'is not the path of a SQL warehouse',
  hint: 'Copy it from the connection details of the warehouse: /sql/1.0/warehouses/<id>.',
};
