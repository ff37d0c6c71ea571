import type { ReplicationConfig } from '../config/cloud.ts';
import { suggest } from '../config/names.ts';
import type { ConfigPath, Finding } from '../config/problem.ts';
import { lintKinds, lintSettings } from './lint-settings.ts';
import { isMap, type SettingRule } from './setting.ts';
import { TASK_RULES, TASK_SETTINGS, TASK_SETTINGS_OUTSIDE } from './task-setting-rules.ts';
import type { TaskSettings } from './task-settings.ts';

/** What is wrong with all the settings of a task as DMS would get them: unknown names and dangerous values. */
export function lintTaskSettings(settings: TaskSettings, path: ConfigPath): Finding[] {
  const missing = Object.keys(TASK_RULES).filter((section) => !Object.hasOwn(settings, section));
  const whole = { ...Object.fromEntries(missing.map((section) => [section, {}])), ...settings };
  return lintSections(whole, path, () => true);
}

/** What is wrong with what a replication sets of its task over our settings. */
export function lintTaskOverrides(
  { taskSettings }: Pick<ReplicationConfig, 'taskSettings'>,
  path: ConfigPath,
): Finding[] {
  return lintSections(taskSettings, path, ({ name }, section) => Object.hasOwn(section, name));
}

function lintSections(
  settings: TaskSettings,
  path: ConfigPath,
  applies: (rule: SettingRule, section: Readonly<Record<string, unknown>>) => boolean,
): Finding[] {
  return Object.entries(settings).flatMap(([name, section]): Finding[] => {
    const here = [...path, name];
    if (Object.hasOwn(TASK_SETTINGS_OUTSIDE, name))
      return lintKinds({ [name]: section }, TASK_SETTINGS_OUTSIDE, path);
    if (!Object.hasOwn(TASK_SETTINGS, name)) return [{ path: here, ...unknownSection(name) }];
    if (section === null) return [];
    if (!isMap(section)) {
      return [{ path: here, message: 'must be a map of settings', hint: 'Correct it, or remove it.' }];
    }
    const rules = (TASK_RULES[name] ?? []).filter((rule) => applies(rule, section));
    return lintSettings(section, TASK_SETTINGS[name] ?? {}, rules, here);
  });
}

/** A setting that was written outside of its section is told where it belongs. */
function unknownSection(name: string): Pick<Finding, 'message' | 'hint'> {
  const home = Object.keys(TASK_SETTINGS).find((section) =>
    Object.hasOwn(TASK_SETTINGS[section] ?? {}, name),
  );
  if (home !== undefined) {
    return { message: `is a setting of the section ${home}`, hint: `Write it below \`${home}:\`.` };
  }
  return {
    message: 'is not a section of task settings',
    hint: suggest(name, Object.keys(TASK_SETTINGS), 'Known sections'),
  };
}
