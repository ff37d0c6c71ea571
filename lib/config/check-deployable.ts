import type { ConfigProblem } from '../errors.ts';
import { MAX_NAME_LENGTH, MAX_STACK_NAME_LENGTH, stackName } from './cloud-names.ts';
import type { Config, DatabricksEngineConfig, ExportConfig, Reference } from './config.ts';
import { isLocalHost } from './postgres-url.ts';
import { type ConfigPath, type Finding, quote, toProblems } from './problem.ts';
import { isLiteral, isSecretArn, referencedNames } from './reference.ts';

/**
 * What keeps a configuration, which may be right for a laptop, from being deployed: every problem at once, none when it
 * can be. Nothing is looked up. Functions have no environment of the person's, so they read secrets by ARN only.
 */
export function checkDeployable(config: Config): readonly ConfigProblem[] {
  return toProblems(deployableFindings(config), () => undefined);
}

/** The same before paths are text, for whoever knows the lines of the file. */
export function deployableFindings(config: Config): readonly Finding[] {
  return [
    ...checkStorage(config),
    ...checkNames(config),
    ...(config.engine.kind === 'databricks' ? checkEngine(config.engine) : []),
    ...config.exports.flatMap((one, index) => checkExport(one, ['exports', index, 'connection'])),
  ];
}

function checkStorage({ storage }: Config): Finding[] {
  if (storage.kind === 's3') return [];
  const message = `is ${quote(storage.kind)}, which a deployment cannot use`;
  return [{ path: ['storage', 'kind'], message, hint: 'Use `storage: {kind: s3}`.' }];
}

function checkNames(config: Config): Finding[] {
  const { name } = config;
  if (!/^[a-z](-?[a-z0-9])*$/.test(name)) {
    const message = `${quote(name)} begins the names of stacks and of what DMS has, which it cannot`;
    const hint =
      'Use lower-case letters, digits and single dashes, beginning with a letter and ending in none.';
    return [{ path: ['name'], message, hint }];
  }
  if (name.length > MAX_NAME_LENGTH) {
    const message = `${quote(name)} has ${name.length} characters, too many for the names of functions that begin with it`;
    return [{ path: ['name'], message, hint: `Use at most ${MAX_NAME_LENGTH}.` }];
  }
  return config.replications.flatMap((replication, index): Finding[] => {
    const over = stackName(config, replication).length - MAX_STACK_NAME_LENGTH;
    if (over <= 0) return [];
    const message = `makes the name of a stack, ${quote(stackName(config, replication))}, longer than AWS allows`;
    return [{ path: ['replications', index, 'name'], message, hint: `Shorten it by ${over} characters.` }];
  });
}

function checkEngine({ host, httpPath, auth }: DatabricksEngineConfig): Finding[] {
  const path = ['engine'];
  const secrets =
    auth.kind === 'token'
      ? notSecret(auth.token, [...path, 'auth', 'token'])
      : [
          ...notPlain(auth.clientId, [...path, 'auth', 'clientId']),
          ...notSecret(auth.clientSecret, [...path, 'auth', 'clientSecret']),
        ];
  return [...notPlain(host, [...path, 'host']), ...notPlain(httpPath, [...path, 'httpPath']), ...secrets];
}

function checkExport({ connection }: ExportConfig, path: ConfigPath): Finding[] {
  const hint = 'Write `host`, `database` and `user`, and as `password` the ARN of a secret.';
  if (connection.kind === 'embedded') {
    const message = 'is a server on this machine, which a function does not reach';
    return [{ path: [...path, 'embedded'], message, hint }];
  }
  if (connection.kind === 'url') return [{ path, message: 'is a URL, which would hold the password', hint }];
  const { host, database, user, password } = connection;
  const local: Finding[] =
    isLiteral(host) && isLocalHost(host.template)
      ? [{ path: [...path, 'host'], message: 'is this machine, which a function does not reach', hint }]
      : [];
  return [
    ...local,
    ...notPlain(host, [...path, 'host']),
    ...notPlain(database, [...path, 'database']),
    ...notPlain(user, [...path, 'user']),
    ...notSecret(password ?? { template: '' }, [...path, 'password']),
  ];
}

/** Only this machine has an environment to look at. */
function notPlain(reference: Reference, path: ConfigPath): Finding[] {
  const names = referencedNames(reference);
  if (names.length === 0) return [];
  const message = `refers to ${names.join(', ')} of the environment, which a function in the cloud has not`;
  return [{ path, message, hint: 'Write the value itself: it is no secret.' }];
}

function notSecret(reference: Reference, path: ConfigPath): Finding[] {
  if (isSecretArn(reference.template)) return [];
  const names = referencedNames(reference);
  const message =
    names.length === 0
      ? 'is missing'
      : `refers to ${names.join(', ')} of the environment, which a function in the cloud has not`;
  return [{ path, message, hint: 'Put it into Secrets Manager and write the ARN of the secret.' }];
}
