/** An answer of a REST service, before it is sent. */
export interface RestReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** An answer with a JSON body. */
export function json(status: number, value: object): RestReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
