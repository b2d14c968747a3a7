/** Which channel a producer's purpose of consent is about. */
import type { Consent } from '../../plan/consent.ts';
import type { Channel } from '../../plan/project.ts';
import type { IngestRequest } from '../source-adapter.ts';

/** Purposes that say themselves what they are for; for every other one `consent` in `mapp.yaml` has to. */
const PLAIN: { readonly [purpose: string]: Channel } = {
  email: 'email',
  emailmarketing: 'email',
  marketingemail: 'email',
  sms: 'sms',
  smsmarketing: 'sms',
  marketingsms: 'sms',
  push: 'push',
  pushmarketing: 'push',
  marketingpush: 'push',
};

/** What a yes or no to a purpose says of a channel; undefined: nothing that we know of. */
export function consentTo(request: IngestRequest, purpose: string, granted: boolean): Consent | undefined {
  const configured = request.settings?.consent;
  const channel = configured
    ? Object.hasOwn(configured, purpose)
      ? configured[purpose]
      : undefined
    : PLAIN[purpose.toLowerCase().replace(/[^a-z]/g, '')];
  return channel === undefined ? undefined : { [channel]: granted ? 'granted' : 'unsubscribed' };
}
