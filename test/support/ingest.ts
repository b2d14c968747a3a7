import { type Ingest, type IngestOptions, startIngest } from '../../src/ingest/server.ts';
import type { Project, Source } from '../../src/plan/project.ts';
import { type TestStore, testStore } from './store.ts';

export const PROJECT: Project = {
  project: 'shop',
  timezone: 'Europe/Berlin',
  timezone_attribute: null,
  messages: null,
  groups: null,
  apps: null,
  attributes: null,
  events: null,
  sources: {},
};

export const SHOP: Source = { type: 'api', secrets: ['SHOP_TOKEN'], credential: 'token' };
export const MPARTICLE: Source = { type: 'mparticle_firehose', secrets: ['MP_SECRET'], credential: 'secret' };

export interface TestIngest extends Ingest {
  readonly store: TestStore;
  /** how often `onAccepted` was called */
  readonly accepted: () => number;
  readonly logged: readonly string[];
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer> | object | number | null,
    headers?: { [name: string]: string },
  ): Promise<Response>;
}

/** A real ingest on a fresh database, with the sources `shop` (token "s3cret" or "old") and `mparticle` ("mp"). */
export async function testIngest(options: Partial<IngestOptions> = {}): Promise<TestIngest> {
  const store = await testStore();
  let accepted = 0;
  const logged: string[] = [];
  const ingest = await startIngest({
    store,
    project: { ...PROJECT, sources: { shop: SHOP, mparticle: MPARTICLE } },
    secrets: { shop: ['s3cret', 'old'], mparticle: ['mp'] },
    host: '127.0.0.1',
    port: 0,
    dev: false,
    onAccepted: () => accepted++,
    log: (message) => logged.push(message),
    ...options,
  });
  return {
    ...ingest,
    store,
    accepted: () => accepted,
    logged,
    post: (path, body, headers = {}) =>
      fetch(`${ingest.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    async close() {
      await ingest.close();
      await store.close();
    },
  };
}

export async function inboxOf(store: TestStore) {
  return await store.db.selectFrom('inbox').selectAll().orderBy('id').execute();
}
