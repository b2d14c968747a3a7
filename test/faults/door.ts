/** The way to a server, which can be shut. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export type Door = Awaited<ReturnType<typeof openDoor>>;

/** @param address `host:port` of the server behind it */
export async function openDoor(address: string) {
  const [host, port] = address.split(':') as [string, string];
  const sockets = new Set<Socket>();
  const listen = (at: number) =>
    new Promise<Server>((resolve) => {
      const server: Server = createServer((inside) => {
        const outside = connect(Number(port), host);
        for (const socket of [inside, outside]) {
          sockets.add(socket);
          socket.on('error', () => {}).on('close', () => sockets.delete(socket));
        }
        inside.pipe(outside).pipe(inside);
      }).listen(at, '127.0.0.1', () => resolve(server));
    });
  let server = await listen(0);
  const own = (server.address() as AddressInfo).port;
  return {
    address: `127.0.0.1:${own}`,
    /** ends every connection, too */
    shut() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
    async open() {
      server = await listen(own);
    },
  };
}
