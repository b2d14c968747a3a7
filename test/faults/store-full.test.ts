/** A store whose disk is full, as it says so at an insert or only at the commit: nothing is acknowledged that is not kept. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf, type TestIngest, testIngest } from '../support/ingest.ts';

let ingest: TestIngest;
beforeAll(async () => {
  ingest = await testIngest();
  await sql`create function full_disk() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`.execute(
    ingest.store.db,
  );
});
afterAll(() => ingest?.close());

test.each([
  ['at an insert', 'trigger disk before insert on inbox'],
  ['at the commit', 'constraint trigger disk after insert on inbox deferrable initially deferred'],
])('full %s', async (name, trigger) => {
  const shop = (id: string) =>
    ingest.post(
      '/v1/events',
      { event: 'signup', id: `${name}/${id}`, contact: { email: 'ada@example.com' } },
      { authorization: 'Bearer s3cret' },
    );
  const firehose = () =>
    ingest.post('/v1/sources/mparticle', { type: 'unheard_of', id: name }, { authorization: 'Token mp' });
  const before = (await inboxOf(ingest.store)).length;
  const told = ingest.accepted();
  await sql.raw(`create ${trigger} for each row execute function full_disk()`).execute(ingest.store.db);
  for (const _ of [1, 2]) {
    const refused = await shop('one');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await refused.json()).toMatchObject({ code: 'unavailable' });
  }
  expect((await inboxOf(ingest.store)).length).toBe(before);
  expect(ingest.accepted()).toBe(told);

  // What is kept in quarantine is acknowledged too, so that must be kept as well.
  await sql`create trigger disk before insert on quarantine for each row execute function full_disk()`.execute(
    ingest.store.db,
  );
  expect((await firehose()).status).toBe(503);
  await sql`drop trigger disk on quarantine`.execute(ingest.store.db);
  expect((await firehose()).status).toBe(200);

  await sql`drop trigger disk on inbox`.execute(ingest.store.db);
  expect(await (await shop('one')).json()).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(await (await shop('one')).json()).toMatchObject({ accepted: 0, duplicates: 1 });
  expect((await inboxOf(ingest.store)).length).toBe(before + 1);
});
