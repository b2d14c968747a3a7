/** A project with its store, Temporal and sandbox, whose production parts run as processes of their own. */
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { flows, projectWith, type Ran } from '../cli/cli.ts';
import { builtProgram } from '../support/build.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import { type Part, parts } from './part.ts';

const CONNECT = { integrationId: 'faults', secret: 'connect-secret' };
const ENGAGE = { user: 'api@shop.example', password: 'engage-secret' };

export interface Rig {
  readonly store: TestStore;
  readonly sandbox: string;
  /** of the test run's Temporal */
  readonly temporal: string;
  /** `flows ARGS…` of production, `env` beside what it has already */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Part>;
  /** `flows ARGS…` to its end, within this process */
  flows(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** `PUT /faults` of the sandbox */
  faults(rules: object): Promise<void>;
  /** sends events to a `serve`, as the source of type `api` */
  post(serve: Part, events: readonly object[]): Promise<Response>;
  close(): Promise<void>;
}

/** `mapp.yaml` with a source of type `api`, other `sources` (lines), and messages with the channels they go by. */
export function catalogue(messages: { readonly [name: string]: 'email' | 'sms' }, sources = ''): string {
  const lines = Object.entries(messages).map(
    ([name, channel], at) => `  ${name}: { channel: ${channel}, id: "${at + 1}" }\n`,
  );
  return `project: shop
timezone: UTC
sources:
  shop: { type: api, token: SHOP_TOKEN }
${sources}messages:
${lines.join('')}`;
}

/** @param files of the project, with a source `{ type: api, token: SHOP_TOKEN }`; its flows are published */
export async function rig(files: { readonly [path: string]: string }): Promise<Rig> {
  const project = projectWith(files);
  const store = await testStore();
  const temporal = await testTemporal();
  await temporal.connection.close();
  const sandbox = await startSandbox({
    port: 0,
    dir: null,
    credentials: CONNECT,
    engage: ENGAGE,
    project: null,
    delayMs: 0,
  });
  const common = {
    PATH: process.env.PATH,
    HOME: project.dir,
    DATABASE_URL: store.url,
    TEMPORAL_ADDRESS: temporal.address,
    MAPP_CONNECT_URL: sandbox.url,
    MAPP_CONNECT_ID: CONNECT.integrationId,
    MAPP_CONNECT_SECRET: CONNECT.secret,
    MAPP_ENGAGE_URL: sandbox.url,
    MAPP_ENGAGE_USER: ENGAGE.user,
    MAPP_ENGAGE_PASSWORD: ENGAGE.password,
    MAPP_RATE: '100',
    SHOP_TOKEN: 's3cret',
  };
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => flows(project.dir, args, { ...common, ...env });
  const main = await builtProgram();
  const applied = await run(['apply']);
  if (applied.code !== 0) throw new Error(applied.err);
  return {
    store,
    sandbox: sandbox.url,
    temporal: temporal.address,
    start: (args, env = {}) => parts(main, project.dir, { ...common, ...env })(...args),
    flows: run,
    async faults(rules) {
      await fetch(new URL('/faults', sandbox.url), { method: 'PUT', body: JSON.stringify(rules) });
    },
    post: (serve, events) =>
      fetch(`${serve.ingest}/v1/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer s3cret', 'content-type': 'application/json' },
        body: JSON.stringify(events),
      }),
    async close() {
      await sandbox.close();
      await store.close();
      project.remove();
    },
  };
}
