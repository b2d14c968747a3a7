/** `exports` of `mapp.yaml`: audiences whose members carry an attribute at Mapp (CONTRACT.md §5). */
import { unknownSource } from '../diagnostics/codes-names.ts';
import { conflictingKeys, keyWithout, noAttributeName } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import { IDENTIFIER_KINDS, type IdentifierKind } from '../plan/event.ts';
import { LYTICS_FIELDS } from '../plan/lytics-fields.ts';
import type { Project, SourceType } from '../plan/project.ts';
import { type Export, exportTarget, isIdentifier, targetKey } from '../plan/sync.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import { ATTRIBUTE_NAME } from './sync-schema.ts';
import { groupNamed } from './write-through.ts';

/** Absent where none is declared. */
export function exportsOf(
  node: YamlNode | undefined,
  known: Pick<Project, 'sources' | 'groups'>,
  reporter: Reporter,
): Pick<Project, 'exports'> {
  if (node?.type !== 'map') return {};
  const exports: { [name: string]: Export } = {};
  /** the export that writes to a place, by the place */
  const writers = new Map<string, string>();
  for (const { key, keySpan, value } of node.entries) {
    if (value.type !== 'map') continue;
    const one = exportOf(value, known, reporter);
    const target = targetKey(exportTarget(one));
    const other = writers.get(target);
    if (other !== undefined) {
      reporter.report(
        keySpan,
        conflictingKeys(key, other, `both write attribute "${one.attribute}" of the same group`),
      );
    }
    writers.set(target, key);
    exports[key] = one;
  }
  return { exports };
}

function exportOf(node: MapNode, { sources, groups }: Pick<Project, 'sources' | 'groups'>, reporter: Reporter): Export {
  const source = child(node, 'source');
  const name = textOf(source) ?? '';
  const told = Object.entries(sources).filter(([, { type }]) => type !== 'mapp_feedback');
  if (source !== undefined && source.type !== 'broken' && !told.some(([known]) => known === name)) {
    reporter.report(
      source.span,
      unknownSource(
        name,
        told.map(([known]) => known),
      ),
    );
  }
  const existing = isTrue(child(node, 'existing_users'));
  const only = entry(node, 'backfill_only');
  if (isTrue(only?.value) && !existing) {
    reporter.report(only!.keySpan, keyWithout('backfill_only', '"existing_users: true"'));
  }
  const audience = textOf(child(node, 'audience')) ?? '';
  const groupNode = child(node, 'group');
  const group = groupNode === undefined ? { name: '', id: '' } : groupNamed(groupNode, groups, reporter);
  const dynamic = isTrue(child(node, 'dynamic_attributes'));
  const prefix = dynamic ? (textOf(child(node, 'dynamic_attribute_prefix')) ?? `${group.id}_`) : '';
  const field = textOf(child(node, 'identifier')) ?? '';
  const attribute = prefix + (textOf(child(node, 'attribute')) ?? audience);
  const named = child(node, 'attribute') ?? child(node, 'audience');
  if (named !== undefined && named.type !== 'broken' && audience !== '' && !ATTRIBUTE_NAME.test(attribute))
    reporter.report(named.span, noAttributeName(attribute, child(node, 'attribute') !== undefined));
  return {
    source: name,
    audience,
    identifier: { field, kind: kindOf(field, sources[name]?.type) },
    group,
    attribute,
    dynamic,
    existing_users: existing,
    backfill_only: isTrue(only?.value),
  };
}

/** What the field holds: Lytics has identifiers under several names; any other field holds an e-mail address. */
function kindOf(field: string, source: SourceType | undefined): IdentifierKind {
  const names = (kind: IdentifierKind) => (source === 'lytics' ? LYTICS_FIELDS[kind] : [kind]);
  return IDENTIFIER_KINDS.find((kind) => names(kind).includes(field)) ?? 'email';
}

/** Whom Lytics knows by nothing else than the field of an export can be addressed by it. */
export function withAddresses(sources: Project['sources'], exports: Project['exports'] = {}): Project['sources'] {
  const fields = Object.values(exports).filter(({ identifier }) => !isIdentifier(identifier));
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => {
      const addresses = fields.flatMap((one) => (one.source === name ? [one.identifier.field] : []));
      return [name, source.type !== 'lytics' || addresses.length === 0 ? source : { ...source, addresses }];
    }),
  );
}

function isTrue(node: YamlNode | undefined): boolean {
  return node?.type === 'scalar' && node.value === true;
}
