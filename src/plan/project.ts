/** `mapp.yaml` after validation: plain data, handed to whoever needs it (LANGUAGE.md §8, CONTRACT.md §3). */
import type { EventShapes, FieldType } from './event.ts';
import type { Cap } from './limits.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { Spellings } from './subtypes.ts';
import type { Export, WriteThrough } from './sync.ts';

export interface Project {
  readonly project: string;
  /** IANA zone */
  readonly timezone: string;
  /** attribute that holds a contact's own zone */
  readonly timezone_attribute: string | null;
  /** each is null where `mapp.yaml` does not list that kind of thing at all: then it is not checked */
  readonly messages: { readonly [name: string]: Message } | null;
  readonly groups: { readonly [name: string]: string } | null;
  readonly apps: { readonly [name: string]: string } | null;
  readonly attributes: { readonly [name: string]: FieldType } | null;
  readonly events: EventShapes | null;
  readonly sources: { readonly [name: string]: Source };
  /** audiences whose members carry an attribute at Mapp; absent: none */
  readonly exports?: { readonly [name: string]: Export };
  /** how the Mapp account differs from Mapp's defaults */
  readonly mapp?: {
    readonly subtypes?: Spellings;
    /** field of messages that carries their key in the ledger; absent: `KEY_FIELD` of `delivery-key.ts` */
    readonly key_field?: string;
    /** ms after which what the store knows of a contact is read from Engage again; absent: a day */
    readonly max_age?: number;
  };
  /** for every flow that says nothing else; without a zone of its own that of the flow counts */
  readonly quiet_hours?: Omit<QuietHours, 'timezone'> & { readonly timezone?: string };
  /** count the messages of all flows */
  readonly caps?: readonly Cap[];
  readonly on_late?: 'send' | 'skip' | 'next_window';
  /** names of the project's flows, added by whoever has read them all; absent: names of flows are not checked */
  readonly flows?: readonly string[];
  /** of them those that do not take what the flow being compiled hands over; absent: none is known */
  readonly refusing?: readonly string[];
  /** steps of the flow being compiled that bring the person back to it at once, and the flows on the way (`config/hand-overs.ts`) */
  readonly rounds?: { readonly [step: string]: readonly string[] };
}

export type Channel = 'email' | 'sms' | 'push';

export interface Message {
  readonly channel: Channel;
  readonly id: string;
  /** null = not listed, any parameter goes */
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[] | null;
  /** push: the app it is for */
  readonly app?: string;
  /** push: it is for browsers, and goes out as Mapp's subtype `webpush` */
  readonly web?: true;
  readonly via?: 'connect' | 'engage';
}

export const SOURCE_TYPES = [
  'api',
  'mparticle_firehose',
  'mparticle_events',
  'lytics',
  'cloudevents',
  'segment',
  'standard_webhooks',
  'mapp_feedback',
] as const;
export type SourceType = (typeof SOURCE_TYPES)[number];

/** A declared event source. `secrets` are names of environment variables, never values; several for rotation. */
export interface Source {
  readonly type: SourceType;
  readonly secrets: readonly string[];
  /** how the secret is used: the key that named it in `mapp.yaml` */
  readonly credential: 'token' | 'secret' | 'hmac_sha1';
  readonly backfill?: 'ignore' | 'start';
  /** what its events write to Mapp; absent: nothing */
  readonly write_through?: WriteThrough;
  /** fields of its profiles that an export names people by: they hold an e-mail address, too */
  readonly addresses?: readonly string[];
  /** the channels that the producer's purposes of consent are about; absent: those that are named after one */
  readonly consent?: { readonly [purpose: string]: Channel };
}
