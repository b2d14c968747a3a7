/** What the ledger has to know of an operation. */
import { OPERATIONS, type Row, rowOf } from '../mapp/operations.ts';
import type { Operation } from '../plan/effect.ts';
import type { IdentifierKind } from '../plan/event.ts';
import { storableText } from './storable.ts';

/** How long a claim holds, in ms of the database's clock. A call to Mapp takes at most 10 s and starts within 10 s of its claim. */
export const LEASE_MS = 30_000;

/** Beyond the time-out of a webhook: its start within 10 s of the claim, and the writing of its outcome. */
const WEBHOOK_MARGIN_MS = 20_000;

/** A send by Engage is up to three calls, one after the other. */
const ENGAGE_LEASE_MS = 60_000;

export type EngageSend = Extract<Operation, { type: 'send' }>;

/** A message with `via: engage`. */
export function isEngageSend(operation: Operation): operation is EngageSend {
  return operation.type === 'send' && operation.via === 'engage';
}

export function leaseOf(operation: Operation): number {
  if (operation.type === 'webhook') return operation.timeout + WEBHOOK_MARGIN_MS;
  return isEngageSend(operation) ? ENGAGE_LEASE_MS : LEASE_MS;
}

/** Whether a call of unknown fate may simply be made again. */
export function isRepeatable(operation: Operation): boolean {
  return operation.type !== 'webhook' && OPERATIONS[rowOf(operation)].repeatable;
}

/** Identifiers that can name the contact, best first. Empty: no contact is needed. */
export function addressedBy(operation: Operation): readonly IdentifierKind[] {
  if (operation.type === 'webhook') return [];
  const { address }: Row = OPERATIONS[rowOf(operation)];
  return address.map(([kind]) => kind);
}

/** Characters: the index of targets takes 2.7 KB of each, and sealing makes it longer by half. */
const LONGEST_TARGET = 500;

/** What an effect is about, for people: the message's, group's or attributes' names; cut short where it is long. */
export function targetOf(operation: Operation): string {
  const target = storableText(about(operation));
  return target.length > LONGEST_TARGET ? storableText(`${target.slice(0, LONGEST_TARGET)}…`) : target;
}

function about(operation: Operation): string {
  switch (operation.type) {
    case 'send':
    case 'group_send':
      return operation.message.name;
    case 'group':
      return operation.group.name;
    case 'profile':
      return Object.keys(operation.set).join(', ');
    case 'count':
      return Object.keys(operation.add).join(', ');
    case 'delete_contact':
      return 'contact';
    case 'record':
      return operation.record;
    case 'automation':
      return operation.event;
    case 'webhook':
      return withoutQuery(operation.url);
  }
}

/** The query of a URL may hold a secret. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
