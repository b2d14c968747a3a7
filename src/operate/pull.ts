/** What `flows pull` makes of a Mapp account: which of its things the catalogue lacks, and what has changed. Pure but for the reading. */
import type { ConnectClient, NamesById } from '../mapp/connect.ts';
import { isMappError } from '../mapp/errors.ts';
import type { Channel, Project } from '../plan/project.ts';

/** What a section of `mapp.yaml` lists, and messages by channel. */
export type Kind = 'group' | 'app' | `${Channel} message`;

/** What an account holds: names by id. Null: it has no such list. */
export type Account = { readonly [K in Kind]: NamesById | null };

export interface Pulled {
  /** `name`: of the catalogue; `account`: its name at Mapp */
  readonly added: readonly {
    readonly kind: Kind;
    readonly name: string;
    readonly id: string;
    readonly account: string;
  }[];
  /** the account calls it otherwise than when it was pulled; the catalogue's name stays, as flows use it */
  readonly renamed: readonly {
    readonly kind: Kind;
    readonly name: string;
    readonly id: string;
    readonly from: string;
    readonly to: string;
  }[];
  /** in the catalogue, and not in the account; nothing is deleted */
  readonly gone: readonly { readonly kind: Kind; readonly name: string; readonly id: string }[];
  /** lists that the account does not have */
  readonly skipped: readonly Kind[];
}

/** Reads the account's lists. A list that is not there (404) is null, where the ping has shown the integration. Throws MappError. */
export async function readAccount(connect: ConnectClient): Promise<Account> {
  await connect.ping();
  const list = (names: Promise<NamesById>): Promise<NamesById | null> =>
    names.catch((error: unknown) => {
      if (isMappError(error) && error.kind === 'not_found') return null;
      throw error;
    });
  // One after the other: five calls at once would be half of what Mapp takes in a second.
  return {
    group: await list(connect.groups()),
    app: await list(connect.apps()),
    'email message': await list(connect.messages('email')),
    'sms message': await list(connect.messages('sms')),
    'push message': await list(connect.messages('push')),
  };
}

const KINDS: readonly Kind[] = ['group', 'app', 'email message', 'sms message', 'push message'];

/** The key of `mapp.yaml` that lists things of a kind. */
export function sectionOf(kind: Kind): 'groups' | 'apps' | 'messages' {
  return kind === 'group' ? 'groups' : kind === 'app' ? 'apps' : 'messages';
}

/**
 * Compares the catalogue with the account, by ids.
 *
 * @param remembered the account's names as they were pulled, by section and catalogue name
 */
export function comparePulled(
  project: Project,
  account: Account,
  remembered: { readonly [section in ReturnType<typeof sectionOf>]: ReadonlyMap<string, string> },
): Pulled {
  const taken = {
    groups: new Set(Object.keys(project.groups ?? {})),
    apps: new Set(Object.keys(project.apps ?? {})),
    messages: new Set(Object.keys(project.messages ?? {})),
  };
  const added: Pulled['added'][number][] = [];
  const renamed: Pulled['renamed'][number][] = [];
  const gone: Pulled['gone'][number][] = [];
  for (const kind of KINDS) {
    const there = account[kind];
    if (there === null) continue;
    const known = listed(project, kind);
    for (const [name, id] of known) {
      if (!Object.hasOwn(there, id)) gone.push({ kind, name, id });
      const from = remembered[sectionOf(kind)].get(name);
      const to = there[id];
      if (from !== undefined && to !== undefined && oneLine(to) !== from) {
        renamed.push({ kind, name, id, from, to: oneLine(to) });
      }
    }
    const ids = new Set(known.map(([, id]) => id));
    const names = taken[sectionOf(kind)];
    for (const id of Object.keys(there)
      .filter((one) => !ids.has(one))
      .sort(byNumber)) {
      const name = freeName(there[id]!, id, kind, names);
      names.add(name);
      added.push({ kind, name, id, account: oneLine(there[id]!) });
    }
  }
  return { added, renamed, gone, skipped: KINDS.filter((kind) => account[kind] === null) };
}

/** A name of Mapp as it can stand in a comment. */
export function oneLine(name: string): string {
  return name.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

function listed(project: Project, kind: Kind): [name: string, id: string][] {
  if (kind === 'group') return Object.entries(project.groups ?? {});
  if (kind === 'app') return Object.entries(project.apps ?? {});
  const channel = kind.split(' ')[0];
  return Object.entries(project.messages ?? {})
    .filter(([, message]) => message.channel === channel)
    .map(([name, { id }]) => [name, id]);
}

/** Of two that would be named alike the one with the lower id is; the other has its id behind the name. */
function freeName(account: string, id: string, kind: Kind, taken: ReadonlySet<string>): string {
  const plain = catalogueName(account) || `${kind.split(' ').at(-1)}_${id}`;
  if (!taken.has(plain)) return plain;
  for (let n = 1; ; n += 1) {
    const name = `${plain}_${id}${n === 1 ? '' : `_${n}`}`;
    if (!taken.has(name)) return name;
  }
}

/** Words that YAML 1.1 tools read as something else than a text. */
const YAML_WORDS: ReadonlySet<string> = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'y', 'n', 'null']);
const LETTERS: { readonly [letter: string]: string } = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', þ: 'th' };

/** `Newsletter (DE) – Größe` becomes `newsletter_de_grosse`; empty where nothing is left. */
function catalogueName(account: string): string {
  const ascii = account
    .toLowerCase()
    .replace(/[ßæœøđłþ]/g, (letter) => LETTERS[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
  const name = ascii
    .replace(/[^a-z0-9]+/g, '_')
    .slice(0, 60)
    .replace(/^_+|_+$/g, '');
  return /^[0-9]/.test(name) || YAML_WORDS.has(name) ? `n_${name}` : name;
}

/** Ids of up to 64 bits in the order of their numbers. */
function byNumber(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
