import { TerminalError } from '../errors.ts';
import type { AwsLogin } from './login.ts';
import { shellWord } from './profiles.ts';
import { sdkFault } from './sdk-fault.ts';

/** Nobody was found to ask as. */
const NOBODY = ['CredentialsProviderError', 'TokenProviderError', 'ProviderError'];

/** AWS once knew who asks. */
const RUN_OUT = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired'];

/** AWS does not know who asks. */
const UNKNOWN = [
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
];

const CLOCK = ['RequestTimeTooSkewed', 'RequestInTheFuture'];

/**
 * What the SDK threw as `TerminalError` AWS_LOGIN_NEEDED, with how to log in, where the reason is that AWS does not know
 * who asks; else null.
 */
export function explainLogin(thrown: unknown, login: AwsLogin): TerminalError | null {
  const { name } = sdkFault(thrown);
  const what = complaint(name, thrown);
  if (what === null) return null;
  const fix = CLOCK.includes(name) ? 'Set the clock of this machine' : remedy(login);
  return new TerminalError('AWS_LOGIN_NEEDED', `${who(login)} ${what}. ${fix}.`, {
    context: { profile: login.profile, reason: name },
    ...(isOfProgram(thrown) ? {} : { cause: thrown }),
  });
}

function complaint(name: string, thrown: unknown): string | null {
  const said = thrown instanceof Error ? thrown.message : '';
  if (NOBODY.includes(name)) {
    const words = isOfProgram(thrown) ? 'its credential_process failed' : firstLine(said);
    return `has no credentials for AWS${words ? `: ${words}` : ''}`;
  }
  if (/sts:AssumeRole/.test(said)) return 'may not take on the role that it names (sts:AssumeRole)';
  if (RUN_OUT.includes(name)) return `has credentials for AWS that have run out (${name})`;
  if (UNKNOWN.includes(name)) return `has credentials that AWS does not know (${name})`;
  return CLOCK.includes(name) ? `asks AWS at a time that is not now (${name})` : null;
}

/** Words of a program that a profile runs, which may hold what it was started with. */
function isOfProgram(thrown: unknown): boolean {
  return thrown instanceof Error && /^Command failed/.test(thrown.message);
}

function who({ profile, namedBy, keys }: AwsLogin): string {
  if (profile !== null) return `The profile ${JSON.stringify(profile)}, named by ${namedBy},`;
  return keys ? 'The environment, with AWS_ACCESS_KEY_ID,' : 'This machine';
}

function remedy({ profile, keys }: AwsLogin): string {
  if (profile !== null) {
    return `Log in with: aws sso login --profile ${shellWord(profile)} (or as this profile gets its credentials), then run again`;
  }
  if (keys) return 'Fetch new keys, or unset them and name a profile with --profile or AWS_PROFILE';
  return 'Log in (aws sso login), and name the profile with --profile, AWS_PROFILE or cloud.profile';
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300).replace(/[.\s]+$/, '');
}
