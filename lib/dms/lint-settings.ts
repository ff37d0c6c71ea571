import { suggest } from '../config/names.ts';
import { type ConfigPath, type Finding, quote } from '../config/problem.ts';
import { describeKind, type SettingKinds, type SettingRule, settingValue } from './setting.ts';

/** What is wrong with settings of one kind: names that are not known, values of a wrong kind, and dangerous ones. */
export function lintSettings(
  settings: Readonly<Record<string, unknown>>,
  kinds: SettingKinds,
  rules: readonly SettingRule[],
  path: ConfigPath,
): Finding[] {
  return [
    ...lintKinds(settings, kinds, path),
    ...rules.flatMap((rule) => lintRule(settings, kinds, rule, path)),
  ];
}

/** Names that are not known, and values of a wrong kind. Null is a setting that is left to DMS. */
export function lintKinds(
  settings: Readonly<Record<string, unknown>>,
  kinds: SettingKinds,
  path: ConfigPath,
): Finding[] {
  return Object.entries(settings).flatMap(([name, value]): Finding[] => {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      const hint = suggest(name, Object.keys(kinds), 'Known settings');
      return [{ path: [...path, name], message: 'is not a setting of DMS', hint }];
    }
    if (value === null || settingValue(value, kind) !== undefined) return [];
    return [
      { path: [...path, name], message: `must be ${describeKind(kind)}`, hint: 'Correct it, or remove it.' },
    ];
  });
}

/** A value of a wrong kind is reported as such, so only a value that can be read is held to the rule, or none at all. */
function lintRule(
  settings: Readonly<Record<string, unknown>>,
  kinds: SettingKinds,
  { name, refuses, why, hint }: SettingRule,
  path: ConfigPath,
): Finding[] {
  const written = Object.hasOwn(settings, name) ? settings[name] : undefined;
  const value = written === undefined ? undefined : settingValue(written, kinds[name] ?? 'text');
  if (written !== undefined && written !== null && value === undefined) return [];
  if (!refuses(value)) return [];
  const said = value === undefined ? 'is missing, which' : show(value);
  return [{ path: [...path, name], message: `${said} ${why}`, hint }];
}

function show(value: unknown): string {
  return typeof value === 'string' ? quote(value) : String(value);
}
