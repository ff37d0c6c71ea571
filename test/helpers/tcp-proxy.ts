import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a proxy does with bytes: pass them, or cut the connection instead. */
export type Verdict = 'pass' | 'cut';

export interface ProxyRules {
  /** Looks at bytes on their way to the server. */
  onRequest?(bytes: Buffer, connection: number): Verdict;
  /** Looks at bytes on their way back. */
  onReply?(bytes: Buffer, connection: number): Verdict;
}

/** A loopback relay to a server that can fail on purpose. `rules` may be exchanged at any time. */
export interface TcpProxy {
  readonly port: number;
  rules: ProxyRules;
  close(): Promise<void>;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const number = connections;
    const upstream = connect(target.port, target.host);
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', cut);
    }
    const relay = (from: Socket, to: Socket, judge: (bytes: Buffer) => Verdict) =>
      from.on('data', (bytes: Buffer) => {
        const verdict = judge(bytes);
        if (verdict === 'cut') cut();
        else if (!to.write(bytes)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    relay(client, upstream, (bytes) => proxy.rules.onRequest?.(bytes, number) ?? 'pass');
    relay(upstream, client, (bytes) => proxy.rules.onReply?.(bytes, number) ?? 'pass');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    rules: {},
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return proxy;
}
