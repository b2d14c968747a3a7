import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, type Connection } from '@temporalio/client';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { builtModule } from '../../test/support/build.ts';
import { isRunning, processEnd } from '../system/processes.ts';
import { SetupError } from '../system/setup-error.ts';
import { clusterIdentity } from './cluster-identity.ts';
import { connectTemporal } from './connection.ts';
import { findTemporal } from './find-server.ts';
import { startTemporal } from './run-server.ts';

let binary: string;
let dir: string;
const logged: string[] = [];
const log = (line: string) => void logged.push(line);

beforeAll(async () => {
  const found = await findTemporal({ ...process.env, TEMPORAL_ADDRESS: undefined }, () => {});
  if (found.kind === 'binary') binary = found.binary;
}, 1_200_000);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mapp-flows-temporal-'));
  logged.length = 0;
});
afterEach(async () => {
  const pid = serverPid();
  if (pid !== null && isRunning(pid)) {
    process.kill(pid, 'SIGKILL');
    await processEnd(pid, 30_000);
  }
  rmSync(dir, { recursive: true, force: true });
});

function serverPid(): number | null {
  try {
    return Number.parseInt(readFileSync(join(dir, 'server.pid'), 'utf8'), 10);
  } catch {
    return null;
  }
}

const open = (address: string): Promise<Connection> => connectTemporal({ options: { address }, namespace: 'default' });

it('keeps its runs over a restart, knows our search attributes, serves the UI', async () => {
  const first = await startTemporal({ binary, dir, port: 0, log });
  const connection = await open(first.address);
  const identity = await clusterIdentity(connection, 'default');
  const workflowId = randomUUID();
  await new Client({ connection }).workflow.start('anything', {
    workflowId,
    taskQueue: 'nobody',
    searchAttributes: { FlowVersion: ['a'], FlowPerson: ['b'], FlowKey: ['c'] },
  });
  expect((await fetch(first.ui)).status).toBe(200);
  await connection.close();
  await first.stop();
  expect(serverPid()).toBeNull();

  const second = await startTemporal({ binary, dir, port: 0, log });
  const again = await open(second.address);
  expect(await clusterIdentity(again, 'default')).toEqual(identity);
  const described = await new Client({ connection: again }).workflow.getHandle(workflowId).describe();
  expect(described.status.name).toBe('RUNNING');
  await again.close();
  await second.stop();
  expect(logged).toEqual([]);
});

/** A process that runs a server on `dir` until it is killed. */
async function other() {
  const script = `
    import { startTemporal } from ${JSON.stringify(await builtModule('temporal/run-server.ts'))};
    const [binary, dir] = process.argv.slice(1);
    const server = await startTemporal({ binary, dir, port: 0, log: console.error });
    console.log(server.address);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, binary, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: child.stdout! }), 'line');
  return child;
}

it('ends with the process that started it, however that ends', async () => {
  const child = await other();
  const pid = serverPid()!;
  expect(isRunning(pid)).toBe(true);
  child.kill('SIGKILL');
  expect(await processEnd(pid, 30_000)).toBe(true);
});

it('ends a server that was left over before it opens the same data, and refuses one in use', async () => {
  const child = await other();
  const pid = serverPid()!;
  await expect(startTemporal({ binary, dir, port: 0, log })).rejects.toThrow(
    `process ${child.pid} already runs a Temporal server on ${dir}: end it first, or use another project directory.`,
  );
  const [server] = readFileSync(join(dir, 'server.pid'), 'utf8').split('\n');
  writeFileSync(join(dir, 'server.pid'), `${server}\n${child.pid} 1\n`);
  const next = await startTemporal({ binary, dir, port: 0, log });
  expect(logged).toEqual([`ending the Temporal server (process ${pid}) that a killed process left running`]);
  expect(isRunning(pid)).toBe(false);
  await next.stop();
  child.kill('SIGKILL');
});

it('reports that it ended by itself', async () => {
  const server = await startTemporal({ binary, dir, port: 0, inMemory: true, log });
  process.kill(serverPid()!, 'SIGKILL');
  expect(await server.failed).toMatch(/^the Temporal server ended \(SIGKILL.*\); its log is .+\.$/);
  await server.stop();
});

it('names a port that is taken, and the remedy', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const message = (name: string) =>
    `port ${port} for the ${name} is taken by another program: end that one, use free ports (--port 0)`;
  await expect(startTemporal({ binary, dir, port, log })).rejects.toThrow(message('Temporal server'));
  await expect(startTemporal({ binary, dir, port: 0, uiPort: port, log })).rejects.toThrow(message('Temporal UI'));
  await new Promise((resolve) => taken.close(resolve));
});

it('says why the server did not start', async () => {
  writeFileSync(join(dir, 'temporal.db'), 'this is no data file');
  const error = await startTemporal({ binary, dir, port: 0, log }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(SetupError);
  expect((error as Error).message).toMatch(
    /^the Temporal server ended \(.+\); its log is .+; correct that, or set TEMPORAL_ADDRESS/,
  );
  expect(serverPid()).toBeNull();
});
