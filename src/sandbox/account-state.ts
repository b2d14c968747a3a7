/** All that an account holds, for a checkpoint. */
import type { Account } from './account.ts';
import type { ContactsState } from './contacts.ts';
import type { Feedback } from './feedback.ts';
import type { OutboxState } from './outbox.ts';
import type { RecordsState } from './records.ts';

export interface AccountState {
  readonly contacts: ContactsState;
  readonly outbox: OutboxState;
  readonly records: RecordsState;
  readonly feedback: { readonly items: readonly Feedback[]; readonly total: number };
}

/** The account's own Maps, not copies. */
export function stateOf({ contacts, outbox, records, reported }: Account): AccountState {
  const feedback = { items: reported.list, total: reported.total };
  return { contacts: contacts.state, outbox: outbox.state, records: records.state, feedback };
}

/** `account` must be new. */
export function restore(account: Account, { contacts, outbox, records, feedback }: AccountState): void {
  account.contacts.restore(contacts);
  account.outbox.restore(outbox);
  account.records.restore(records);
  account.reported.restore(feedback.items, feedback.total);
}
