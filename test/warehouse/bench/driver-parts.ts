/**
 * Parts of the driver itself that the bench speaks with: its Thrift definitions, its Thrift connection and its Arrow.
 * They are taken from beside the driver, so both ends always have the same versions.
 */
import { createRequire } from 'node:module';

export type * from '@databricks/sql/thrift/TCLIService_types.js';

// The library declares no types for modules of the newer kind.
type ArrowModule = typeof import('apache-arrow', { with: { 'resolution-mode': 'require' }});

/** A type and a field of the Arrow library. */
export type ArrowType = ArrowModule['DataType']['prototype'];
export type ArrowField = ArrowModule['Field']['prototype'];

const driver = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));

/** Enumerations and message classes of the Thrift service. */
export const thriftTypes = driver(
  '../thrift/TCLIService_types',
) as typeof import('@databricks/sql/thrift/TCLIService_types.js');

/** The Arrow library the driver decodes results with. */
export const arrow = driver('apache-arrow') as ArrowModule;

/** A 64-bit integer of a Thrift message. */
export interface Int64 {
  readonly buffer: Buffer;
  readonly offset: number;
  toNumber(): number;
}

/** A message of any kind. */
export type Message = object;

/** Answers the calls of a service. */
export type Handler = (method: string, request: never) => Promise<Message>;

interface Transport {
  commitPosition(): void;
}

interface Thrift {
  TBufferedTransport: {
    new (buffer: Buffer | undefined, onFlush: (bytes: Buffer) => void): Transport;
    receiver(callback: (transport: Transport) => void, sequence: number): (bytes: Buffer) => void;
  };
  TBinaryProtocol: new (transport: Transport) => object;
  createClient(service: unknown, connection: unknown): Client;
}

type Callback = (error: unknown, response: Message) => void;
type Client = Record<string, (request: Message, callback: Callback) => void>;

interface Service {
  Processor: new (methods: object) => { process(input: object, output: object): void };
}

type Connection = new (
  options: {
    url: string;
    getRetryPolicy: () => Promise<{ invokeWithRetry: (call: () => unknown) => unknown }>;
  },
  config: { headers: Record<string, string> },
) => { on(event: 'error', listener: (error: unknown) => void): void };

const thrift = driver('thrift') as Thrift;
const service = driver('../thrift/TCLIService') as Service;
const Int64Class = driver('node-int64') as new (value: number) => Int64;
const { default: ThriftHttpConnection } = driver('./connection/connections/ThriftHttpConnection') as {
  default: Connection;
};

/** A 64-bit integer for a message. */
export function int64(value: number): Int64 {
  return new Int64Class(value);
}

/** Name of the method that an encoded call is for. */
export function methodName(body: Buffer): string {
  const length = body.readInt32BE(4);
  return body.toString('utf8', 8, 8 + length);
}

/** Decodes a call, has it answered, encodes the answer. Rejects when the handler does. */
export function answerCall(body: Buffer, handler: Handler): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const answer = (method: string) => async (request: never) =>
      handler(method, request).catch((error) => {
        reject(error);
        throw error;
      });
    const methods = new Proxy({}, { get: (_, method) => answer(String(method)) });
    const receive = thrift.TBufferedTransport.receiver((transport) => {
      const input = new thrift.TBinaryProtocol(transport);
      const output = new thrift.TBinaryProtocol(new thrift.TBufferedTransport(undefined, resolve));
      new service.Processor(methods).process(input, output);
      transport.commitPosition();
    }, 0);
    receive(body);
  });
}

/** Calls a method of a Thrift server. Rejects when the server cannot be reached or breaks the connection. */
export type Call = <T extends Message>(method: string, request: Message) => Promise<T>;

/** A client for the server at `url`; nothing is tried twice. */
export function thriftClient(url: string, authorization: string): Call {
  const once = async () => ({ invokeWithRetry: (call: () => unknown) => call() });
  const connection = new ThriftHttpConnection(
    { url, getRetryPolicy: once },
    { headers: { Authorization: authorization } },
  );
  connection.on('error', () => {});
  const client = thrift.createClient(service, connection);
  return <T extends Message>(method: string, request: Message) =>
    new Promise<T>((resolve, reject) => {
      const call = client[method];
      if (call === undefined) return reject(new Error(`The Thrift service has no method ${method}.`));
      call.call(client, request, (error, response) => (error ? reject(error) : resolve(response as T)));
    });
}
