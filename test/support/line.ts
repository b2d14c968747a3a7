/** The way to a server over TCP, which can break. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Line {
  /** `host:port` */
  readonly address: string;
  /**
   * Breaks the next connection that says `text`: `before` the server hears of it, or `after` it has answered, which the
   * client then does not hear. Resolves when it is broken.
   */
  breakAt(text: string, when: 'before' | 'after'): Promise<void>;
  /** nothing gets through either way on the connections there are, though none ends, as behind a firewall that forgot them */
  silence(): void;
  /**
   * Hangs up on every client, and refuses whoever comes, until it is mended. The server hears of it when it has answered what it
   * was asked: a request that is canceled in the middle may cost Temporal's in-memory database the
   * one connection that keeps the data, and every test its namespace.
   */
  cut(): void;
  mend(): Promise<void>;
  /** for good; nothing may be under way */
  close(): Promise<void>;
}

/** A server that has said nothing for so long (ms) waits for us to say something. */
const QUIET_MS = 200;

/** @param to `host:port` of the server */
export async function openLine(to: string): Promise<Line> {
  const { hostname, port: remote } = new URL(`tcp://${to}`);
  /** ends on our side, and all */
  const near = new Set<Socket>();
  const sockets = new Set<Socket>();
  let trap: { readonly text: string; readonly when: 'before' | 'after'; readonly sprung: () => void } | null = null;
  /** whose words and end do not reach the other side */
  let silent = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect(Number(remote), hostname);
    let deaf = false;
    const end = () => {
      inside.destroy();
      outside.destroy();
    };
    near.add(inside);
    for (const socket of [inside, outside]) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          near.delete(socket);
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
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const silence = () => {
    silent = new Set(sockets);
  };
  return {
    address: `127.0.0.1:${port}`,
    breakAt: (text, when) =>
      new Promise((sprung) => {
        trap = { text, when, sprung };
      }),
    silence,
    cut() {
      server.close();
      silence();
      for (const socket of sockets) {
        if (near.has(socket)) socket.destroy();
        else socket.setTimeout(QUIET_MS, () => socket.destroy());
      }
    },
    async mend() {
      // Somebody may have the port for a connection of theirs.
      while (!server.listening) {
        await listen(port).catch(() => new Promise((resolve) => setTimeout(resolve, 20)));
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
