/** What a producer's event changes at Mapp, as `mapp.yaml` declares it: `write_through` of its source, and `exports`. */
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import type { Channel, Project } from '../plan/project.ts';
import { type Export, exportTarget, isIdentifier, targetKey, type WriteThrough } from '../plan/sync.ts';
import { profileTold } from '../plan/told.ts';
import type { SyncWrite } from '../store/syncs.ts';
import { readIdentifier } from './contact.ts';

export type SyncsOf = (event: CanonicalEvent) => readonly SyncWrite[];

/** Null where the project declares nothing of the kind, as most do. */
export function syncsOf({ sources, exports = {} }: Project): SyncsOf | null {
  const through = Object.values(sources).some(({ write_through }) => write_through !== undefined);
  const declared = Object.entries(exports).filter(([, { backfill_only }]) => !backfill_only);
  if (!through && declared.length === 0) return null;
  return (event) => {
    // A producer's test traffic changes nobody.
    if (event.development === true) return [];
    const { source } = event;
    const { type, write_through: rules } = Object.hasOwn(sources, source) ? sources[source]! : {};
    const ofMapp = type === 'mapp_feedback' || (rules === undefined && event.feedback !== undefined);
    return [
      ...(rules === undefined ? [] : [...attributes(rules, event), ...groups(rules, event), ...consents(rules, event)]),
      ...(ofMapp ? heard(sources, event) : []),
      ...declared.flatMap(([name, one]) => (one.source === source ? exported(name, one, event) : [])),
    ];
  };
}

function attributes({ attributes: names }: WriteThrough, event: CanonicalEvent): SyncWrite[] {
  const told = profileTold(event);
  if (told === null) return [];
  const all: [string, Json][] = [
    ...told.unset.map((name): [string, Json] => [name, null]),
    ...Object.entries(told.set),
  ];
  return all.flatMap(([from, value]) => {
    const name = names === 'all' ? from : Object.hasOwn(names, from) ? names[from]! : null;
    if (name === null) return [];
    return [write(`source/${event.source}`, targetKey({ kind: 'attribute', name }), value, event)];
  });
}

function groups({ audiences }: WriteThrough, event: CanonicalEvent): SyncWrite[] {
  const inside = isInside(event);
  const audience = event.data.audience;
  if (inside === null || typeof audience !== 'string' || !Object.hasOwn(audiences, audience)) return [];
  const target = targetKey({ kind: 'group', group: audiences[audience]!.id });
  return [write(`source/${event.source}`, target, inside, event)];
}

/** Addresses that cannot be delivered to are Mapp's own to know. */
function consents({ consent }: WriteThrough, event: CanonicalEvent): SyncWrite[] {
  return Object.entries(event.consent ?? {}).flatMap(([channel, word]) => {
    const group = consent[channel as Channel];
    if (group === undefined || (word !== 'granted' && word !== 'unsubscribed')) return [];
    const target = targetKey({ kind: 'consent', group: group.id });
    return [write(`source/${event.source}`, target, word === 'granted', event)];
  });
}

/** Mapp's own word, about a message or by a Whiteboard: older ones of every producer are of no use from then on. */
function heard(sources: Project['sources'], event: CanonicalEvent): SyncWrite[] {
  return Object.values(sources).flatMap(({ write_through: rules }) =>
    rules === undefined ? [] : consents(rules, event).map((write) => ({ ...write, known: true })),
  );
}

function exported(name: string, one: Export, event: CanonicalEvent): SyncWrite[] {
  const inside = isInside(event);
  if (inside === null || event.data.audience !== one.audience) return [];
  if (event.data.backfill === true && !one.existing_users) return [];
  const known = addressIn(one, { ...event.profile?.set, ...event.contact });
  return [{ ...write(`export/${name}`, targetKey(exportTarget(one)), String(inside), event), address: known }];
}

function write(job: string, target: string, value: Json, { time }: CanonicalEvent): SyncWrite {
  return { job, target, value, address: null, at: time };
}

/** Null: it is no event of audiences. */
function isInside({ name }: CanonicalEvent): boolean | null {
  return name === 'audience_entered' ? true : name === 'audience_exited' ? false : null;
}

/**
 * The address that the export's own field holds; null where the field is one of our identifiers, which are looked up when
 * it is sent, or holds nothing usable.
 */
export function addressIn(
  { identifier }: Export,
  fields: { readonly [name: string]: Json | undefined },
): Contact | null {
  const { field, kind } = identifier;
  if (isIdentifier(identifier)) return null;
  const { value } = readIdentifier(kind, fields[field]);
  return value === undefined ? null : { [kind]: value };
}
