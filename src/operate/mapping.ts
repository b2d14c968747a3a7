/** The field mapping that the flows of a project need in Mapp's integration (docs.mapp.com "Mapping", "Import Mapping via CSV"). */
import { OPERATIONS, rowOf } from '../mapp/operations.ts';
import { KEY_FIELD } from '../plan/delivery-key.ts';
import type { Named, Plan, PlanStep } from '../plan/plan.ts';
import type { Channel, Project } from '../plan/project.ts';
import type { Subtype } from '../plan/subtypes.ts';

/** Types of a user row; the other subtypes have none. `NONE` maps nothing. */
export type RowType = 'STANDARD' | 'CUSTOM' | 'MEMBER' | 'NONE';

/** `source`: the field as we send it; `destination`: what Mapp makes of it. */
export interface MappingRow {
  readonly type: RowType;
  readonly source: string;
  readonly destination: string;
}

export interface SubtypeMapping {
  /** as the integration spells it */
  readonly subtype: string;
  readonly rows: readonly MappingRow[];
  /** attributes that events of this subtype write too: rows of location `user`, which no CSV of Mapp's can hold */
  readonly userRows: readonly MappingRow[];
}

/** Attributes that every Mapp account has (docs.mapp.com "Profile attributes"); all others are made by the customer. */
const STANDARD: ReadonlySet<string> = new Set([
  ...['Email', 'MobileNumber', 'Identifier', 'FirstName', 'LastName', 'Nickname', 'Title', 'DateOfBirth', 'ZipCode'],
  ...['ISOCountryCode', 'ISOLanguageCode', 'TimeZone'],
]);

/** What a contact is known by, and what is done with a membership: the Generic integration's own rows, which an import overwrites. */
const USER_ROWS: readonly MappingRow[] = [
  { type: 'STANDARD', source: 'email', destination: 'Email' },
  { type: 'STANDARD', source: 'mobileNumber', destination: 'MobileNumber' },
  { type: 'STANDARD', source: 'externalID', destination: 'Identifier' },
  ...['userID', 'group', 'delete', 'subscribe', 'doubleOptIn'].map(standard),
];

const MESSAGE_ID: { readonly [C in Channel]: readonly string[] } = {
  email: ['messageId'],
  sms: ['messageId'],
  push: ['pushMessageId', 'mobileAppId'],
};

/** One mapping per subtype that the project sends, `user` first; rows sorted, each source once. */
export function fieldMappings(project: Project, plans: readonly Plan[]): SubtypeMapping[] {
  const found = new Map<Subtype, { sources: Set<string>; attributes: Set<string> }>();
  const of = (subtype: Subtype) => {
    const known = found.get(subtype) ?? { sources: new Set(), attributes: new Set() };
    found.set(subtype, known);
    return known;
  };
  const { attributes } = of('user');
  for (const { channel, parameters } of Object.values(project.messages ?? {})) {
    for (const { name } of parameters ?? []) of(channel).sources.add(name);
    of(channel);
  }
  for (const step of plans.flatMap((plan) => Object.values<PlanStep>(plan.steps))) takeStep(step, of);
  const members = new Set([...attributes].flatMap((name) => /^\d+:(.+)$/s.exec(name)?.[1] ?? []));
  // The catalogue lists member attributes too; one that flows know in groups only is none of the profile.
  for (const name of Object.keys(project.attributes ?? {})) if (!members.has(name)) attributes.add(name);
  for (const channel of ['email', 'sms', 'push'] as const) {
    const sends = found.get(channel);
    if (sends === undefined) continue;
    const address = OPERATIONS[channel].address.map(([, field]) => field);
    for (const name of [...address, ...MESSAGE_ID[channel], KEY_FIELD, project.mapp?.key_field ?? KEY_FIELD])
      sends.sources.add(name);
  }
  return [...found].map(([subtype, { sources, attributes }]) => {
    const own = subtype === 'user' ? USER_ROWS : [];
    const rows = [...attributes].sort().map(attributeRow);
    return {
      subtype: project.mapp?.subtypes?.[subtype] ?? subtype,
      rows: subtype === 'user' ? [...own, ...rows] : [...sources].sort().map(standard),
      userRows: subtype === 'user' ? [] : rows,
    };
  });
}

type Find = (subtype: Subtype) => { readonly sources: Set<string>; readonly attributes: Set<string> };

function takeStep(step: PlanStep, of: Find): void {
  const take = (subtype: Subtype, names: Iterable<string>) => {
    for (const name of names) of(subtype).sources.add(name);
  };
  const write = (subtype: Subtype, names: Iterable<string>, group?: Named) => {
    for (const name of names) of(subtype).attributes.add(group === undefined ? name : `${group.id}:${name}`);
  };
  switch (step.kind) {
    case 'send_email':
    case 'send_sms':
    case 'send_push': {
      const channel = step.kind.slice('send_'.length) as Channel;
      take(channel, Object.keys(step.with));
      write(channel, Object.keys(step.set));
      write('user', Object.keys(step.set));
      return;
    }
    case 'send_to_group':
      take('email', ['group', 'messageId']);
      return;
    case 'set':
      write('user', Object.keys(step.attributes), step.group);
      return;
    case 'unset':
      write('user', step.attributes, step.group);
      return;
    case 'increment':
    case 'decrement':
      write('user', Object.keys(step.amounts), step.group);
      return;
    case 'start_automation':
      take('automation', ['email', 'userID', 'mobileNumber', 'external_event', ...Object.keys(step.with)]);
      return;
    case 'save':
    case 'remove': {
      const row = OPERATIONS[rowOf({ type: 'record', action: step.kind, record: step.record, fields: {} })];
      const address = row.address.map(([, field]) => field);
      const related =
        step.record === 'related_data' ? ['importMode', 'filter'] : step.kind === 'remove' ? ['delete'] : [];
      take(row.subtype as Subtype, [...address, ...Object.keys(step.with), ...related]);
      return;
    }
    default:
      return;
  }
}

/** A field that Mapp knows by the same name. */
function standard(name: string): MappingRow {
  return { type: 'STANDARD', source: name, destination: name };
}

/** A member attribute is `group id:name` on both sides. */
function attributeRow(name: string): MappingRow {
  const type = /^\d+:/.test(name) ? 'MEMBER' : STANDARD.has(name) ? 'STANDARD' : 'CUSTOM';
  return { type, source: name, destination: name };
}

/**
 * The file to import. Mapp shows the one of `user` with a line of titles on one page and without one on another: the first row
 * maps nothing, so that nothing is lost where it is taken for titles.
 */
export function mappingCsv({ rows }: SubtypeMapping, user: boolean): string {
  const lines = rows.map(({ type, source, destination }) => [...(user ? [type] : []), source, destination]);
  const first = user ? ['NONE', 'source', 'destination'] : ['cols', 'cold'];
  return [first, ...lines].map((cells) => `${cells.map(cell).join(',')}\n`).join('');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
