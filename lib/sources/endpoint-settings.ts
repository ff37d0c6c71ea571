import type { SourceConfig } from '../config/cloud.ts';
import type { EndpointSettings, SettingsBlock, SettingValue } from './source.ts';

/** Where the settings of an engine go. */
export interface SettingsTarget {
  readonly block: SettingsBlock;
  /** Properties that the block has in CloudFormation. Anything else goes into the extra connection attributes. */
  readonly properties: Readonly<Record<string, 'string' | 'number' | 'boolean'>>;
  /** Extra connection attributes that are documented. Others pass as they are, unless they are nearly one of these. */
  readonly attributes: readonly string[];
}

/** Our settings and over them the user's, sorted into what CloudFormation has a property for and what not. */
export function mergeSettings(
  { block, properties, attributes: known }: SettingsTarget,
  ours: Readonly<Record<string, SettingValue>>,
  theirs: SourceConfig['settings'],
): EndpointSettings {
  const names = [...Object.keys(properties), ...known];
  const merged = new Map(Object.entries(ours));
  for (const [name, value] of Object.entries(theirs)) merged.set(spelled(name, names), value);
  const settings: Record<string, SettingValue> = {};
  const attributes: string[] = [];
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

/** As CloudFormation or the guide spell it, however it is capitalised; else with a small letter first. */
export function spelled(name: string, known: readonly string[]): string {
  const wanted = name.toLowerCase();
  return known.find((one) => one.toLowerCase() === wanted) ?? name.slice(0, 1).toLowerCase() + name.slice(1);
}
