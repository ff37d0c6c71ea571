import type { SourceConfig } from '../config/cloud.ts';
import { nearestName } from '../config/names.ts';
import { quote } from '../config/problem.ts';
import { isOn, type SettingsTarget, spelled } from './endpoint-settings.ts';
import type { RefusedSetting, SourceProblem } from './source.ts';

/** Everything wrong with the user's settings. */
export function settingProblems(
  { properties, attributes }: SettingsTarget,
  source: SourceConfig,
  refused: readonly RefusedSetting[],
): SourceProblem[] {
  const names = Object.keys(source.settings);
  return names.flatMap((name, index) => {
    const value = source.settings[name]!;
    const add = (message: string, hint: string): SourceProblem[] => [
      { path: ['settings', name], message, hint },
    ];
    if (!/^[A-Za-z]\w*$/.test(name)) {
      return add(
        `${quote(name)} is no name of a setting`,
        'Write it as the DMS API does, for instance HeartbeatFrequency.',
      );
    }
    const again = names.slice(0, index).find((other) => other.toLowerCase() === name.toLowerCase());
    if (again !== undefined) return add(`repeats ${quote(again)}`, 'Keep one of the two.');
    const rule = [...REFUSED_SETTINGS, ...refused].find(
      (one) => one.name.toLowerCase() === name.toLowerCase(),
    );
    if (rule && (rule.when?.(value, source) ?? true)) return add(`is refused: ${rule.reason}`, rule.hint);
    const meant = nearlyOneOf(name, [...Object.keys(properties), ...attributes]);
    if (meant !== null)
      return add('is not a setting of DMS for this engine', `Did you mean "${upperFirst(meant)}"?`);
    const type = properties[spelled(name, Object.keys(properties))];
    if (type !== undefined && typeof value !== type) {
      return add(
        `must be ${TYPES[type]}, not ${quote(String(value))}`,
        'Write it without quotes, or with: CloudFormation tells them apart.',
      );
    }
    if (/[;\u0000-\u001f\u007f]/.test(String(value))) {
      return add(
        'has a semicolon or a control character in its value',
        'DMS would read what follows as another setting.',
      );
    }
    return [];
  });
}

/** The known name that this one is a slip of, or null. */
function nearlyOneOf(name: string, known: readonly string[]): string | null {
  if (known.some((one) => one.toLowerCase() === name.toLowerCase())) return null;
  const near = nearestName(name, known);
  return near === null || Math.abs(near.length - name.length) > 2 ? null : near;
}

const TYPES = { string: 'text', number: 'a number', boolean: 'true or false' };

const fromSecret = (name: string): RefusedSetting => ({
  name,
  reason: 'DMS reads it from the secret',
  hint: 'Take it out, and put it into the secret that `source.secret` names.',
});

const ofSource = (name: string, field: string): RefusedSetting => ({
  name,
  reason: `it is \`${field}\` of the source`,
  hint: `Take it out, and set \`${field}\`.`,
});

const ofCaller = (name: string): RefusedSetting => ({
  name,
  reason: 'Tidemark sets it, and gives the role the right to read that one secret',
  hint: 'Take it out.',
});

/** Refused for every engine. */
export const REFUSED_SETTINGS: readonly RefusedSetting[] = [
  ...['ServerName', 'Port', 'Username', 'Password', 'AsmUser', 'AsmPassword', 'AsmServer'].map(fromSecret),
  ...['SecurityDbEncryption', 'AuthenticationMethod'].map(fromSecret),
  ofSource('DatabaseName', 'database'),
  ofSource('SlotName', 'slot'),
  ofSource('SslMode', 'tls'),
  ofSource('CertificateArn', 'certificate'),
  ofSource('EngineName', 'engine'),
  ...['SecretsManagerSecretId', 'SecretsManagerAccessRoleArn'].map(ofCaller),
  ...['SecretsManagerOracleAsmSecretId', 'SecretsManagerOracleAsmAccessRoleArn'].map(ofCaller),
  {
    name: 'AfterConnectScript',
    reason: 'it runs any SQL at the source on every connection, and DMS goes on when it fails',
    hint: 'Run the SQL once, by hand.',
  },
  {
    name: 'FailTasksOnLobTruncation',
    reason: 'one long value would stop every table of the task',
    hint: 'Take it out, and set `maxLobKb` as large as the largest value.',
    when: (value) => isOn(value),
  },
];

function upperFirst(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
