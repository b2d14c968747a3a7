/** One declared event source (CONTRACT.md §3). */
import { keyWithout, missingKey, notAVariable } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { type Project, SOURCE_TYPES, type Source, type SourceType } from '../plan/project.ts';
import { child, type Entry, entry, textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { writeThroughOf } from './write-through.ts';

const CREDENTIALS: { readonly [type in SourceType]: Source['credential'] } = {
  api: 'token',
  mparticle_firehose: 'secret',
  mparticle_events: 'token',
  lytics: 'token',
  cloudevents: 'token',
  segment: 'hmac_sha1',
  standard_webhooks: 'secret',
  mapp_feedback: 'token',
};
/** Those that tell of audiences, and can send all members again. */
const WITH_BACKFILL: readonly SourceType[] = ['lytics', 'mparticle_firehose', 'mparticle_events'];

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
  const credential = CREDENTIALS[type];
  for (const key of ['token', 'secret', 'hmac_sha1']) {
    const other = entry(node, key);
    if (key !== credential && other !== undefined) reporter.report(other.keySpan, keyWithout(key, typesWith(key)));
  }
  const given = entry(node, credential);
  if (
    given === undefined &&
    !node.misspelt?.includes(credential) &&
    !['token', 'secret', 'hmac_sha1'].some((key) => entry(node, key) !== undefined)
  ) {
    reporter.report(keySpan, missingKey(credential, `source "${name}"`));
  }
  const backfill = entry(node, 'backfill');
  if (backfill !== undefined && !WITH_BACKFILL.includes(type)) {
    reporter.report(
      backfill.keySpan,
      keyWithout('backfill', `a source that tells of audiences: ${WITH_BACKFILL.join(', ')}`),
    );
  }
  const choice = textOf(backfill?.value);
  const written = entry(node, 'write_through');
  const through = written === undefined ? null : writeThroughOf(written, type, known, reporter);
  return {
    type,
    secrets: given === undefined ? [] : variablesOf(given, reporter),
    credential,
    ...(choice !== null && { backfill: choice === 'ignore' ? 'ignore' : 'start' }),
    ...(through !== null && { write_through: through }),
  };
}

function typesWith(credential: string): string {
  const types = SOURCE_TYPES.filter((type) => CREDENTIALS[type] === credential);
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
