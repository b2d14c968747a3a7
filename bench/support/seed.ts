import { sql } from 'kysely';
import type { Plan } from '../../src/plan/plan.ts';
import { publish } from '../../src/router/publish.ts';
import { KEY_DAYS } from '../../src/router/upkeep.ts';
import type { Store } from '../../src/store/store.ts';

/** Entries of each contact: one into the plan's flow, the others into flows that are gone. */
export const ENTRIES = 10;

/** Ids that ascend, so that every index grows at its end: a tenth of the time of random ones. */
const uuid = (prefix: string, n: string) => sql.raw(`('${prefix}' || lpad(to_hex(${n}), 24, '0'))::uuid`);

/**
 * Publishes the plan and writes contacts (`person-0@example.com` and on) whose runs are all over, each with an event, its
 * decision, and a message sent: rows as the engine leaves them, with keys over 30 days old given up. The store has settled when
 * it answers: everything vacuumed, analyzed and on disk.
 */
export async function seed(store: Store, plan: Plan, contacts: number): Promise<void> {
  await publish(store, [plan]);
  await store.db.connection().execute(async (db) => {
    // The rows are known to belong together, and nobody misses them after a crash.
    await sql`set session_replication_role = replica`.execute(db);
    await sql`set synchronous_commit = off`.execute(db);
    const person = uuid('00000000', 'p');
    await sql`insert into persons (id, first_identifier, attributes)
      select ${person}, 'person-' || p || '@example.com', '{"Level": {"value": "gold", "at": "2026-01-01T00:00:00.000Z", "by": "shop"}}'
      from generate_series(0, ${contacts - 1}::int) p`.execute(db);
    await sql`insert into identifiers (kind, value, display, person)
      select 'email', 'person-' || p || '@example.com', 'person-' || p || '@example.com', ${person}
      from generate_series(0, ${contacts - 1}::int) p`.execute(db);
    await sql`insert into inbox (source, dedupe_key, person, name, event, occurred_at, received_at, state, decided_at, decisions)
      select 'shop', case when at < now() - make_interval(days => ${KEY_DAYS}) then null else 'seed-' || p end, ${person},
        'order_placed', '{"name": "order_placed", "data": {"value": 12}}', at, at, 'decided', now(), '[]'
      from generate_series(0, ${contacts - 1}::int) p, lateral (select now() - interval '40 days' + p * interval '1 second' as at) received
      order by p`.execute(db);
    await sql`insert into meta (key, value)
      select 'upkeep', jsonb_build_object('owner', 'seed', 'until', now(), 'after', max(id)) from inbox where dedupe_key is null`.execute(
      db,
    );
    for (let flow = 0; flow < ENTRIES; flow += 1) {
      const name = flow === 0 ? plan.flow : `${plan.flow}-${flow}`;
      await sql`insert into entries (id, flow, person, key, ordinal, workflow_id, hash, mode, state, outcome, reason, sent_n, listens, event, entered_at, closed_at)
        select ${uuid(`0000000${flow}`, 'p')}, ${name}, ${person}, '', 1, ${name}::text || '/' || ${person} || '/1', ${plan.hash},
          'once', 'closed', 'completed', 'completed', 0, '{}', '{"name": "start", "data": {}}', now() - interval '40 days', now() - interval '30 days'
        from generate_series(0, ${contacts - 1}::int) p`.execute(db);
    }
    const entry = uuid('00000000', 'p');
    await sql`insert into notices (entry, n, person, kind, body, state, done_at)
      select ${entry}, 0, ${person}, 'start', '{}', 'done', now() from generate_series(0, ${contacts - 1}::int) p`.execute(
      db,
    );
    await sql`insert into deliveries (key, entry, person, flow, step, visit, generation, kind, target, operation, address, state, at, created_at)
      select ${entry} || '/send_email_1/1/1', ${entry}, ${person}, ${plan.flow}, 'send_email_1', 1, 1, 'send_email', 'one', '{}',
        'person-' || p || '@example.com', 'accepted', now() - interval '40 days' + p * interval '1 second', now() - interval '40 days'
      from generate_series(0, ${contacts - 1}::int) p`.execute(db);
    await sql`set session_replication_role = default`.execute(db);
    await sql`reset synchronous_commit`.execute(db);
  });
  await sql`vacuum analyze`.execute(store.db);
  await sql`checkpoint`.execute(store.db);
}
