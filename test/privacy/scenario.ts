/** Somebody who leaves traces wherever a person can, and the engine that keeps them. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { acceptEvents } from '../../src/ingest/accept.ts';
import { quarantineRow } from '../../src/ingest/quarantine.ts';
import { personsOf } from '../../src/operate/contact.ts';
import { heldRuns } from '../../src/operate/holds.ts';
import type { CanonicalEvent } from '../../src/plan/event.ts';
import { createTimedActivities } from '../../src/router/enter-due.ts';
import { ledgerFeedback } from '../../src/server/feedback.ts';
import { putSyncs } from '../../src/store/syncs.ts';
import { createSealer } from '../../src/system/seal.ts';
import { testEngine } from '../support/engine.ts';
import { cleanups, project } from '../support/sandbox.ts';
import type { ownServers } from './own-servers.ts';

/** Lower case, as addresses are kept; too random to stand anywhere by chance. */
const marker = (name: string) => `${name}${randomBytes(7).toString('hex')}`;

/** What is searched for, by where it is put. */
export function markers() {
  const names = [
    'email',
    'external',
    'changed',
    'alias',
    'first',
    'hobby',
    'note',
    'voucher',
    'path',
    'header',
    'body',
  ];
  const more = [
    'answer',
    'failing',
    'refusal',
    'emitted',
    'ref',
    'left',
    'order',
    'id',
    'paidid',
    'key',
    'unused',
    'zone',
  ];
  const rest = ['hint', 'bounce', 'export', 'street', 'quarantine', 'broken'];
  const words = Object.fromEntries([...names, ...more, ...rest].map((name) => [name, marker(name)]));
  return {
    ...words,
    mobile: `4917${randomBytes(4).readUInt32BE().toString().padStart(10, '0')}`,
    // No other date of that year is near any of this.
    born: `1931-0${1 + (randomBytes(1)[0]! % 9)}-1${randomBytes(1)[0]! % 10}`,
  } as { readonly [name: string]: string };
}

const flows = (hooks: string) => [
  `
flow: proof
on: order
key: event.order
steps:
  - assign: { word: "\${event.note}" }
  - send_email: welcome
    id: mail
    with: { coupon: "\${event.voucher}" }
  - set: { Hobbies: "\${event.hobby}" }
  - increment: { Purchases: 2 }
  - webhook: ${hooks}/ok/\${event.path}
    id: hook
    headers: { x-note: "\${event.header}" }
    body: { said: "\${event.body}", word: "\${vars.word}" }
    on_error: continue
  - webhook: ${hooks}/refused
    body: { said: "\${event.failing}" }
    on_error: continue
    retry: { attempts: 1 }
  - webhook: "\${event.broken}"
    on_error: continue
    retry: { attempts: 1 }
  - add_to_group: customers
  - emit: told
    with: { word: "\${event.emitted}" }
  - check: contact.FirstName != steps.hook.body.answer
    then:
      - wait_for: paid
        where: incoming.ref == event.ref
        timeout: 30 days
        then:
          - exit: "left as \${incoming.left}"
`,
  `
flow: changed
on: { attribute_changed: Hobbies }
steps:
  - wait: 1 day
`,
  `
flow: asked
on: told
steps:
  - hold: "What of \${event.word}?"
    timeout: 30 days
`,
  `
flow: birthday
on: { date: Born, at: "09:00" }
steps:
  - wait: 1 day
`,
];

