import type { TSparkParameter } from './driver-parts.ts';

/** A statement with its parameters, as open Spark can run it: parameters do not travel in its protocol. */
export function withParameters(sql: string, parameters: readonly TSparkParameter[]): string {
  if (parameters.length === 0) return sql;
  const values = parameters.map((parameter) => {
    const value = parameterValue(parameter);
    return parameter.name ? `${value} as \`${parameter.name.replaceAll('`', '``')}\`` : value;
  });
  return `execute immediate ${literal(sql)} using ${values.join(', ')}`;
}

function parameterValue({ type, value }: TSparkParameter): string {
  const text = value?.stringValue;
  if (text === undefined || text === null) return 'null';
  return type === undefined || type === 'STRING' ? literal(text) : `cast(${literal(text)} as ${type})`;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
