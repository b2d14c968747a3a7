import { afterEach, beforeEach } from 'vitest';
import type { CanonicalEvent } from '../../../src/plan/event.ts';
import { type TestStore, testStore } from '../store.ts';
import { again, arrive, decideOnce, person, verdicts } from './fixtures.ts';

/** a new one for every test, with one person */
export let store: TestStore;
export let ada: string;

/** Registers what a test file needs to decide events, with nothing to act on. */
export function useFreshStore(): void {
  beforeEach(async () => {
    store = await testStore();
    ada = await person(store, { email: 'ada@example.com' });
  });
  afterEach(() => store?.close());
}

/** One event, decided; its verdicts. */
export async function send(name: string, parts: Partial<CanonicalEvent> = {}): Promise<string | null> {
  const inbox = await arrive(store, ada, name, parts);
  await again(store, await decideOnce(store));
  return verdicts(store, inbox);
}
