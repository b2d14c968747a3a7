import { randomUUID } from 'node:crypto';
import type { Operation } from '../../plan/effect.ts';
import type { RunPosition, TrailLine } from '../../plan/notice.ts';
import type { Plan } from '../../plan/plan.ts';
import { lookupForm } from '../../store/crypto/vault.ts';
import { json, type Store } from '../../store/store.ts';

/** Rows as router and worker leave them, for tests of what reads them. */
export interface SeededRun {
  readonly entry: string;
  readonly person: string;
  readonly run: string;
}

export const PLAN: Plan = {
  format: 1,
  flow: 'welcome',
  hash: '0123456789abcdef',
  description: null,
  status: 'active',
  timezone: 'contact',
  project_timezone: 'Europe/Berlin',
  on: [{ event: 'newsletter_signup', where: null, match: [] }],
  key: null,
  reentry: { mode: 'after_exit' },
  exit_on: [],
  max_event_age: 86_400_000,
  listens: [],
  first: 'send_email_1',
  steps: {},
  groups: {},
};

const SEND: Operation = {
  type: 'send',
  channel: 'email',
  message: { name: 'hello', id: '1' },
  parameters: {},
  set: {},
  transactionId: null,
  priority: 'normal',
};

export async function seedFlow(store: Store): Promise<void> {
  const { hash, flow, status } = PLAN;
  await store.db
    .insertInto('plans')
    .values({ hash, flow, plan: json(PLAN) })
    .execute();
  await store.db.insertInto('flows').values({ flow, hash, status }).execute();
}

export async function seedRun(
  store: Store,
  run: {
    email: string;
    entered: string;
    position?: RunPosition;
    trail?: readonly TrailLine[];
    closed?: { outcome: string; reason: string; at: string };
  },
): Promise<SeededRun> {
  const person = randomUUID();
  const entry = randomUUID();
  const workflowId = `welcome/${person}/1`;
  await store.db.insertInto('persons').values({ id: person }).execute();
  const value = lookupForm(store.db, 'email', run.email);
  await store.db.insertInto('identifiers').values({ kind: 'email', value, display: run.email, person }).execute();
  await store.db
    .insertInto('entries')
    .values({
      id: entry,
      flow: PLAN.flow,
      person,
      key: '',
      ordinal: 1,
      workflow_id: workflowId,
      hash: PLAN.hash,
      mode: 'after_exit',
      state: run.closed ? 'closed' : 'open',
      outcome: run.closed?.outcome,
      reason: run.closed?.reason,
      listens: [],
      event: json({ name: 'newsletter_signup', id: 'e1', time: run.entered, source: 'api', data: {} }),
      entered_at: run.entered,
      closed_at: run.closed?.at,
      position: run.position === undefined ? null : json(run.position),
    })
    .execute();
  for (const line of run.trail ?? []) {
    await store.db
      .insertInto('trail')
      .values({ entry, seq: line.seq, line: json(line) })
      .execute();
  }
  return { entry, person, run: workflowId };
}

export async function seedDelivery(
  store: Store,
  { entry, person }: SeededRun,
  row: {
    step: string;
    state: 'sending' | 'accepted' | 'rejected' | 'skipped' | 'unknown';
    reason?: string;
    target?: string;
    leaseUntil?: string;
    at?: string;
    generation?: number;
  },
): Promise<string> {
  const generation = row.generation ?? 1;
  const key = `${entry}/${row.step}/1/${generation}`;
  await store.db
    .insertInto('deliveries')
    .values({
      key,
      entry,
      person,
      flow: PLAN.flow,
      step: row.step,
      visit: 1,
      generation,
      kind: 'send_email',
      target: row.target ?? 'hello',
      operation: json(SEND),
      address: 'ada@example.com',
      state: row.state,
      reason: row.reason,
      lease_until: row.leaseUntil,
      at: row.at,
    })
    .execute();
  return key;
}
