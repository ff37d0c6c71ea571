import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';

/** An HTTP proxy that leads every tunnel, whatever its name, to one port of loopback. */
export interface WorkspaceProxy {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The driver asks for OAuth tokens at port 443 of a host whose name it knows for Databricks', and nowhere else. By way
 * of this proxy such a name leads to the bench.
 */
export async function startWorkspaceProxy(target: number): Promise<WorkspaceProxy> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (_request, client: Socket, head: Buffer) => {
    const upstream = connect(target, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client);
      client.pipe(upstream);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, close };
}
