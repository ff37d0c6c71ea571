import { ConfigError, type ConfigProblem } from '../../../lib/errors.ts';
import { type ParsedConfig, parseConfig } from '../../../lib/config/parse-config.ts';

/** Parses with `/base` as the folder of the file. */
export function parse(yaml: string): ParsedConfig {
  return parseConfig(yaml, { baseDir: '/base' });
}

/** The problems of a configuration that must be refused. */
export function problemsOf(yaml: string): readonly ConfigProblem[] {
  try {
    parse(yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The problems of a configuration as `path: message`, the way most facts are stated. */
export function complaints(yaml: string): string[] {
  return problemsOf(yaml).map(({ path, message }) => `${path}: ${message}`);
}

/** A configuration with these lines inside its one table, named customer, with the key id unless given. */
export function withTable(lines: string, rest = ''): string {
  const keys = /^keys:/m.test(lines) ? '' : '    keys: [id]\n';
  const body = lines.replace(/^(?=.)/gm, '    ');
  return `name: shop\ntables:\n  - name: customer\n${keys}${body}\n${rest}`;
}

/** A configuration with one table, and this connection in its one export. */
export function withConnection(connection: string): string {
  return withTable('', `exports:\n  - connection: ${connection}\n`);
}

/** A configuration with one table, and these lines as its engine; `rest` is top-level, and names the storage. */
export function withEngine(lines: string, rest = 'storage: {kind: volume}'): string {
  return withTable('', `engine:\n${lines.replace(/^(?=.)/gm, '  ')}\n${rest}\n`);
}

/** The least that a Databricks engine needs. */
export const WAREHOUSE = 'kind: databricks\nhost: ${env:H}\nhttpPath: /sql/1.0/warehouses/0123456789abcdef';
