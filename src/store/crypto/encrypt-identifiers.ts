import type pg from 'pg';
import { ADDRESS_OF } from '../consents.ts';
import { LOOKUP_PREFIX, SEALED_PREFIX, type Vault } from './vault.ts';

const PORTION = 1_000;

/**
 * Encrypts the identifiers of a store that was plain until now, what its people were first known by, and addresses that
 * bounced: look-ups go by the keyed form only. May be ended at any moment, and does nothing where all are encrypted.
 */
export async function encryptIdentifiers(client: pg.ClientBase, vault: Vault): Promise<void> {
  while ((await encryptNames(client, vault)) > 0);
  while ((await encryptFirst(client, vault)) > 0);
  while ((await encryptConsents(client, vault)) > 0);
}

interface Plain {
  readonly kind: string;
  readonly value: string;
  readonly display: string;
  readonly person: string;
}

async function encryptNames(client: pg.ClientBase, vault: Vault): Promise<number> {
  const { rows } = await client.query<Plain>(
    `select kind, value, display, person::text from identifiers where value not like $1 limit $2`,
    [`${LOOKUP_PREFIX}%`, PORTION],
  );
  if (rows.length === 0) return 0;
  const displays = await vault.seal(rows.map(({ person, display }) => ({ person, text: display })));
  await client.query(
    `update identifiers i set value = n.to_value, display = n.display
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as n(kind, value, to_value, display)
     where i.kind = n.kind and i.value = n.value`,
    [
      rows.map(({ kind }) => kind),
      rows.map(({ value }) => value),
      rows.map(({ kind, value }) => vault.lookup(kind, value)),
      displays,
    ],
  );
  return rows.length;
}

async function encryptFirst(client: pg.ClientBase, vault: Vault): Promise<number> {
  const { rows } = await client.query<{ id: string; first_identifier: string }>(
    `select id::text, first_identifier from persons
     where first_identifier is not null and first_identifier not like $1 limit $2`,
    [`${SEALED_PREFIX}%`, PORTION],
  );
  if (rows.length === 0) return 0;
  const sealed = await vault.seal(rows.map(({ id, first_identifier }) => ({ person: id, text: first_identifier })));
  await client.query(
    `update persons p set first_identifier = n.sealed from unnest($1::uuid[], $2::text[]) as n(id, sealed) where p.id = n.id`,
    [rows.map(({ id }) => id), sealed],
  );
  return rows.length;
}

/** Addresses that messages bounced from. */
async function encryptConsents(client: pg.ClientBase, vault: Vault): Promise<number> {
  const { rows } = await client.query<{ channel: string; address: string }>(
    'select distinct channel, address from consents where address not like $1 limit $2',
    [`${LOOKUP_PREFIX}%`, PORTION],
  );
  if (rows.length === 0) return 0;
  await client.query(
    `update consents c set address = n.to_value from unnest($1::text[], $2::text[], $3::text[]) as n(channel, address, to_value)
     where c.channel = n.channel and c.address = n.address`,
    [
      rows.map(({ channel }) => channel),
      rows.map(({ address }) => address),
      rows.map(({ channel, address }) => vault.lookup(ADDRESS_OF[channel] ?? channel, address)),
    ],
  );
  return rows.length;
}
