import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceptEvents } from '../../src/ingest/accept.ts';
import { personsOf } from '../../src/operate/contact.ts';
import type { CanonicalEvent, Contact } from '../../src/plan/event.ts';
import { clearStore, requestErasure } from '../../src/store/erasures.ts';
import { openStore } from '../../src/store/store.ts';
import { createSealer } from '../../src/system/seal.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import { flows, projectWith, type Ran } from './cli.ts';

let store: TestStore;
let project: ReturnType<typeof projectWith>;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  store = await testStore();
  project = projectWith({ 'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n' });
  const temporal = await testTemporal();
  await temporal.connection.close();
  env = { DATABASE_URL: store.url, TEMPORAL_ADDRESS: temporal.address };
});
afterAll(async () => {
  project.remove();
  await store.close();
});
const run = (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  flows(project.dir, args, { ...env, ...more });

function event(contact: Contact, more: Partial<CanonicalEvent> = {}): CanonicalEvent {
  const id = randomUUID();
  const time = new Date().toISOString();
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'api', data: {}, contact, ...more };
}

test('erase: what was removed and the proof; twice, it says that nobody is known', async () => {
  await acceptEvents(store, [event({ email: 'ada@example.com', external_id: '7' })]);
  const { code, out } = await run(['erase', 'email=ADA@example.com', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    persons: 1,
    removed: { inbox: 1, identifiers: 2, persons: 1 },
    temporal: 'done',
    check: { rows: 0, found: {}, texts: true, sealed: false },
  });
  expect(await run(['erase', 'email=ada@example.com'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('nobody is known by this email; a search of'),
  });
  expect(await run(['erase', 'ada@example.com'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('"ada@example.com" names no contact. Write KIND=VALUE'),
  });
});

test('erase: one that was ended in the middle is finished by the next', async () => {
  await acceptEvents(store, [event({ email: 'ben@example.com' })]);
  const contact = { kind: 'email', value: 'ben@example.com' } as const;
  const id = await requestErasure(store.db, await personsOf(store, contact), 'cli');
  await clearStore(store, createSealer([]), id!);
  const { code, out } = await run(['erase', 'email=ben@example.com']);
  expect(code).toBe(0);
  expect(out).toContain('finished 1 request that had been left undone');
  expect(out).toMatch(/searched \d+ tables for this email: 0 left/);
});

test('erase: what others told of the contact is found, and said', async () => {
  await acceptEvents(store, [
    event({ email: 'cleo@example.com' }),
    event({ email: 'dora@example.com' }, { data: { friend: 'cleo@example.com' } }),
  ]);
  const { code, out } = await run(['erase', 'email=cleo@example.com']);
  expect(code).toBe(1);
  expect(out).toContain('still named, in what others told or in what is not decided yet: inbox 1');
});

test('erase: an address within that of somebody else is not found there', async () => {
  await acceptEvents(store, [event({ email: 'finn@example.com' })]);
  await acceptEvents(store, [event({ email: 'dolfinn@example.com' }), event({ email: 'finn@example.com.au' })]);
  expect(await run(['erase', 'email=finn@example.com'])).toMatchObject({ code: 0 });
  expect(await run(['erase', 'email=dolfinn@example.com'])).toMatchObject({ code: 0 });
});

test('identity: identifiers and what became of them; all conflicts', async () => {
  const change = { from: { email: 'e1@example.com' }, to: { email: 'e2@example.com' } };
  await acceptEvents(store, [
    event({ email: 'e1@example.com', external_id: '70' }),
    event({ external_id: '71' }),
    event({ email: 'e2@example.com' }, { identityChange: change }),
    event({ email: 'e2@example.com', external_id: '71' }),
  ]);
  const shown = JSON.parse((await run(['identity', 'email=e2@example.com', '--json'])).out);
  expect(shown).toMatchObject({
    merged: [],
    identifiers: [
      { kind: 'email', value: 'e2@example.com', former: false },
      { kind: 'external_id', value: '70', former: false },
      { kind: 'email', value: 'e1@example.com', former: true },
    ],
    history: [
      { what: 'changed', kind: 'email' },
      { what: 'conflict', kind: 'external_id' },
    ],
  });
  expect((await run(['identity'])).out.split('\n')).toHaveLength(3);
  expect((await run(['identity', 'email=e2@example.com'])).out).toContain('former: nothing is sent to it');
  expect((await run(['identity', 'email=nobody@example.com'])).code).toBe(1);
});

test('keys: every command needs the key of an encrypted store; rekey puts all under a new one', async () => {
  const own = await testStore();
  const key = () => randomBytes(32).toString('base64');
  const [one, two] = [key(), key()];
  const at = { DATABASE_URL: own.url };
  const encrypted = await openStore(own.url, { keys: [Buffer.from(one, 'base64')] });
  await acceptEvents(encrypted, [event({ email: 'fay@example.com' })]);
  await encrypted.close();
  expect(await run(['identity'], at)).toMatchObject({
    code: 1,
    err: 'flows: the store is encrypted and FLOWS_ENCRYPTION_KEY is not set: set it to the key that the store was encrypted with.\n',
  });
  const wrong = await run(['identity'], { ...at, FLOWS_ENCRYPTION_KEY: two });
  expect(wrong.err).toContain('FLOWS_ENCRYPTION_KEY is not the key that this store is encrypted with');
  const both = { ...at, FLOWS_ENCRYPTION_KEY: two, FLOWS_ENCRYPTION_OLD_KEYS: one };
  expect(await run(['rekey', '--json'], both)).toMatchObject({ code: 0, out: '{\n  "keys": 2,\n  "bodies": 0\n}\n' });
  const shown = await run(['identity', 'email=fay@example.com'], { ...at, FLOWS_ENCRYPTION_KEY: two });
  expect(shown.out).toContain('fay@example.com');
  const erased = await run(['erase', 'email=fay@example.com'], { ...at, FLOWS_ENCRYPTION_KEY: two });
  expect(erased).toMatchObject({ code: 0, out: expect.stringContaining('is sealed under their keys') });
  await own.close();
});
