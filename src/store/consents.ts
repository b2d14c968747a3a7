/** What the store knows of a person's consent, whoever tells of it: ingest, feedback, a read of Mapp Engage. */
import { type Kysely, sql } from 'kysely';
import { type Consent, factOf } from '../plan/consent.ts';
import type { Contact } from '../plan/event.ts';
import { lookupForm } from './crypto/vault.ts';
import { json } from './store.ts';
import type { Tables } from './tables.ts';

export interface ConsentTold {
  readonly person: string;
  readonly consent: Consent;
  /** `blocked` is about the address in here for the channel; without one about every address */
  readonly contact?: Contact;
  /** when it happened, ISO 8601 UTC */
  readonly at: string;
  /** name of the source; `engage` for what was read from Mapp */
  readonly by: string;
}

/** Writes it down; the last word by `at` stands, of two with the same moment the one that comes later. */
export async function tellConsents(trx: Kysely<Tables>, told: readonly ConsentTold[]): Promise<void> {
  const rows = told.flatMap(({ person, consent, contact = {}, at, by }, n) =>
    Object.entries(consent).map(([channel, word]) => ({
      ...{ n, person, channel, ...factOf(word), at, by },
      address: word === 'blocked' ? addressFor(trx, channel, contact) : null,
    })),
  );
  if (rows.length === 0) return;
  await sql`
    insert into consents as c (person, channel, fact, holds, address, at, by)
    select distinct on (person, channel, fact) person, channel, fact, holds, address, at, by
    from jsonb_to_recordset(${json(rows)}::jsonb) as told (n integer, person uuid, channel text, fact text,
      holds boolean, address text, at timestamptz, by text)
    order by person, channel, fact, at desc, n desc
    on conflict (person, channel, fact) do update
      set holds = excluded.holds, address = excluded.address, at = excluded.at, by = excluded.by
      where c.at <= excluded.at`.execute(trx);
}

/** Push reaches apps, which no identifier of ours names. */
export const ADDRESS_OF: { readonly [channel: string]: 'email' | 'mobile' } = { email: 'email', sms: 'mobile' };

/** As `identifiers.value` has it: what the claim compares it with. */
function addressFor(trx: Kysely<Tables>, channel: string, contact: Contact): string | null {
  const kind = ADDRESS_OF[channel];
  const given = kind === undefined ? undefined : contact[kind];
  return kind === undefined || given === undefined ? null : lookupForm(trx, kind, given);
}
