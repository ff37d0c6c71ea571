import type { ReplicationConfig } from '../config/cloud.ts';
import type { ConfigPath, Finding } from '../config/problem.ts';
import { lintSettings } from './lint-settings.ts';
import { S3_OWNED, S3_RULES, S3_SETTINGS } from './s3-setting-rules.ts';
import type { SettingRule } from './setting.ts';

/** What is wrong with the settings of an S3 endpoint as DMS would get them: unknown names and dangerous values. */
export function lintS3Settings(settings: Readonly<Record<string, unknown>>, path: ConfigPath): Finding[] {
  return lintSettings(settings, S3_SETTINGS, S3_RULES, path);
}

/** What is wrong with what a replication sets of its S3 endpoint over our settings. */
export function lintTargetSettings(
  { targetSettings }: Pick<ReplicationConfig, 'targetSettings'>,
  path: ConfigPath,
): Finding[] {
  const owned = Object.entries(S3_OWNED)
    .filter(([name]) => Object.hasOwn(targetSettings, name))
    .map(([name, hint]) => {
      return { path: [...path, name], message: 'follows from another setting', hint };
    });
  return [...owned, ...lintOverrides(targetSettings, path)];
}

/** Of the rules, only those about settings that are there and are ours to choose. */
function lintOverrides(settings: Readonly<Record<string, unknown>>, path: ConfigPath): Finding[] {
  const isGiven = ({ name }: SettingRule): boolean =>
    Object.hasOwn(settings, name) && !Object.hasOwn(S3_OWNED, name);
  return lintSettings(settings, S3_SETTINGS, S3_RULES.filter(isGiven), path);
}
