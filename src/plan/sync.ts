/** What producers know and Mapp is to hold, as `mapp.yaml` declares it (docs/write-through.md, docs/audience-export.md). */
import type { IdentifierKind } from './event.ts';
import type { Named } from './plan.ts';
import type { Channel } from './project.ts';

/** What a source's events write to Mapp. */
export interface WriteThrough {
  /** Mapp's attribute by the producer's name for it; `all`: every one under its own name */
  readonly attributes: 'all' | { readonly [name: string]: string };
  /** the group of those who are in an audience, by the name that the producer gives it */
  readonly audiences: { readonly [audience: string]: Named };
  /** by channel, the group of those who granted it; who objects is unsubscribed from it */
  readonly consent: { readonly [C in Channel]?: Named };
}

/** An audience whose members carry a group-level attribute at Mapp: `"true"` inside, `"false"` after they left. */
export interface Export {
  readonly source: string;
  /** what its events call it: Lytics' slug, mParticle's name */
  readonly audience: string;
  /** the field that identifies a user (`isIdentifier`), and what it holds */
  readonly identifier: { readonly field: string; readonly kind: IdentifierKind };
  readonly group: Named;
  /** as it goes out: with the prefix, where Mapp makes it on the fly (`dynamic`) */
  readonly attribute: string;
  readonly dynamic: boolean;
  /** whether members of before are told of too: those that are known, and those of a backfill */
  readonly existing_users: boolean;
  /** only those of before: live events of the audience change nothing */
  readonly backfill_only: boolean;
}

/** Whether people are known by the field, whatever the producer calls it; else only their profile has it, an e-mail address. */
export function isIdentifier({ field, kind }: Export['identifier']): boolean {
  return field === kind || kind !== 'email';
}

/** A place at Mapp that holds one value of a person. */
export type SyncTarget =
  | { readonly kind: 'attribute'; readonly name: string }
  | { readonly kind: 'member'; readonly group: string; readonly name: string }
  | { readonly kind: 'group'; readonly group: string }
  /** as `group`, but leaving it records an objection */
  | { readonly kind: 'consent'; readonly group: string };

/** The key of a place, and back. Ids of groups hold no `/`. */
export function targetKey(target: SyncTarget): string {
  switch (target.kind) {
    case 'attribute':
      return `attribute/${target.name}`;
    case 'member':
      return `member/${target.group}/${target.name}`;
    case 'group':
    case 'consent':
      return `${target.kind}/${target.group}`;
  }
}

export function targetOf(key: string): SyncTarget {
  const [kind, group = '', ...rest] = key.split('/');
  if (kind === 'attribute') return { kind, name: key.slice('attribute/'.length) };
  if (kind === 'member') return { kind, group, name: rest.join('/') };
  if (kind === 'group' || kind === 'consent') return { kind, group };
  throw new Error(`"${key}" is no target of a sync`);
}

/** The place that an export writes to. Mapp makes dynamic attributes of a name of their own, which holds the group. */
export function exportTarget({ group, attribute, dynamic }: Export): SyncTarget {
  return dynamic ? { kind: 'attribute', name: attribute } : { kind: 'member', group: group.id, name: attribute };
}
