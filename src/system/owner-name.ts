import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/** Names this part of this process in the store, as owner of a lease: unique, and an operator finds the process by it. */
export function ownerName(): string {
  return `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
}
