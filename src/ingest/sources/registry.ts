import type { SourceType } from '../../plan/project.ts';
import type { SourceAdapter } from '../source-adapter.ts';
import { api } from './api.ts';
import { cloudevents } from './cloudevents.ts';
import { lytics } from './lytics.ts';
import { mappFeedback } from './mapp-feedback.ts';
import { mparticleEvents } from './mparticle-events.ts';
import { mparticleFirehose } from './mparticle-firehose.ts';

/** One line per source type that this version takes; a declared source of another type stops the start. */
export const ADAPTERS: { readonly [T in SourceType]?: SourceAdapter } = {
  api,
  mapp_feedback: mappFeedback,
  mparticle_firehose: mparticleFirehose,
  mparticle_events: mparticleEvents,
  lytics,
  cloudevents,
};
