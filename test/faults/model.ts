/** What the flows of `FILES` do with one person's events, in the order of their acceptance: the model they are checked against. */
import type { Happening } from './producers.ts';
import { catalogue } from './rig.ts';

export const FILES = {
  'mapp.yaml': catalogue(
    { hello: 'email', thanks: 'email', receipt: 'email', reminder: 'email' },
    `  mparticle: { type: mparticle_firehose, secret: SHOP_TOKEN }
  mpevents: { type: mparticle_events, token: SHOP_TOKEN }
  lytics: { type: lytics, token: SHOP_TOKEN }
  segment: { type: segment, hmac_sha1: SHOP_TOKEN }
  bus: { type: cloudevents, token: SHOP_TOKEN }
  hooks: { type: standard_webhooks, secret: SHOP_TOKEN }
`,
  ),
  'flows/welcome.yaml': `
flow: welcome
on: signup
reentry: once
steps:
  - send_email: hello
  - wait_for: order
    timeout: 90 days
    then:
      - send_email: thanks
`,
  'flows/receipt.yaml': `
flow: receipt
on: order
reentry: always
steps:
  - send_email: receipt
`,
  'flows/cart.yaml': `
flow: cart
on: cart
exit_on: order
steps:
  - wait: 30 days
  - send_email: reminder
`,
  'flows/vip.yaml': `
flow: vip
on:
  audience_entered: vip
exit_on:
  audience_exited: vip
steps:
  - wait: 30 days
  - send_email: reminder
`,
};

/** Of one person. */
export interface Account {
  /** by flow: how often the person entered, how many of these entries are over */
  readonly entries: { readonly [flow: string]: readonly [entered: number, over: number] };
  /** by step: how many messages Mapp took */
  readonly sends: { readonly [message: string]: number };
}

export function accountOf(happenings: readonly Happening[]): Account {
  const orders = happenings.filter((one) => one === 'order').length;
  const signup = happenings.indexOf('signup');
  const thanked = signup !== -1 && happenings.indexOf('order', signup) !== -1;
  return {
    entries: withoutNone({
      welcome: [signup === -1 ? 0 : 1, thanked ? 1 : 0],
      receipt: [orders, orders],
      cart: stays(happenings, 'cart', 'order'),
      vip: stays(happenings, 'audience_entered', 'audience_exited'),
    }),
    sends: Object.fromEntries(
      Object.entries({ hello: signup === -1 ? 0 : 1, thanks: thanked ? 1 : 0, receipt: orders }).filter(
        ([, n]) => n > 0,
      ),
    ),
  };
}

/** Entries and exits of a flow that nobody is inside of twice. */
function stays(happenings: readonly Happening[], enter: Happening, exit: Happening): readonly [number, number] {
  let [entered, exited] = [0, 0];
  for (const one of happenings) {
    if (one === enter && entered === exited) entered += 1;
    if (one === exit && entered > exited) exited += 1;
  }
  return [entered, exited];
}

function withoutNone(entries: Account['entries']): Account['entries'] {
  return Object.fromEntries(Object.entries(entries).filter(([, [entered]]) => entered > 0));
}