/** Runs the flows until nothing moves any more, and stops the engine. */
export async function leaveTraces(
  words: ReturnType<typeof markers>,
  servers: Awaited<ReturnType<typeof ownServers>>,
  keys: readonly Buffer[],
) {
  const is = (name: string) => words[name]!;
  const hooks = await answering(is('answer'), is('refusal'));
  const said: string[] = [];
  const engine = await testEngine({
    flows: flows(hooks),
    project: { ...project, attributes: null },
    encryptionKeys: keys,
    servers,
    log: (line, facts) => said.push(JSON.stringify([line, facts])),
  });
  const { store, runs, post, ask } = engine;
  const states = async () => (await runs()).map(({ flow, state }) => `${flow} ${state}`).sort();
  const contact = { email: `${is('email')}@example.com`, mobile: is('mobile'), external_id: is('external') };
  const attributes = { FirstName: is('first'), Born: is('born') };
  const data = Object.fromEntries(
    ['note', 'voucher', 'path', 'header', 'body', 'failing', 'hobby', 'emitted', 'ref', 'order'].map((name) => [
      name,
      is(name),
    ]),
  );
  const order = {
    event: 'order',
    id: is('id'),
    contact: { ...contact, attributes },
    data: { ...data, broken: `http://${is('broken')}.invalid/` },
    custom: is('unused'),
  };
  await post(order as unknown as Parameters<typeof post>[0]);
  await expect.poll(states, { timeout: 120_000 }).toEqual(['asked held', 'changed waiting', 'proof waiting']);
  expect((await heldRuns(store, ask, {}))[0]?.text).toBe(`What of ${is('emitted')}?`);

  const time = new Date().toISOString();
  const about = { name: 'browsed', time, received: time, source: 'shop', data: {} };
  const event = (id: string, more: Partial<CanonicalEvent>): CanonicalEvent => {
    return { ...about, id, dedupeKey: id, contact: { email: contact.email }, ...more };
  };
  const [{ key }] = (await store.db.selectFrom('deliveries').select('key').where('step', '=', 'mail').execute()) as [
    { key: string },
  ];
  const broken = { source: 'shop', reason: 'invalid_event: no name', body: JSON.stringify({ who: is('quarantine') }) };
  await acceptEvents(
    store,
    [
      event('1', {
        dedupeKey: is('key'),
        aliases: [{ type: 'mpid', value: is('alias') }],
        timezone: `${is('zone')}/zone`,
        notes: [{ pointer: '/data', detail: is('hint') }],
      }),
      event('2', { identityChange: { from: { external_id: is('external') }, to: { external_id: is('changed') } } }),
      event('3', { name: 'message_bounced', feedback: { key, said: 'bounced', reason: `no ${is('bounce')}` } }),
    ],
    [quarantineRow(createSealer(keys), broken)],
    { feedback: ledgerFeedback, syncs: null, groups: null },
  );
  const [person] = await personsOf(store, { kind: 'email', value: contact.email });
  await store.db.transaction().execute((trx) =>
    putSyncs(trx, [
      { person: person!, job: 'source/shop', at: time, target: 'attribute/Street', value: is('street'), address: null },
      {
        ...{ person: person!, job: 'export/vips', at: time, target: 'member/10144/vips', value: 'true' },
        address: { email: `${is('export')}@example.com` },
      },
    ]),
  );
  const timezone = 'Europe/Berlin';
  const date = { attribute: 'Born', at: 540, timezone, outer: timezone, yearly: true };
  const at = `${new Date().getUTCFullYear()}${is('born').slice(4)}T12:00:00.000Z`;
  const birthday = { flow: 'birthday', date, at, after: null };
  await createTimedActivities(store, null).enterDue(birthday);
  await post({
    event: 'paid',
    id: is('paidid'),
    contact: { email: contact.email },
    data: { ref: is('ref'), left: is('left') },
  });
  await expect
    .poll(states, { timeout: 120_000 })
    .toEqual(['asked held', 'birthday waiting', 'changed waiting', 'proof exited']);
  await engine.stop();
  await store.pool.query('checkpoint');
  return { ...engine, person: person!, said };
}

/** A server that webhooks call: one path is answered, everything else refused. Answers its address. */
async function answering(answer: string, refusal: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    if (request.url?.startsWith('/ok/')) response.end(JSON.stringify({ answer }));
    else response.writeHead(422).end(JSON.stringify({ refusal }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
