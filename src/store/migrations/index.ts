import type { Migration } from 'kysely';
import * as initial from './001-initial.ts';
import * as answers from './002-answers.ts';
import * as firstIdentifier from './003-first-identifier.ts';
import * as messageCaps from './004-message-caps.ts';
import * as goals from './005-goals.ts';
import * as audiences from './006-audiences.ts';
import * as rates from './007-rates.ts';
import * as engage from './008-engage.ts';
import * as consents from './009-consents.ts';
import * as identity from './010-identity.ts';
import * as erasure from './011-erasure.ts';
import * as inboxUpkeep from './012-inbox-upkeep.ts';
import * as sync from './013-sync.ts';
import * as identifierTimes from './014-identifier-times.ts';
import * as wholeTables from './015-whole-tables.ts';
import * as runsInOrder from './018-runs-in-order.ts';
import * as identifierChanges from './019-identifier-changes.ts';
import * as hops from './020-hops.ts';

/** All migrations by name, applied in the order of their names. Append only: a name that a database has seen never changes. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '001-initial': initial,
  '002-answers': answers,
  '003-first-identifier': firstIdentifier,
  '004-message-caps': messageCaps,
  '005-goals': goals,
  '006-audiences': audiences,
  '007-rates': rates,
  '008-engage': engage,
  '009-consents': consents,
  '010-identity': identity,
  '011-erasure': erasure,
  '012-inbox-upkeep': inboxUpkeep,
  '013-sync': sync,
  '014-identifier-times': identifierTimes,
  '015-whole-tables': wholeTables,
  '018-runs-in-order': runsInOrder,
  '019-identifier-changes': identifierChanges,
  '020-hops': hops,
};
