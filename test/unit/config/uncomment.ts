/** The starter configuration with every setting in force: a `#` that no space follows hides one. */
export function uncomment(yaml: string): string {
  return yaml.replace(/^(\s*)#(?=[a-z]| {2})/gm, '$1');
}
