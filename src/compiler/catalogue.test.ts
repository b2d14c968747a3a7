import { expect, test } from 'vitest';
import { SourceText } from '../source/text.ts';
import { compileProject } from './catalogue.ts';

function read(text: string) {
  return compileProject(new SourceText('mapp.yaml', text));
}

test('names, ids as written, types at any depth', () => {
  const { project, diagnostics } = read(`
project: shop
timezone: Europe/Berlin
timezone_attribute: TimeZone
messages:
  welcome: { channel: email, id: "2324333335", parameters: [coupon?, first] }
  back: { channel: push, id: 007, app: shop, via: connect }
  deal: { channel: push, id: 8, web: true }
groups:     { customers: 0010144 }
apps:       { shop: 5678 }
attributes: { Purchases: int, TimeZone: string, Tags: [string] }
events:
  newsletter_signup: { country: string, coupon: string? }
  order_placed: { total: double, items: [{ sku: string, price: double? }], "gifts?": [string], notes: "[string]?", to: { city: string } }
  nothing: {}
`);
  expect(diagnostics).toEqual([]);
  expect(project).toEqual({
    project: 'shop',
    timezone: 'Europe/Berlin',
    timezone_attribute: 'TimeZone',
    messages: {
      welcome: {
        channel: 'email',
        id: '2324333335',
        parameters: [
          { name: 'coupon', optional: true },
          { name: 'first', optional: false },
        ],
      },
      back: { channel: 'push', id: '007', parameters: null, app: 'shop', via: 'connect' },
      deal: { channel: 'push', id: '8', parameters: null, web: true },
    },
    groups: { customers: '0010144' },
    apps: { shop: '5678' },
    attributes: { Purchases: 'int', TimeZone: 'string', Tags: { list: 'string' } },
    events: {
      newsletter_signup: { country: { type: 'string', optional: false }, coupon: { type: 'string', optional: true } },
      order_placed: {
        total: { type: 'double', optional: false },
        items: {
          type: {
            list: { fields: { sku: { type: 'string', optional: false }, price: { type: 'double', optional: true } } },
          },
          optional: false,
        },
        gifts: { type: { list: 'string' }, optional: true },
        notes: { type: { list: 'string' }, optional: true },
        to: { type: { fields: { city: { type: 'string', optional: false } } }, optional: false },
      },
      nothing: {},
    },
    sources: {},
  });
});

test('sources of every type, with their credentials', () => {
  const { project, diagnostics } = read(`
project: shop
sources:
  shop:      { type: api, token: SHOP_TOKEN }
  mparticle: { type: mparticle_firehose, secret: "MP_SECRET, MP_SECRET_OLD" }
  mp-events: { type: mparticle_events, token: MP_TOKEN }
  lytics:    { type: lytics, token: [LYTICS_TOKEN], backfill: ignore }
  bus:       { type: cloudevents, token: BUS }
  segment:   { type: segment, hmac_sha1: SEGMENT, consent: { "Marketing mails": email } }
  rudder:    { type: segment, token: RUDDER }
  hooks:     { type: standard_webhooks, secret: HOOKS }
  mapp:      { type: mapp_feedback, token: MAPP }
`);
  expect(diagnostics).toEqual([]);
  expect(project!.sources).toMatchObject({
    shop: { type: 'api', secrets: ['SHOP_TOKEN'], credential: 'token' },
    mparticle: { type: 'mparticle_firehose', secrets: ['MP_SECRET', 'MP_SECRET_OLD'], credential: 'secret' },
    lytics: { secrets: ['LYTICS_TOKEN'], backfill: 'ignore' },
    segment: { secrets: ['SEGMENT'], credential: 'hmac_sha1', consent: { 'Marketing mails': 'email' } },
    rudder: { secrets: ['RUDDER'], credential: 'token' },
  });
});

test.each([
  ['{ type: segment }', 'source "s" needs "hmac_sha1" or "token"'],
  ['{ type: segment, token: A, hmac_sha1: B }', '"token" cannot stand beside "hmac_sha1"'],
  ['{ type: lytics, token: A, consent: { a: email } }', '"consent" has a meaning only with "type" mparticle_firehose'],
  ['{ type: segment, token: A, consent: { a: fax } }', 'email, sms or push'],
  ['{ type: cloudevents, token: A, backfill: ignore }', '"backfill" has a meaning only with'],
])('a source %s: %s', (source, message) => {
  const { diagnostics } = read(`project: shop\nsources:\n  s: ${source}\n`);
  expect(diagnostics.map((one) => one.message)).toEqual([expect.stringContaining(message)]);
});

test('what is not listed is null, and the zone is UTC', () => {
  const { project } = read('project: bare\n');
  expect(project).toMatchObject({
    timezone: 'UTC',
    messages: null,
    groups: null,
    apps: null,
    attributes: null,
    events: null,
  });
});
