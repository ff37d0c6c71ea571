import type { Template } from 'aws-cdk-lib/assertions';

/** One state of Amazon States Language, as far as our machines use it. */
export interface State {
  readonly Type: 'Task' | 'Map' | 'Choice' | 'Succeed' | 'Fail';
  readonly Next?: string;
  readonly End?: boolean;
  readonly Parameters?: unknown;
  readonly ItemSelector?: unknown;
  readonly ItemsPath?: string;
  readonly MaxConcurrencyPath?: string;
  readonly ItemProcessor?: Machine;
  readonly ResultPath?: string | null;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly { ErrorEquals: string[]; Next: string; ResultPath?: string }[];
  readonly Choices?: readonly { Variable: string; BooleanEquals: boolean; Next: string }[];
  readonly Default?: string;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
}

interface Retrier {
  readonly ErrorEquals: string[];
  readonly MaxAttempts?: number;
}

/** A state machine, or what a Map does for each item. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The definition of the only state machine of a template. */
export function definitionOf(template: Template): Machine {
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const text: unknown = machine?.Properties.DefinitionString;
  const parts =
    typeof text === 'string' ? [text] : (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'token')).join('')) as Machine;
}

/** How an execution ended. */
export type Ending =
  | { readonly status: 'SUCCEEDED' }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string };

/** Calls the function that does the tasks; what it throws is an error as Lambda tells it. */
export type Invoke = (payload: unknown) => Promise<unknown>;

/** Most of Step Functions' own limits on what goes from state to state. */
const MAX_PAYLOAD_BYTES = 262_144;

/** Runs a machine as Step Functions does, without the waiting between tries. Everything passes through JSON. */
export async function runMachine(
  machine: Machine,
  execution: { readonly name: string; readonly input: unknown },
  invoke: Invoke,
): Promise<Ending> {
  const context = { name: execution.name, item: null };
  const { ending } = await walk(machine, execution.input, invoke, context);
  return ending;
}

interface Context {
  readonly name: string;
  /** Of the Map that the states are in. */
  readonly item: unknown;
}

type Walk = { readonly ending: Ending; readonly output: unknown };

async function walk(machine: Machine, input: unknown, invoke: Invoke, context: Context): Promise<Walk> {
  let at: string | undefined = machine.StartAt;
  let data = throughJson(input);
  while (at !== undefined) {
    const state: State = machine.States[at]!;
    if (state.Type === 'Succeed') break;
    if (state.Type === 'Fail') {
      const text = (path?: string) => String(path ? pick(data, path, context) : '');
      return {
        ending: { status: 'FAILED', error: text(state.ErrorPath), cause: text(state.CausePath) },
        output: data,
      };
    }
    if (state.Type === 'Choice') {
      const choice = state.Choices!.find((one) => pick(data, one.Variable, context) === one.BooleanEquals);
      at = choice?.Next ?? state.Default;
      continue;
    }
    try {
      const result = await withRetry(state, () => work(state, data, invoke, context));
      data = throughJson(placed(data, state.ResultPath, result));
      at = state.Next;
    } catch (thrown) {
      const failure = told(thrown);
      const caught = state.Catch?.find(({ ErrorEquals: names }) => matches(names, failure.Error));
      if (!caught)
        return { ending: { status: 'FAILED', error: failure.Error, cause: failure.Cause }, output: data };
      data = throughJson(placed(data, caught.ResultPath, failure));
      at = caught.Next;
    }
  }
  return { ending: { status: 'SUCCEEDED' }, output: data };
}

async function work(state: State, data: unknown, invoke: Invoke, context: Context): Promise<unknown> {
  if (state.Type === 'Task') {
    return throughJson(
      await invoke(state.Parameters === undefined ? data : filled(state.Parameters, data, context)),
    );
  }
  const items = pick(data, state.ItemsPath!, context) as readonly unknown[];
  const atOnce = Number(pick(data, state.MaxConcurrencyPath!, context));
  const results: unknown[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const walks = items.slice(start, start + atOnce).map(async (item) => {
      const inside: Context = { ...context, item };
      const wanted = filled(state.ItemSelector, data, inside);
      const { ending, output } = await walk(state.ItemProcessor!, wanted, invoke, inside);
      if (ending.status === 'FAILED') throw new Failure(ending.error, ending.cause);
      return output;
    });
    results.push(...(await Promise.all(walks)));
  }
  return results;
}

async function withRetry(state: State, task: () => Promise<unknown>): Promise<unknown> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await task();
    } catch (thrown) {
      const retrier = state.Retry?.find(({ ErrorEquals: names }) => matches(names, told(thrown).Error));
      if (!retrier || failures >= (retrier.MaxAttempts ?? 3)) throw thrown;
    }
  }
}

class Failure extends Error {
  readonly told: { readonly Error: string; readonly Cause: string };
  constructor(error: string, cause: string) {
    super(cause);
    this.told = { Error: error, Cause: cause };
  }
}

function told(thrown: unknown): { readonly Error: string; readonly Cause: string } {
  if (thrown instanceof Failure) return thrown.told;
  const { name, message } = thrown as Error;
  return { Error: name, Cause: JSON.stringify({ errorType: name, errorMessage: message, trace: [] }) };
}

const matches = (names: readonly string[], error: string): boolean =>
  names.includes(error) || names.includes('States.ALL');

/** Values of keys that end in `.$` are paths. */
function filled(template: unknown, data: unknown, context: Context): unknown {
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), pick(data, String(value), context)]
        : [key, filled(value, data, context)],
    ),
  );
}

function pick(data: unknown, path: string, context: Context): unknown {
  if (path === '$$.Map.Item.Value') return context.item;
  if (path === '$$.Execution.Name') return context.name;
  if (path === '$') return data;
  return path
    .slice(2)
    .split('.')
    .reduce<unknown>((value, name) => {
      const found = (value as Readonly<Record<string, unknown>>)[name];
      if (found === undefined) throw new Failure('States.Runtime', `no ${path}`);
      return found;
    }, data);
}

function placed(data: unknown, path: string | null | undefined, result: unknown): unknown {
  if (path === null) return data;
  if (path === undefined || path === '$') return result;
  return { ...(data as object), [path.slice(2)]: result };
}

function throughJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) throw new Failure('States.DataLimitExceeded', 'too much');
  return JSON.parse(text) as unknown;
}
