import type { Kysely } from 'kysely';
import type { Sealer } from '../system/seal.ts';
import type { Tables } from './tables.ts';

export interface QuarantinedBody {
  readonly id: string;
  readonly body: string;
}

/** Each of them may be as large as a request. */
const BODIES_AT_ONCE = 100;

/** The bodies that the quarantine still has, as they are kept, in portions: whoever goes through them may remove and change them. */
export async function* quarantinedBodies(db: Kysely<Tables>): AsyncGenerator<readonly QuarantinedBody[]> {
  for (let after = '0'; ; ) {
    const rows = await db
      .selectFrom('quarantine')
      .select(['id', 'body'])
      .where('body', 'is not', null)
      .where('id', '>', after)
      .orderBy('id')
      .limit(BODIES_AT_ONCE)
      .$narrowType<{ body: string }>()
      .execute();
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.id;
  }
}

/** A body that could not be used, as it is kept, and what the same one is known by when it comes again. */
export function quarantineForm(
  sealer: Sealer,
  { reason, body }: { readonly reason: string; readonly body: string },
): { readonly body: string; readonly content: string } {
  return { body: sealer.seal(body), content: sealer.fingerprint(`${reason}\n${body}`) };
}
