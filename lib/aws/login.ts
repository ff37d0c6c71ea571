import type { Environment } from '../config/reference-lookup.ts';
import { explainLogin } from './login-error.ts';
import { assertProfile } from './profiles.ts';

/** What AWS's own tools take a key for. */
interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Who asks AWS on a person's machine. Holds secrets, so it is never printed. */
export interface AwsLogin {
  /** A profile of AWS's own tools. Null: keys, roles and tokens of the environment, or the default profile. */
  readonly profile: string | null;
  /** Where the profile is named, as a person would look for it. */
  readonly namedBy: '--profile' | 'AWS_PROFILE' | 'cloud.profile' | null;
  /** Keys of the environment, where these are used. */
  readonly keys: AwsKeys | null;
  /** Where files of profiles are looked for. */
  readonly env: Environment;
}

/** Variables by which a machine or a workflow says who it is. */
const IDENTITIES = [
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/**
 * Who asks AWS, in the order of AWS's own command line: the option, keys in the environment, the profile that the
 * environment names or whoever else it says, and last the profile of the configuration.
 */
export function chooseLogin(
  env: Environment,
  { option, configured }: { readonly option?: string | undefined; readonly configured?: string | undefined },
): AwsLogin {
  const none = { profile: null, namedBy: null, keys: null, env } as const;
  if (option) return { ...none, profile: option, namedBy: '--profile' };
  const keys = keysOf(env);
  if (keys) return { ...none, keys };
  if (env.AWS_PROFILE) return { ...none, profile: env.AWS_PROFILE, namedBy: 'AWS_PROFILE' };
  if (!configured || IDENTITIES.some((name) => env[name])) return none;
  return { ...none, profile: configured, namedBy: 'cloud.profile' };
}

function keysOf(env: Environment): AwsKeys | null {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) return null;
  const { AWS_SESSION_TOKEN: sessionToken } = env;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Settings of a client that asks as somebody; nothing for a function, which is somebody already. */
export function loginSettings(login?: AwsLogin) {
  if (!login) return {};
  if (login.keys) return { credentials: { ...login.keys } };
  // The SDK writes to the console when keys lie beside a profile, which are rightly passed over here.
  return login.profile === null ? {} : { profile: login.profile, logger: SILENT };
}

/** The part of the SDK's clients that is used. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: <Asked, Answer>(
        next: (asked: Asked) => Promise<Answer>,
      ) => (asked: Asked) => Promise<Answer>,
      options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string },
    ): void;
  };
}

/**
 * The same client, which tells what is wrong with a login as one of our errors: `TerminalError` AWS_PROFILE_UNKNOWN
 * before anything is asked, AWS_LOGIN_NEEDED where AWS does not know who asks. What somebody known may not do stays for
 * whoever asks to explain.
 */
export function asSomebody<C extends Client>(client: C, login?: AwsLogin): C {
  if (!login) return client;
  let known: Promise<void> | null = null;
  client.middlewareStack.add(
    (next) => async (asked) => {
      known ??= assertProfile(login);
      await known;
      try {
        return await next(asked);
      } catch (thrown) {
        throw explainLogin(thrown, login) ?? thrown;
      }
    },
    { step: 'initialize', priority: 'high', name: 'tidemarkLogin' },
  );
  return client;
}
