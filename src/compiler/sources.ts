/** One declared event source (CONTRACT.md §3). */
import { conflictingKeys, keyWithout, missingKey, missingOneOf, notAVariable } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { type Project, SOURCE_TYPES, type Source, type SourceType } from '../plan/project.ts';
import { child, type Entry, entry, textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { writeThroughOf } from './write-through.ts';

/** What each type is known by; of several, one. RudderStack, which speaks as Segment does, cannot sign. */
const CREDENTIALS: { readonly [type in SourceType]: readonly Source['credential'][] } = {
  api: ['token'],
  mparticle_firehose: ['secret'],
  mparticle_events: ['token'],
  lytics: ['token'],
  cloudevents: ['token'],
  segment: ['hmac_sha1', 'token'],
  standard_webhooks: ['secret'],
  mapp_feedback: ['token'],
};
/** Those that tell of audiences, and can send all members again. */
const WITH_BACKFILL: readonly SourceType[] = ['lytics', 'mparticle_firehose', 'mparticle_events', 'segment'];
/** Those that tell of consent by purposes of the customer's own. */
const WITH_CONSENT: readonly SourceType[] = ['mparticle_firehose', 'mparticle_events', 'segment'];

export function sourceOf(
  node: YamlNode,
  name: string,
  keySpan: Span,
  known: Pick<Project, 'attributes' | 'groups'>,
  reporter: Reporter,
): Source {
  const typed = node.type === 'map' ? textOf(child(node, 'type')) : null;
  const type = SOURCE_TYPES.find((one) => one === typed);
  if (node.type !== 'map' || type === undefined) return { type: 'api', secrets: [], credential: 'token' };
  const credential = credentialOf(node, type, reporter);
  const given = entry(node, credential);
  if (
    given === undefined &&
    !node.misspelt?.some((key) => CREDENTIALS[type].some((one) => one === key)) &&
    !['token', 'secret', 'hmac_sha1'].some((key) => entry(node, key) !== undefined)
  ) {
    const where = `source "${name}"`;
    const [only, ...others] = CREDENTIALS[type];
    reporter.report(keySpan, others.length === 0 ? missingKey(only!, where) : missingOneOf(CREDENTIALS[type], where));
  }
  const backfill = entry(node, 'backfill');
  if (backfill !== undefined && !WITH_BACKFILL.includes(type)) {
    reporter.report(
      backfill.keySpan,
      keyWithout('backfill', `a source that tells of audiences: ${WITH_BACKFILL.join(', ')}`),
    );
  }
  const consent = entry(node, 'consent');
  if (consent !== undefined && !WITH_CONSENT.includes(type)) {
    reporter.report(consent.keySpan, keyWithout('consent', `"type" ${WITH_CONSENT.join(', ')}`));
  }
  const choice = textOf(backfill?.value);
  const written = entry(node, 'write_through');
  const through = written === undefined ? null : writeThroughOf(written, type, known, reporter);
  return {
    type,
    secrets: given === undefined ? [] : variablesOf(given, reporter),
    credential,
    ...(choice !== null && { backfill: choice === 'ignore' ? 'ignore' : 'start' }),
    ...(consent?.value.type === 'map' && { consent: channelsOf(consent.value) }),
    ...(through !== null && { write_through: through }),
  };
}

/** The credential that is given, else the first that could be. Reports those that the type does not take. */
function credentialOf(node: YamlNode & { type: 'map' }, type: SourceType, reporter: Reporter): Source['credential'] {
  const accepted = CREDENTIALS[type];
  const credential = accepted.find((key) => entry(node, key) !== undefined) ?? accepted[0]!;
  for (const key of ['token', 'secret', 'hmac_sha1'] as const) {
    const other = entry(node, key);
    if (key === credential || other === undefined) continue;
    reporter.report(
      other.keySpan,
      accepted.includes(key)
        ? conflictingKeys(key, credential, 'a source is known by one of them')
        : keyWithout(key, typesWith(key)),
    );
  }
  return credential;
}

/** What is none has its diagnostic from the schema. */
function channelsOf(node: YamlNode & { type: 'map' }): NonNullable<Source['consent']> {
  const pairs = node.entries.flatMap(({ key, value }) => {
    const channel = (['email', 'sms', 'push'] as const).find((one) => one === textOf(value));
    return channel === undefined ? [] : [[key, channel] as const];
  });
  return Object.fromEntries(pairs);
}

function typesWith(credential: Source['credential']): string {
  const types = SOURCE_TYPES.filter((type) => CREDENTIALS[type].includes(credential));
  return `"type" ${types.join(', ')}`;
}

/** Names of environment variables, in a list or separated by commas. */
function variablesOf({ key, value }: Entry, reporter: Reporter): string[] {
  const nodes = value.type === 'list' ? value.items : [value];
  return nodes.flatMap((node) => {
    const text = textOf(node);
    if (text === null) return [];
    const names = text.split(',').map((one) => one.trim());
    if (!names.every((one) => /^[A-Z_][A-Z0-9_]*$/.test(one))) reporter.report(node.span, notAVariable(key));
    return names;
  });
}
