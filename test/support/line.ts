/** The way to a server over TCP, which can break. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  readonly port: number;
  /**
   * Breaks the next connection that says `text`: `before` the server hears of it, or `after` it has answered, which the
   * client then does not hear. Resolves when it is broken.
   */
  breakAt(text: string, when: 'before' | 'after'): Promise<void>;
  /** nothing gets through either way on the connections there are, though none ends, as behind a firewall that forgot them */
  silence(): void;
  close(): Promise<void>;
}

/** @param to where the server listens, on this machine */
export async function openLine(to: { readonly port: number }): Promise<Line> {
  const sockets = new Set<Socket>();
  let trap: { readonly text: string; readonly when: 'before' | 'after'; readonly sprung: () => void } | null = null;
  let silent = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect(to.port, '127.0.0.1');
    let deaf = false;
    const end = () => {
      inside.destroy();
      outside.destroy();
    };
    for (const socket of [inside, outside]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          // Nor does an end get through.
          if (!silent.has(socket)) end();
        });
    }
    inside.on('data', (chunk: Buffer) => {
      if (silent.has(inside)) return;
      const caught = trap !== null && chunk.includes(trap.text) ? trap : null;
      if (caught === null) return void outside.write(chunk);
      trap = null;
      const spring = () => {
        end();
        caught.sprung();
      };
      if (caught.when === 'before') return spring();
      deaf = true;
      outside.once('data', spring);
      outside.write(chunk);
    });
    outside.on('data', (chunk: Buffer) => {
      if (!deaf && !silent.has(inside)) inside.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    breakAt: (text, when) =>
      new Promise((sprung) => {
        trap = { text, when, sprung };
      }),
    silence() {
      silent = new Set(sockets);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
