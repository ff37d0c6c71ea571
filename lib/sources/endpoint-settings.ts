import type { SourceConfig } from '../config/cloud.ts';
import { quote } from '../config/problem.ts';
import type {
  EndpointSettings,
  RefusedSetting,
  SettingsBlock,
  SettingValue,
  SourceProblem,
} from './source.ts';

/** Where the settings of an engine go. */
export interface SettingsTarget {
  readonly block: SettingsBlock;
  /** Properties that the block has in CloudFormation. Anything else goes into the extra connection attributes. */
  readonly properties: Readonly<Record<string, 'string' | 'number' | 'boolean'>>;
}

/** Our settings and over them the user's, sorted into what CloudFormation has a property for and what not. */
export function mergeSettings(
  { block, properties }: SettingsTarget,
  ours: Readonly<Record<string, SettingValue>>,
  theirs: SourceConfig['settings'],
): EndpointSettings {
  const settings: Record<string, SettingValue> = {};
  const attributes: string[] = [];
  const merged = Object.entries({ ...ours, ...Object.fromEntries(Object.entries(theirs).map(asProperty)) });
  for (const [name, value] of merged) {
    if (Object.hasOwn(properties, name)) settings[name] = value;
    else attributes.push(`${name}=${value}`);
  }
  return {
    block,
    settings,
    ...(attributes.length > 0 && { extraConnectionAttributes: attributes.join(';') }),
  };
}

/** The user's value of a setting, however its name is capitalised. */
export function givenSetting({ settings }: SourceConfig, name: string): SettingValue | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(settings).find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/** True when the user set it to anything that DMS reads as true. */
export function isOn(value: SettingValue | undefined): boolean {
  return value !== undefined && /^(true|y|yes|1)$/i.test(String(value));
}

/** True when the user set it to anything that DMS reads as false. */
export function isOff(value: SettingValue | undefined): boolean {
  return value !== undefined && /^(false|n|no|0)$/i.test(String(value));
}

/** Everything wrong with the user's settings. */
export function settingProblems(
  { properties }: SettingsTarget,
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
    const rule = [...REFUSED, ...refused].find((one) => one.name === name.toLowerCase());
    if (rule && (rule.when?.(value, source) ?? true)) return add(`is refused: ${rule.reason}`, rule.hint);
    const type = properties[asProperty([name, value])[0]];
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

const REFUSED: readonly RefusedSetting[] = [
  ...['servername', 'port', 'username', 'password', 'asmuser', 'asmpassword', 'asmserver'].map(fromSecret),
  ...['securitydbencryption'].map(fromSecret),
  ofSource('databasename', 'database'),
  ofSource('slotname', 'slot'),
  ...['secretsmanagersecretid', 'secretsmanageraccessrolearn'].map(ofCaller),
  ...['secretsmanageroracleasmsecretid', 'secretsmanageroracleasmaccessrolearn'].map(ofCaller),
  {
    name: 'afterconnectscript',
    reason: 'it runs any SQL at the source on every connection, and DMS goes on when it fails',
    hint: 'Run the SQL once, by hand.',
  },
];

function asProperty([name, value]: [string, SettingValue]): [string, SettingValue] {
  return [name.slice(0, 1).toLowerCase() + name.slice(1), value];
}
