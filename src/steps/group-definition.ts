/** What the definitions of `add_to_group` and `remove_from_group` have in common. */
import * as z from 'zod';
import { unknownGroup } from '../diagnostics/codes-names.ts';
import type { Expr } from '../plan/expression.ts';
import type { Named } from '../plan/plan.ts';
import { textOf, type YamlNode } from '../source/node.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { insertsExpression } from './inserts.ts';

export const group = z.string().min(1).describe('the name of a group');

export const groupKey: KeyDefinition = {
  schema: z
    .union([group, z.array(group)])
    .describe('the name of a group, a list of them, or an expression "${…}" that gives either'),
  doc: 'A group of the catalogue, a list of groups, or an expression that gives either.',
};

/** Names are resolved here where all are written out; else when the step runs. */
export function lowerGroups({ what }: RawStep, context: StepContext): readonly Named[] | { readonly names: Expr } {
  const nodes = what.type === 'list' ? what.items : [what];
  if (!nodes.some((node) => insertsExpression(textOf(node) ?? '')))
    return nodes.flatMap((node) => lowerGroup(node, context));
  context.needsGroups();
  const names = nodes.map((node) => {
    if (!insertsExpression(textOf(node) ?? '')) lowerGroup(node, context);
    return context.scalar(node).expr;
  });
  return { names: what.type === 'list' ? ['list', ...names] : names[0]! };
}

export const memberGroupSetting: KeyDefinition = {
  schema: group,
  doc: 'Makes them member attributes of this group: one value per contact and group.',
};

/** The group whose member attributes a step writes. */
export function memberGroup(step: RawStep, context: StepContext): { readonly group?: Named } {
  const node = step.settings.get('group')?.node;
  const [named] = node === undefined ? [] : lowerGroup(node, context);
  return named === undefined ? {} : { group: named };
}

/** One group of the catalogue; nothing where the value has no form of a name. */
export function lowerGroup(node: YamlNode, { project, report }: StepContext): Named[] {
  const name = textOf(node);
  if (name === null) return [];
  if (project.groups === null) return [{ name, id: name }];
  const id = Object.hasOwn(project.groups, name) ? project.groups[name] : undefined;
  if (id === undefined) report(node.span, unknownGroup(name, Object.keys(project.groups)));
  return [{ name, id: id ?? '' }];
}
