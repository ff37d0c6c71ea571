import { z } from 'zod';
import { nearestName, suggest } from './names.ts';
import { REFERENCE_HINT } from './reference.ts';
import { type ConfigPath, type Finding, quote } from './problem.ts';

/** What the schema library found, in our words: what is wrong and how to mend it. No value is repeated but a wrong choice. */
export function describeIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType): Finding[] {
  const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => describeUnknownField(path, key, fieldsAt(schema, path)));
    case 'invalid_union':
      return describeUnion(issue, path, schema);
    case 'invalid_type':
      return [{ path, ...describeType(issue, path) }];
    case 'invalid_value':
      return [{ path, ...describeChoice(issue) }];
    case 'too_small':
      return [{ path, ...describeBound(issue.origin, `at least ${issue.minimum}`, path) }];
    case 'too_big':
      return [{ path, ...describeBound(issue.origin, `at most ${issue.maximum}`, path) }];
    default:
      return [{ path, message: issue.message, hint: hintOf(issue) }];
  }
}

/** Names of the fields a map at this path may have. */
function fieldsAt(schema: z.core.$ZodType, path: ConfigPath): string[] {
  if (schema instanceof z.ZodOptional) return fieldsAt(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => fieldsAt(option, path));
  const [step, ...rest] = path;
  if (schema instanceof z.ZodArray) return step === undefined ? [] : fieldsAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(schema.shape);
  const field = Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  return field === undefined ? [] : fieldsAt(field, rest);
}

function describeUnknownField(path: ConfigPath, key: string, known: readonly string[]): Finding {
  // A connection or a token pasted in as a key would be a secret in a message.
  if (HOLDS_SECRETS.some((field) => path.includes(field)) && !/^\w{1,30}$/.test(key)) {
    return { path, message: 'has a field that is not known', hint: `Known fields: ${known.join(', ')}.` };
  }
  return { path: [...path, key], message: 'is not a known field', hint: suggest(key, known, 'Known fields') };
}

/** The problems of the one option that is of the right kind; none, or several: what the union as a whole wants. */
function describeUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: ConfigPath,
  schema: z.core.$ZodType,
): Finding[] {
  const ofRightKind = issue.errors.filter(
    (option) => !option.some(({ code, path: below }) => WRONG_KIND.includes(code) && below.length === 0),
  );
  const [only, ...others] = ofRightKind;
  if (!only || others.length > 0) {
    const message =
      issue.input === undefined ? 'is missing' : issue.input === null ? 'is empty' : issue.message;
    return [{ path, message, hint: hintForMissing(path) }];
  }
  return only.flatMap((inner) => describeIssue({ ...inner, path: [...path, ...inner.path] }, schema));
}

function describeType(issue: z.core.$ZodIssueInvalidType, path: ConfigPath) {
  if (issue.input === undefined) return { message: 'is missing', hint: hintForMissing(path) };
  if (issue.input === null) return { message: 'is empty', hint: hintForMissing(path) };
  const field = String(path.at(-1));
  if (Object.hasOwn(SECRETS, field)) {
    return { message: `is no reference to a ${SECRETS[field]}`, hint: REFERENCE_HINT };
  }
  const scalar = typeof issue.input === 'number' || typeof issue.input === 'boolean';
  if (issue.expected === 'string' && scalar) {
    return {
      message: `must be text, but YAML reads it as a ${typeof issue.input}`,
      hint: 'Put it in quotes.',
    };
  }
  return { message: `must be ${KINDS[issue.expected] ?? issue.expected}`, hint: hintForMissing(path) };
}

function describeChoice(issue: z.core.$ZodIssueInvalidValue) {
  const valid = issue.values.map(String);
  const list = `Valid: ${valid.join(', ')}.`;
  if (typeof issue.input !== 'string') return { message: 'is not a valid choice', hint: list };
  const nearest = nearestName(issue.input, valid);
  return {
    message: `${quote(issue.input)} is not a valid choice`,
    hint: nearest === null ? list : `${list} Did you mean "${nearest}"?`,
  };
}

function describeBound(origin: string, bound: string, path: ConfigPath) {
  if (origin === 'array') return { message: 'is an empty list', hint: hintForMissing(path) };
  if (origin === 'string') return { message: 'is empty', hint: 'Write something, or remove the line.' };
  return { message: 'is out of range', hint: `Use ${bound}.` };
}

function hintOf(issue: z.core.$ZodIssue): string {
  const hint = issue.code === 'custom' ? issue.params?.hint : undefined;
  return typeof hint === 'string' ? hint : 'See the description of the field in tidemark.schema.json.';
}

/** What an option of a union says of a value that it does not mean at all. */
const WRONG_KIND: readonly string[] = ['invalid_type', 'invalid_value'];

/** Fields whose value is secret, and what it is called. */
const SECRETS: Readonly<Record<string, string>> = {
  password: 'password',
  clientSecret: 'secret',
  token: 'token',
};

/** Maps in which even the name of an unknown field may be a secret. */
const HOLDS_SECRETS = ['connection', 'auth'];

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
};

/** By the whole path, with or without positions in lists, or by the last field of it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  name: 'Give it a name, for instance `name: customer`.',
  tables: 'List the tables, for instance `tables: [{name: customer, keys: [id]}]`.',
  keys: 'Name the columns that identify a row, for instance `keys: [id]`.',
  connection: 'For instance `connection: ${env:PG_URL}`, or `connection: {embedded: ./postgres}`.',
  'engine.host': 'For instance `host: ${env:DATABRICKS_HOST}`.',
  'engine.httpPath': 'For instance `httpPath: ${env:DATABRICKS_HTTP_PATH}`.',
  'engine.auth':
    'For instance `auth: {token: "${env:DATABRICKS_TOKEN}"}`, or remove it to be a service principal.',
  'engine.grants.read': 'List who may read, for instance `read: [analysts]`.',
  'engine.grants.write': 'List who may write, for instance `write: [loaders]`.',
  'replications.name': 'Give it a name, for instance `name: sales`.',
  'replications.source':
    'For instance `source: {engine: sqlserver, database: sales, secret: "arn:aws:secretsmanager:..."}`.',
  'replications.source.engine': 'For instance `engine: sqlserver`.',
  'replications.source.database': 'For instance `database: sales`.',
  'replications.source.secret':
    'Name the Secrets Manager secret with host, port, username and password by its ARN.',
  track: 'For instance `track: [name, email]`, or `track: {except: [updated_at]}`.',
  except: 'List the columns that do not open a version, for instance `except: [updated_at]`.',
  maxBytes: 'For instance `maxBytes: 256MB`.',
};

function hintForMissing(path: ConfigPath): string {
  const field = path.findLast((step) => typeof step === 'string');
  if (path.length === 0) return 'At least `name` and `tables`; `tidemark init` writes a file to begin with.';
  const fields = path.filter((step) => typeof step === 'string');
  const known = [path.join('.'), fields.join('.'), field].find(
    (key) => key !== undefined && Object.hasOwn(EXAMPLES, key),
  );
  if (known !== undefined) return EXAMPLES[known] ?? '';
  return 'Correct it, or remove the line to have the default.';
}
