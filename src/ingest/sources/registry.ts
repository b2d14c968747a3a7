import type { SourceType } from '../../plan/project.ts';
import type { SourceAdapter } from '../source-adapter.ts';
import { api } from './api.ts';
import { cloudevents } from './cloudevents.ts';
import { lytics } from './lytics.ts';
import { mappFeedback } from './mapp-feedback.ts';
import { mparticleEvents } from './mparticle-events.ts';
import { mparticleFirehose } from './mparticle-firehose.ts';
import { segment } from './segment.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/** One line per source type. */
export const ADAPTERS: { readonly [T in SourceType]: SourceAdapter } = {
  api,
  mparticle_firehose: mparticleFirehose,
  mparticle_events: mparticleEvents,
  lytics,
  cloudevents,
  segment,
  standard_webhooks: standardWebhooks,
  mapp_feedback: mappFeedback,
};
