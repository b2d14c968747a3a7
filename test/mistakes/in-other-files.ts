/** Slips in catalogues and test files. */
import type { MistakeClass } from './mistake.ts';

const SHOP = 'mapp.yaml';
const WELCOME = 'flows/welcome.test.yaml';
const CART = 'flows/abandoned-cart.test.yaml';

export const IN_OTHER_FILES: readonly MistakeClass[] = [
  {
    name: 'catalogues',
    mistakes: [
      { file: SHOP, from: 'stars: int', to: 'stars: integer', code: 'unknown-type' },
      { file: SHOP, from: 'timezone: Europe/Berlin', to: 'timezone: Berlin', code: 'unknown-time-zone' },
      {
        file: SHOP,
        from: 'timezone_attribute: TimeZone',
        to: 'timezone_attribute: Timezone',
        code: 'unknown-attribute',
      },
      { file: SHOP, from: 'channel: sms', to: 'channel: text', code: 'wrong-value' },
      { file: SHOP, from: 'newsletter: "10144"', to: 'newsletter: [10144]', code: 'wrong-type' },
      { file: SHOP, from: 'groups:', to: 'group:', code: 'unknown-key' },
      { file: SHOP, from: 'project: nordlicht\n', to: '', code: 'missing-key', on: 'timezone: Europe/Berlin' },
      { file: SHOP, from: 'reviewers: "10146"', to: 'customers: "10146"', code: 'duplicate-key' },
      { file: SHOP, from: 'secret: MPARTICLE_SECRET', to: 'secret: "s3cr3t value"', code: 'wrong-value' },
      { file: SHOP, from: 'id: "2324333351", ', to: '', code: 'missing-key' },
      { file: SHOP, from: 'type: mparticle_firehose', to: 'type: mparticle', code: 'wrong-value' },
    ],
  },
  {
    name: 'test files',
    mistakes: [
      { file: WELCOME, from: 'flow: welcome', to: 'flow: welcom', code: 'wrong-value' },
      { file: WELCOME, from: 'start: 2026-03-27T10:00:00+01:00 #', to: 'start: tomorrow #', code: 'wrong-value' },
      { file: WELCOME, from: 'after: 60 days', to: 'after: 60 dys', code: 'wrong-value' },
      { file: WELCOME, from: 'step: greeting', to: 'step: greetings', code: 'unknown-step' },
      { file: WELCOME, from: 'with: 400', to: 'with: 404', code: 'wrong-value' },
      {
        file: WELCOME,
        from: 'after: 5 days, event: purchase',
        to: 'after: 5 days, event: purchases',
        code: 'unknown-event',
      },
      {
        file: WELCOME,
        from: 'data: { interest: garden }',
        to: 'data: { intrest: garden }',
        code: 'unknown-field',
        warning: true,
      },
      { file: WELCOME, from: 'FirstName: Ben', to: 'Firstname: Ben', code: 'unknown-attribute' },
      { file: WELCOME, from: 'America/New_York', to: 'America/NewYork', code: 'unknown-time-zone' },
      {
        file: WELCOME,
        from: 'event: Newsletter Signup, data: { interest: garden }',
        to: 'resolve: greeting',
        code: 'missing-key',
      },
      { file: CART, from: 'cases:', to: 'case:', code: 'unknown-key' },
    ],
  },
];
