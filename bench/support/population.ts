import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Plan } from '../../src/plan/plan.ts';
import type { StartBody } from '../../src/router/enter.ts';
import { workflowId } from '../../src/router/run-key.ts';
import { json, type Store } from '../../src/store/store.ts';

export interface Entrant {
  readonly email: string;
  readonly workflowId: string;
  readonly body: StartBody;
}

/** As many persons, each with an entry into the flow that waits for its start: rows as the router would have left them. */
export async function populate(store: Store, plan: Plan, count: number): Promise<Entrant[]> {
  await store.db
    .insertInto('plans')
    .values({ hash: plan.hash, flow: plan.flow, plan: json(plan) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const entered = new Date().toISOString();
  const entrants = Array.from({ length: count }, (): Entrant => {
    const person = randomUUID();
    return {
      email: `${person}@example.com`,
      workflowId: workflowId(plan.flow, person, null, 1),
      body: {
        hash: plan.hash,
        entry: randomUUID(),
        person,
        key: null,
        event: { name: 'start', id: randomUUID(), time: entered, source: 'api', data: {} },
        entered,
        speed: 1,
      },
    };
  });
  const rows = json(
    entrants.map(({ email, workflowId: id, body }) => ({ ...body, email, id, person: body.person, event: body.event })),
  );
  await sql`
    with asked as (
      select * from jsonb_to_recordset(${rows}::jsonb)
        as a(entry uuid, person uuid, email text, id text, hash text, event jsonb, entered timestamptz)),
    people as (
      insert into persons (id) select person from asked),
    addresses as (
      insert into identifiers (kind, value, display, person) select 'email', email, email, person from asked)
    insert into entries (id, flow, person, key, ordinal, workflow_id, hash, mode, state, listens, event, entered_at)
    select entry, ${plan.flow}, person, '', 1, id, hash, ${plan.reentry.mode}, 'open', ${[...plan.listens]}::text[], event, entered
    from asked`.execute(store.db);
  return entrants;
}
